"""Keep browser sessions: stored, how and when somebody signed in, when last seen."""
