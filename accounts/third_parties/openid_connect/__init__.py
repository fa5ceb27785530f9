"""allauth's OpenID Connect provider made strict: every answer is checked as OpenID Connect Core 1.0
section 3.1.3.7 says before it is believed."""
