"""Record what happened where nothing changes it: sign-ins, credentials, apps let in, tokens,
limits.

`record` the one way in · `settled` up to where they can be read without a gap · `words`, `reasons`
and `receipts` what people read · `activity` and `search` a person's own events · `not_me` what an
event means if somebody else did it · `notices` and `mail` what a person is told at once. Who
records (such as accounts/entrance/recorders.py) stands above; the table and the kinds are in
accounts/models.
"""
