"""The OpenID Foundation's plans for servers, walked module by module by their names.

The suite runs elsewhere; here each module's conditions are asserted that it would fail or warn
about. What a module asks and another test asserts already is not repeated:

| module | test |
| --- | --- |
| oidcc-response-type-missing | test_authorization_requests: the_client_is_told_what_is_wrong… |
| oidcc-ensure-registered-redirect-uri | the same: nobody_is_sent_to_an_address… |
| oidcc-request-uri-unsigned, oidcc-unsigned-request-object-… | the same: the_client_is_told… |
| oidcc-formpost-basic-… (plan) | test_prompts: the_answer_may_be_posted |
| oidcc-userinfo-rs256, oidcc-idtoken-rs256 | test_userinfo, test_signing_keys |
| oidcc-server-rotate-keys | test_signing_keys: a_new_key_is_published_before_it_signs… |
| oidcc-registration-policy-uri, -tos-uri | test_unverified_clients: it_shows_where_…_terms_are |
| oidcc-registration-jwks-uri | test_client_assertions: keys_are_read_from_the_apps_address… |
| oidcc-refresh-token-rp-key-rotation | test_client_assertions: a_new_key_of_the_app_is_found |
| oidcc-ensure-client-assertion-with-iss-aud-… | test_client_assertions: it_may_be_addressed_to… |
| oidcc-registration-sector-uri | test_sector_lists: a_list_makes_one_sector_of_several_hosts |
| oidcc-backchannel-rp-initiated-logout | test_back_channel: a_logout_token_says_what… |

What this site decided not to do, the suite skips or, in the dynamic plan, fails: unsigned request
objects, those at an address of the client (`request_uri`), unsigned ID tokens, and response types
with tokens in the address (RFC 9700 section 2.1.2), which that plan's discovery module demands. A
client that registered itself goes without PKCE only under REGISTRATION_PKCE, and
`oidcc-registration-logo-uri` finds no picture (clients/logos.py says why). docs/testing.md has what
the suite itself found.
"""
