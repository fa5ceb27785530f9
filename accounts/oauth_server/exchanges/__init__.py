"""Show what goes over the wire, of runs that are undone: for admins who try and for developers."""
