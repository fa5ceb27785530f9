"""Make allauth's OpenID Connect provider strict: check each answer as OpenID Connect Core 1.0
section 3.1.3.7 says before it is believed."""
