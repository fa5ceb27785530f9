"""Hold the lines of ready_lines.py, with their blanks: by the kind of client, for each tool."""

from dataclasses import dataclass

from accounts.oauth_server.models import Client


@dataclass(frozen=True)
class Flow:
    """Hold the lines for each tool."""

    curl: str
    python: str
    javascript: str


# JavaScript: arguments of discovery(); Python: arguments of OAuth2Session(); curl: its options.
PROOFS = {
    Client.CLIENT_SECRET_BASIC: (
        "<client_secret>, oidc.ClientSecretBasic(<client_secret>)",
        'client_secret=<client_secret>,\n    token_endpoint_auth_method="client_secret_basic",',
        "--user <pair>",
    ),
    Client.CLIENT_SECRET_POST: (
        "<client_secret>, oidc.ClientSecretPost(<client_secret>)",
        'client_secret=<client_secret>,\n    token_endpoint_auth_method="client_secret_post",',
        "--data-urlencode <client_id_parameter> --data-urlencode <client_secret_parameter>",
    ),
    Client.NO_AUTHENTICATION: (
        "undefined, oidc.None()",
        'token_endpoint_auth_method="none",',
        "--data-urlencode <client_id_parameter>",
    ),
    Client.PRIVATE_KEY_JWT: (
        "undefined, oidc.PrivateKeyJwt(privateKey) /* a CryptoKey of yours */",
        'client_secret=open("private-key.pem").read(),  # its public half is registered here\n'
        "    token_endpoint_auth_method=PrivateKeyJWT(<token_endpoint>),",
        "",
    ),
}

SIGNING = "from authlib.oauth2.rfc7523 import PrivateKeyJWT\n"

_DISCOVER = """
// npm install openid-client
import * as oidc from 'openid-client'

const site = new URL(<issuer>)
const config = await oidc.discovery(site, <client_id>, <PROOF_JS>)
"""
_ASK = """
import { createInterface } from 'node:readline/promises'

const lines = createInterface({ input: process.stdin })
const ask = (question) => (console.log(question), lines.question(''))
"""
_SESSION = """
# pip install authlib requests
<PROOF_IMPORT>from authlib.integrations.requests_client import OAuth2Session
"""

CODE = Flow(
    curl="""
verifier=$(openssl rand -hex 32)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)
echo <authorization_endpoint>"?response_type=code&client_id=<client_id_encoded>&redirect_uri=<redirect_uri_encoded>&scope=<scope_encoded>&code_challenge=$challenge&code_challenge_method=S256"
echo "Open this in a browser, and copy the code from the address that it leads back to:"
read -r code
curl <PROOF_CURL> \\
  --data grant_type=authorization_code --data-urlencode "code=$code" \\
  --data-urlencode redirect_uri=<redirect_uri> --data "code_verifier=$verifier" \\
  <token_endpoint>
""",  # noqa: E501
    python="""
# pip install authlib requests
<PROOF_IMPORT>from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

app = OAuth2Session(
    <client_id>,
    <PROOF_PY>
    redirect_uri=<redirect_uri>,
    scope=<scope>,
    code_challenge_method="S256",
)
verifier = generate_token(48)
url, state = app.create_authorization_url(<authorization_endpoint>, code_verifier=verifier)
print(url)
print("Open this in a browser, and copy the address that it leads back to:", flush=True)
app.fetch_token(
    <token_endpoint>, authorization_response=input(), state=state, code_verifier=verifier
)
print(app.get(<userinfo_endpoint>).json())
""",
    javascript=_DISCOVER
    + _ASK
    + """
const verifier = oidc.randomPKCECodeVerifier()
const state = oidc.randomState()
const url = oidc.buildAuthorizationUrl(config, {
  redirect_uri: <redirect_uri>,
  scope: <scope>,
  state,
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
console.log(url.href)
const back = await ask('Open this in a browser, and copy the address that it leads back to:')
lines.close()
const checks = { pkceCodeVerifier: verifier, expectedState: state }
const tokens = await oidc.authorizationCodeGrant(config, new URL(back), checks)
console.log(tokens.claims())
""",
)

FLOWS = {
    "machine": Flow(
        curl="""
curl <PROOF_CURL> \\
  --data grant_type=client_credentials --data-urlencode <scope=> \\
  <token_endpoint>
""",
        python=_SESSION
        + """
app = OAuth2Session(
    <client_id>,
    <PROOF_PY>
    scope=<scope>,
)
print(app.fetch_token(<token_endpoint>)["access_token"])
""",
        javascript=_DISCOVER
        + """
const tokens = await oidc.clientCredentialsGrant(config, { scope: <scope> })
console.log(tokens.access_token)
""",
    ),
    "resource-server": Flow(
        curl="""
read -r token  # one that your API was shown
curl <PROOF_CURL> --data-urlencode "token=$token" <introspection_endpoint>
""",
        python=_SESSION
        + """
app = OAuth2Session(
    <client_id>,
    <PROOF_PY>
)
token = input()  # one that your API was shown
print(app.introspect_token(<introspection_endpoint>, token).json())
""",
        javascript=_DISCOVER
        + _ASK
        + """
const token = await ask('A token that your API was shown:')
lines.close()
console.log(await oidc.tokenIntrospection(config, token))
""",
    ),
    "device": Flow(
        curl="""
answer=$(curl --silent <PROOF_CURL> --data-urlencode <scope=> <device_authorization_endpoint>)
echo "$answer"
echo "Open verification_uri_complete in a browser. Allow it there, and press Enter here."
read -r
code=$(printf %s "$answer" | sed 's/.*"device_code": *"\\([^"]*\\)".*/\\1/')
curl <PROOF_CURL> \\
  --data grant_type=urn:ietf:params:oauth:grant-type:device_code \\
  --data-urlencode "device_code=$code" \\
  <token_endpoint>
""",
        python="""
# pip install requests
import time

import requests

told = {"client_id": <client_id>}
shown = requests.post(
    <device_authorization_endpoint>, told | {"scope": <scope>}, timeout=10
).json()
print("Open this in a browser:", shown["verification_uri_complete"], flush=True)
told |= {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
answer = {"error": "authorization_pending"}
while answer.get("error") in ("authorization_pending", "slow_down"):
    time.sleep(shown["interval"])
    polled = told | {"device_code": shown["device_code"]}
    answer = requests.post(<token_endpoint>, polled, timeout=10).json()
print(answer)
""",
        javascript=_DISCOVER
        + """
const shown = await oidc.initiateDeviceAuthorization(config, { scope: <scope> })
console.log('Open this in a browser:', shown.verification_uri_complete)
const tokens = await oidc.pollDeviceAuthorizationGrant(config, shown)
console.log(tokens.claims())
""",
    ),
}
