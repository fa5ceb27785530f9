"""Browser sessions: how they are stored, how and when somebody signed in, when last seen."""
