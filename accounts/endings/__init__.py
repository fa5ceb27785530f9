"""What ends with what: sessions, a whole person, second factors, and rows past their time; and the
end of a sign-in, at which all is stored that its steps have proved."""
