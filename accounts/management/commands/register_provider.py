"""Register a third party that people may sign in with, for scripts. Run again, it updates."""

import json
import os
import sys
from argparse import ArgumentParser
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.entrance.sign_up_rule import DOMAINS_OF_PROVIDER, OF_PROVIDER
from accounts.groups.rules import TRUSTED_GROUPS
from accounts.third_parties import registration


class Command(BaseCommand):
    help = (
        "Registers a third party, or updates it, and prints it as JSON with the callback URL that "
        "the third party must know. The client secret is taken from --client-secret (“-” reads "
        "standard input) or else from CLIENT_SECRET; without one, a stored secret is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", required=True, help="openid_connect, google, github, …")
        parser.add_argument("--provider-id", default="", help="openid_connect: a short name")
        parser.add_argument("--name", required=True, help="what people read on the button")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret", default=os.environ.get("CLIENT_SECRET", ""))
        parser.add_argument("--server-url", default="", help="openid_connect: the issuer")
        parser.add_argument("--trusted-email", action="store_true")
        parser.add_argument(
            "--true-as-text",
            choices=("yes", "no"),
            help='whether the text "true" counts as true; default: as known of the kind',
        )
        parser.add_argument("--sign-up", default="", help="who may sign up with it, as SIGN_UP")
        parser.add_argument("--sign-up-domains", default="", help="of domains, as SIGN_UP_DOMAINS")
        parser.add_argument(
            "--trusted-groups", action="store_true", help="rules of groups may go by its claims"
        )
        parser.add_argument(
            "--identity-assertions",
            action="store_true",
            help="it may let apps act for its people (ID-JAG)",
        )
        parser.add_argument("--provider-settings", default="{}", help="further settings, as JSON")

    def handle(self, **options: Any) -> None:
        identity = {"provider": options["provider"], "provider_id": options["provider_id"]}
        app = SocialApp.objects.filter(**identity).first() or SocialApp(**identity)
        app.name, app.client_id = options["name"], options["client_id"]
        app.settings = _kept(app) | _settings(options)
        private_key = app.settings.pop(registration.PRIVATE_KEY, "")
        try:
            app.full_clean(exclude=["secret", "settings"])
            registration.check(app)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        registration.save(app, secret=_secret(options["client_secret"]), private_key=private_key)
        self.stdout.write(json.dumps(_describe(app), indent=2))


def _kept(app: SocialApp) -> dict[str, Any]:
    """Return what an admin chose of its button, which no option tells."""
    chosen = (registration.OFF, registration.POSITION)
    return {name: app.settings[name] for name in chosen if name in app.settings}


def _secret(given: str) -> str:
    return sys.stdin.readline().strip() if given == "-" else given


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    try:
        settings = json.loads(options["provider_settings"])
    except ValueError as error:
        raise CommandError("--provider-settings is not JSON.") from error
    if not isinstance(settings, dict):
        raise CommandError("--provider-settings must be a JSON object.")
    if options["server_url"]:
        settings["server_url"] = options["server_url"]
    if options["true_as_text"]:
        settings[registration.TRUE_AS_TEXT] = options["true_as_text"] == "yes"
    given = {
        OF_PROVIDER: options["sign_up"],
        DOMAINS_OF_PROVIDER: options["sign_up_domains"].replace(",", " ").split(),
    }
    settings |= {name: value for name, value in given.items() if value}
    if options["trusted_groups"]:
        settings[TRUSTED_GROUPS] = True
    if options["identity_assertions"]:
        settings[registration.ASSERTIONS] = True
    return settings | {registration.TRUSTED_EMAIL: options["trusted_email"]}


def _describe(app: SocialApp) -> dict[str, Any]:
    return {
        "provider": app.provider,
        "provider_id": app.provider_id or app.provider,
        "name": app.name,
        "client_id": app.client_id,
        "trusted_email": app.settings[registration.TRUSTED_EMAIL],
        "true_as_text": registration.takes_true_as_text(app),
        "callback_url": registration.callback_url(app),
    }
