"""End sessions, a whole person, second factors, and rows past their time; and finish a sign-in, at
which all is stored that its steps have proved."""
