"""What happened, kept where nothing changes it: sign-ins, credentials, apps let in, tokens, limits.

`kinds` what can happen · `models` the append-only table · `record` the one way in · `recorders`
what allauth and Django tell of · `admin_log` deletions in Django admin · `activity`, `words` and
`device` a person's own events, as they read them · `mail` what a person is told at once.
"""
