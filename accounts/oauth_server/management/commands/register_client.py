"""Register a client app from a script; prints its credentials as JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.models.signing_key import ALGORITHMS
from accounts.oauth_server.rules.scopes import SCOPES


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="shown to people")
        parser.add_argument(
            "--kind", choices=["confidential", "public"], default="confidential",
            help="confidential: can keep a secret; public: runs on people's own devices",
        )  # fmt: skip
        parser.add_argument("--client-id", help="default: made by the site")
        parser.add_argument("--redirect-uri", action="append", default=[], dest="redirect_uris")
        parser.add_argument("--post-logout-redirect-uri", action="append", default=[])
        parser.add_argument("--allowed-origin", action="append", default=[])
        parser.add_argument(
            "--backchannel-logout-uri", default="", help="where it is told that people signed out"
        )
        parser.add_argument("--auth-method", choices=list(Client.AUTHENTICATION_METHODS))
        parser.add_argument("--jwks", type=json.loads, help="its public keys, a JWK set as JSON")
        parser.add_argument("--jwks-uri", help="where its public keys are")
        parser.add_argument("--subject-type", choices=list(Client.SUBJECT_TYPES))
        parser.add_argument(
            "--sector-identifier-uri", help="lists the redirect URIs of all apps of one sector"
        )
        parser.add_argument("--id-token-alg", choices=ALGORITHMS)
        parser.add_argument("--userinfo-alg", choices=ALGORITHMS, help="sign userinfo answers")
        parser.add_argument(
            "--claims-in-id-token", action="store_true", help="the claims of its scopes there too"
        )
        parser.add_argument(
            "--leave-out-scopes", action="store_true",
            help="leave out known scopes that it may not have, in place of refusing them",
        )  # fmt: skip
        parser.add_argument("--scopes", help=f"what it may ask for, some of: {' '.join(SCOPES)}")
        parser.add_argument("--default-scopes", help="what it gets when it asks for nothing")
        parser.add_argument("--required-scopes", help="what people cannot switch off")
        parser.add_argument(
            "--pkce", choices=list(Client.PKCE), help="what may take the place of a challenge"
        )
        parser.add_argument("--default-max-age", type=int, help="seconds that a sign-in is good")
        parser.add_argument("--grants", help="authorization_code refresh_token client_credentials")
        parser.add_argument("--website", default="")
        parser.add_argument(
            "--skip-consent", action="store_true", help="trust it: people are not asked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client(
            name=options["name"],
            client_type=options["kind"],
            redirect_uris=" ".join(options["redirect_uris"]),
            post_logout_redirect_uris=" ".join(options["post_logout_redirect_uri"]),
            allowed_origins=" ".join(options["allowed_origin"]),
            backchannel_logout_uri=options["backchannel_logout_uri"],
            website=options["website"],
            skip_authorization=options["skip_consent"],
            claims_in_id_token=options["claims_in_id_token"],
            leaves_out_scopes=options["leave_out_scopes"],
        )
        for field, option in {
            "client_id": "client_id",
            "scopes": "scopes",
            "default_scopes": "default_scopes",
            "required_scopes": "required_scopes",
            "pkce": "pkce",
            "default_max_age": "default_max_age",
            "grant_types": "grants",
            "token_endpoint_auth_method": "auth_method",
            "jwks": "jwks",
            "jwks_uri": "jwks_uri",
            "subject_type": "subject_type",
            "sector_identifier_uri": "sector_identifier_uri",
            "algorithm": "id_token_alg",
            "userinfo_signed_response_alg": "userinfo_alg",
        }.items():
            if options[option] is not None:
                setattr(client, field, options[option])
        self._save(client)

    def _save(self, client: Client) -> None:
        try:
            client.full_clean()
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        if problems := sector_lists.problems(client):
            raise CommandError("\n".join(problems))
        with transaction.atomic():
            client.save()
            credentials = {"client_id": client.client_id}
            if client.has_secrets:
                credentials["client_secret"] = ClientSecret.objects.issue(client)
        self.stdout.write(json.dumps(credentials, indent=2))
