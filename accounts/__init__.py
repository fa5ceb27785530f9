"""Know people: who they are, how they sign in, what is connected to them, which apps they let
in."""
