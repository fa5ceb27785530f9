"""Manage second factors: passkeys, authenticator apps, recovery codes. allauth.mfa made strict.

`adapter` what allauth asks us · `passkeys` what a browser sends · `signature_counters` of which
copies are known · `totp` codes that work once · `forms` what is checked · `stages` between
password and session · `entrance` and `management` the pages · `demand` SECOND_FACTOR ·
`recorders` what is recorded of it · `reset` and `admin` for those who lost theirs.
"""
