"""Write letters to people: `letter` writes one, in its reader's language; `delivery` sends it,
unawaited.

What they are told of what happened on their account: accounts/security_events/mail.py.
"""
