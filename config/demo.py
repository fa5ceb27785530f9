"""Make what `make run` needs so that everything works before anybody has registered anything
anywhere.

`python -m config.demo site` (or `third_party`) prepares that instance, reads what it needs to
know of the other as JSON from standard input, and prints as JSON what it made. What is there
already stays as it is.
"""

import io
import json
import sys
from typing import Any

from django.core.management import call_command

from config.prepare import prepare

ADMIN = "admin@example.com"
ALICE = "alice@example.com"
PROVIDER_ID = "example"
CALLBACK_PATH = f"/accounts/oidc/{PROVIDER_ID}/login/callback/"


def third_party(site_url: str, is_registered: bool) -> dict[str, Any]:
    """Make Alice and register the site. `is_registered`: the site still knows its secret."""
    from accounts.oauth_server.models import Client

    client = None
    known = Client.objects.filter(client_id="latchkey")
    if not (is_registered and known.exists()):
        known.delete()
        client = _manage("register_client", *site_as_client(site_url))
    known.update(redirect_uris=f"{site_url}{CALLBACK_PATH}")  # SITE_URL may have changed
    return {"alice": _person("--email", ALICE, "--name", "Alice Example"), "client": client}


def site_as_client(site_url: str) -> list[str]:
    """Return the arguments of `register_client` that make the site known to the third party."""
    return [
        *("--client-id", "latchkey", "--name", "Latchkey", "--kind", "confidential"),
        *("--redirect-uri", f"{site_url}{CALLBACK_PATH}"),
        *("--grants", "authorization_code refresh_token"),
        *("--scopes", "openid profile email offline_access"),
    ]


def site(url: str, client: dict[str, str], port: int) -> dict[str, Any]:
    """Make an admin and a demo client, and register the third party at `url`.

    `port` is where the demo client waits for its answer, if anything does.
    """
    provider = third_party_as_provider(url, client["client_id"])
    _manage("register_provider", *provider, "--client-secret", client["client_secret"])
    return {
        "admin": _person("--email", ADMIN, "--name", "Admin", "--admin"),
        "client": _demo_client(port),
    }


def third_party_as_provider(url: str, client_id: str) -> list[str]:
    """Return the arguments of `register_provider` that make the third party known to the site.

    All but `--client-secret`.
    """
    return [
        *("--provider", "openid_connect", "--provider-id", PROVIDER_ID, "--name", "Example ID"),
        *("--client-id", client_id, "--server-url", url, "--trusted-email"),
    ]


def _demo_client(port: int) -> dict[str, Any] | None:
    from accounts.oauth_server.models import Client

    if Client.objects.filter(client_id="demo").exists():
        return None
    return _manage(
        "register_client",
        *("--client-id", "demo", "--name", "Demo app", "--kind", "confidential"),
        *("--redirect-uri", f"http://127.0.0.1:{port}/callback"),
        *("--grants", "authorization_code refresh_token client_credentials"),
        *("--scopes", "openid profile email offline_access connections connections.profile"),
    )


def _person(*arguments: str) -> str | None:
    """Make a person and return the password made for them: None for one who is there already."""
    from accounts.models import User

    if User.objects.filter(email=arguments[1]).exists():
        return None
    return str(_manage("create_person", *arguments)["password"])


def _manage(*command: str) -> dict[str, Any]:
    # In this process: as a command of its own it would show its secrets to the whole machine.
    printed = io.StringIO()
    call_command(*command, stdout=printed)
    return dict(json.loads(printed.getvalue()))


def main(role: str) -> None:
    prepare()
    told = json.load(sys.stdin)
    made = site(**told) if role == "site" else third_party(**told)
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1])
