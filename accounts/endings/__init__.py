"""What ends with what: sessions, a whole person, second factors, and rows past their time."""
