"""Take the few names that this site needs of allauth's internals, which any release may change.

Nothing else imports them (ruff's TID251 in pyproject.toml), and tests/accounts/upstream holds what
each is relied on for: an upgrade that breaks one is seen there. Where allauth has a public name for
a thing, that is used, and not one from here.
"""
