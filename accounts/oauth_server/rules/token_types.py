"""Name the types of tokens that clients exchange (RFC 8693 section 3)."""

_TYPE = "urn:ietf:params:oauth:token-type:"

ACCESS_TOKEN = f"{_TYPE}access_token"
REFRESH_TOKEN = f"{_TYPE}refresh_token"
ID_TOKEN = f"{_TYPE}id_token"
JWT = f"{_TYPE}jwt"
ID_JAG = f"{_TYPE}id-jag"  # draft-ietf-oauth-identity-assertion-authz-grant section 4
