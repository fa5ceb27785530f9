"""Say how exactly the site remembers when something was last used: sessions, tokens, secrets.

A use that is no news writes nothing, so that most requests only read.
"""

from datetime import timedelta

PRECISION = timedelta(minutes=5)
