"""List the apps that `register_client --preset` knows."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.oauth_server.clients.presets import Preset, presets

_HEAD = """\
# Well-known apps

What to enter where, so that people sign in to these apps with their account here. In Django admin,
choose the app where a client app is added; at a command line:

```sh
manage.py register_client --preset grafana --url https://grafana.example
```

Both register the app with all that is listed here, and show the lines to enter in it with the
client's ID and secret filled in. Other options of `register_client` go before the preset's. Scopes
that this site does not have are left out.

`manage.py presets --markdown` wrote this page, from `accounts/oauth_server/clients/presets.toml`.
Each app was looked up in the pages that it names, and no longer: where a page did not say
something, a note does. The app's own documentation is right where the two differ.

In the lines, `https://app.example` is the app's address and `https://latchkey.example` this site's.

| app | preset | client | claims are read in |
| --- | --- | --- | --- |
"""
_WHERE = {"id_token": "the ID token", "userinfo": "UserInfo"}
_PKCE = {"required": "PKCE", "waived": "PKCE optional", "or-nonce": "PKCE or a nonce"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="print docs/clients.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["markdown"]:
            self.stdout.write(document(), ending="")
            return
        width = max(map(len, presets()))
        for key, preset in presets().items():
            self.stdout.write(f"{key:{width}}  {preset.name}")


def document() -> str:
    """Return docs/clients.md."""
    rows = [
        f"| {_link(each)} | `{each.key}` | {_client(each)} | {_WHERE[each.reads]} |"
        for each in presets().values()
    ]
    return _HEAD + "\n".join([*rows, "", *map(_section, presets().values())])


def _link(preset: Preset) -> str:
    """Return a link to its section, whose heading Markdown's readers give this name."""
    anchor = re.sub(r"[^\w\- ]", "", preset.name.lower()).replace(" ", "-")
    return f"[{preset.name}](#{anchor})"


def _client(preset: Preset) -> str:
    how = "public" if preset.is_public else f"`{preset.auth_method}`"
    return f"{how}, {_PKCE[preset.pkce]}"


def _section(preset: Preset) -> str:
    columns = preset.columns("https://app.example")
    facts = {
        "Redirect URIs": columns["redirect_uris"],
        "Post-logout redirect URIs": columns["post_logout_redirect_uris"],
        "Back-channel logout URI": columns["backchannel_logout_uri"],
        "Scopes": preset.scopes,
        "Claims that it reads": " ".join(preset.claims),
    }
    told = [
        f"- {name}: {', '.join(f'`{word}`' for word in value.split())}"
        for name, value in facts.items()
        if value
    ]
    if preset.claims_in_id_token:
        told.append("- The claims of its scopes are in the ID token too.")
    notes = [f"- {note}" for note in preset.notes]
    source = f"Read on {preset.read:%Y-%m-%d}: {_links(preset.pages)}"
    if preset.see:
        source += f". Not read, but the app's own: {_links(preset.see)}"
    return "\n".join([f"## {preset.name}", "", *told, *notes, "", _lines(preset), "", source, ""])


def _links(pages: tuple[str, ...]) -> str:
    return ", ".join(f"<{page}>" for page in pages)


def _lines(preset: Preset) -> str:
    filled = preset.lines.strip().replace("<url>", "https://app.example")
    filled = filled.replace("<issuer>", "https://latchkey.example")
    return f"```{preset.format}\n{filled}\n```"
