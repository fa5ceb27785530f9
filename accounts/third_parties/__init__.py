"""Speak with the third parties that people sign in with: all on their side of the wire.

`errors` what can go wrong there · `outbound` the bounded HTTP client · `middleware` the one edge at
which it becomes a page · `registration` what an admin tells this site about a third party ·
`claims` what is believed of what they say · `openid_connect` any issuer, strictly · `tokens` the
stored tokens · `api` the call to a third party's own API.
"""
