"""Register a client app from a script; prints its credentials as JSON. Run again with the same
--client-id, or else the same --name, it changes what is told and says what was before."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from accounts.groups.membership import NoSuchGroup, named
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.clients.kinds import KINDS, ClientKind
from accounts.oauth_server.clients.presets import InvalidURL, Preset, presets
from accounts.oauth_server.clients.told import BadSecret, check_secret, fill_in, keep_secret
from accounts.oauth_server.management import client_groups, client_logo
from accounts.oauth_server.management.client_options import OPTIONS, Nothing
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.rules.scopes import SCOPES
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record

# Columns that no option tells, which follow what is told.
_FOLLOWING = ("private_use_schemes", "is_restricted")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", help="shown to people; default: the preset's")
        parser.add_argument(
            "--preset", choices=list(presets()), metavar="APP",
            help="register this app as it needs to be: see docs/clients.md or `manage.py presets`",
        )  # fmt: skip
        parser.add_argument("--url", default="", help="the https address of the preset's app")
        scopes = {"help": f"what it may ask for, some of: {' '.join(SCOPES)}"}
        parser.add_argument(
            "--client-secret-stdin", action="store_true",
            help="go on with the secret that it had at another server: one line of standard input",
        )  # fmt: skip
        for column, (flag, words) in OPTIONS.items():
            parser.add_argument(flag, default=None, **(scopes if column == "scopes" else words))
        parser.add_argument(
            "--groups", help="who may use it: slugs of groups, separated by spaces; “”: everybody"
        )
        parser.add_argument(
            "--tell-group", action="append", dest="listed", metavar="SLUG[=VALUE]", default=None,
            help="a group that it is told of, and as what; all of them in one call; “”: none",
        )  # fmt: skip
        parser.add_argument(
            "--logo", metavar="FILE",
            help="its picture: PNG, JPEG, WebP or GIF, square looks best; “”: none",
        )  # fmt: skip
        parser.add_argument(
            "--if-missing", action="store_true", help="leave a client alone that is there already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        preset = presets()[options["preset"]] if options["preset"] else None
        told = _preset_columns(preset, options["url"]) | _told(options)
        if not told.get("name"):
            raise CommandError("--name: say what people know the app as.")
        client = _find(told["name"], options["client_id"])
        if client.pk and options["if_missing"]:
            self._print(client, {})
            return
        before, chosen = _columns(client), _groups(options["groups"])
        listed = client_groups.read(options["listed"])
        logo = client_logo.read(options["logo"])
        fill_in(client, told)
        if chosen is not None:
            client.is_restricted = bool(chosen)
        _check(client)
        changed = {} if not client.pk else _differences(before, _columns(client))
        own_secret = self._read_secret(client) if options["client_secret_stdin"] else ""
        changed |= _other_groups(client, chosen)
        secret = _save(client, changed, own_secret, chosen)
        if listed is not None:
            kept = client_groups.keep(client, listed)
            changed |= kept if before["pk"] else {}
        if options["logo"] is not None:
            kept = client_logo.keep(client, logo)
            changed |= kept if before["pk"] else {}
        self._print(client, changed, secret=secret, is_new=not before["pk"])
        if preset:
            self._print_lines(preset, client, options["url"], secret)

    def _read_secret(self, client: Client) -> str:
        """Read the secret that the client has at another server."""
        secret = sys.stdin.readline().rstrip("\r\n") if client.has_secrets else ""
        try:
            warning = check_secret(client, secret)
        except BadSecret as error:
            raise CommandError(f"--client-secret-stdin: {error}") from error
        if warning:
            self.stderr.write(f"Warning: {warning}")
        return secret

    def _print_lines(self, preset: Preset, client: Client, url: str, secret: str) -> None:
        """Print what to enter in the app, with its secret where it was made just now."""
        shown = secret or "THE_SECRET_THAT_IT_HAS"
        lines = preset.paste(url=url, client_id=client.client_id, secret=shown)
        notes = "".join(f"Note: {note}\n" for note in preset.notes)
        self.stderr.write(f"Enter this in {preset.name}:\n\n{lines}\n{notes}")

    def _print(
        self,
        client: Client,
        changed: dict[str, tuple[Any, Any]],
        *,
        secret: str = "",
        is_new: bool = False,
    ) -> None:
        """Print what a script reads, and beside it what a person does."""
        told = {"client_id": client.client_id} | ({"client_secret": secret} if secret else {})
        said = {name: {"from": old, "to": new} for name, (old, new) in changed.items()}
        answer = told | {"created": is_new} | ({"changed": said} if said else {})
        self.stdout.write(json.dumps(answer, indent=2))
        if not is_new:
            lines = [
                f"{name}: {_word(old)} -> {_word(new)}" for name, (old, new) in changed.items()
            ]
            self.stderr.write("\n".join(lines or ["It is registered already: nothing changed."]))


def _find(name: str, client_id: str | None) -> Client:
    """Return the client that is meant, or a new one.

    By its name alone, none that registered itself is found: its people chose that name, and hold
    its credentials.
    """
    if client_id:
        found = list(Client.objects.filter(client_id=client_id))
    else:
        source = Client.RegistrationSource.MANUAL
        found = list(Client.objects.filter(name=name, registration_source=source)[:2])
    if len(found) > 1:
        raise CommandError(f"Several clients are called “{name}”: say which one with --client-id.")
    if found and not found[0].is_registered_by_admin:
        raise CommandError(
            f"--client-id: “{client_id}” registered itself. Change it in Django admin, or choose "
            "another ID."
        )
    return found[0] if found else Client(client_type=Client.CLIENT_CONFIDENTIAL)


def _preset_columns(preset: Preset | None, url: str) -> dict[str, Any]:
    try:
        return preset.columns(url) if preset else {}
    except InvalidURL as error:
        raise CommandError(f"--url: {error}") from error


def _told(options: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that the options tell."""
    told = {"name": options["name"]} if options["name"] else {}
    for column, (flag, words) in OPTIONS.items():
        value = options[words.get("dest") or flag.removeprefix("--").replace("-", "_")]
        if value is Nothing:
            told[column] = None
        elif value is not None:
            told[column] = " ".join(value) if words.get("action") == "append" else value
    kind = KINDS.get(told.get("client_type", ""))
    return _kind_columns(kind, told) | told | {"client_type": kind.client_type} if kind else told


def _kind_columns(kind: ClientKind, told: dict[str, Any]) -> dict[str, Any]:
    """Return what follows from the kind: default scopes follow the scopes that are told."""
    follows = {"default_scopes"} if "scopes" in told else set()
    return {name: value for name, value in kind.columns().items() if name not in follows}


def _check(client: Client) -> None:
    """Raise CommandError, each problem after the option that it is about."""
    try:
        client.full_clean()
    except ValidationError as error:
        raise CommandError("\n".join(_by_option(error))) from error
    if problems := sector_lists.problems(client):
        raise CommandError("\n".join(f"--sector-identifier-uri: {each}" for each in problems))


def _by_option(error: ValidationError) -> list[str]:
    flags = {"name": "--name"} | {column: flag for column, (flag, _) in OPTIONS.items()}
    return [
        f"{flags[column]}: {words}" if column in flags else words
        for column, problems in error.message_dict.items()
        for words in problems
    ]


def _groups(slugs: str | None) -> list[Group] | None:
    """Return the groups that are told, None where nothing is."""
    try:
        return None if slugs is None else [named(slug) for slug in slugs.split()]
    except NoSuchGroup as error:
        raise CommandError(f"--groups: there is no group “{error}”.") from error


def _other_groups(client: Client, chosen: list[Group] | None) -> dict[str, tuple[Any, Any]]:
    """Return how the groups of a client that is there change."""
    if not client.pk or chosen is None:
        return {}
    before, after = (sorted(group.name for group in each) for each in (client.groups.all(), chosen))
    return {"groups": (before, after)} if before != after else {}


def _save(
    client: Client,
    changed: dict[str, tuple[Any, Any]],
    own_secret: str,
    groups: list[Group] | None,
) -> str:
    """Write the client, and return its secret where one was made: the only time that it is
    shown."""
    is_new = not client.pk
    if not (is_new or changed or own_secret):
        return ""
    try:
        with transaction.atomic():
            client.save(update_fields=None if is_new else set(changed) - {"groups"})
            if groups is not None:
                client.groups.set(groups)
            if is_new or changed:
                _record(client, changed, is_new=is_new)
            return _give_secret(client, own_secret)
    except IntegrityError as error:
        words = f"--client-id: “{client.client_id}” was registered just now: run this again."
        raise CommandError(words) from error


def _give_secret(client: Client, own_secret: str) -> str:
    """Keep the client's own secret, or make one where it has none. Return what was made."""
    if own_secret:
        try:
            keep_secret(client, own_secret)
        except BadSecret as error:
            raise CommandError(f"--client-secret-stdin: {error}") from error
        return ""
    needed = client.has_secrets and not client.secrets.live().exists()
    return ClientSecret.objects.issue(client) if needed else ""


def _record(client: Client, changed: dict[str, tuple[Any, Any]], *, is_new: bool) -> None:
    names = [_label(column) for column in changed]
    details = AdminChange(
        Action.ADDITION if is_new else Action.CHANGE,
        client._meta.label_lower,
        str(client.pk),
        object=client.name,
        changes=() if is_new else ({"changed": {"fields": names}},),
    )
    record(Event.ADMIN_CLIENT, actor=Actor.ADMIN, client=client, details=details)


def _columns(client: Client) -> dict[str, Any]:
    columns = ("pk", "name", *OPTIONS, *_FOLLOWING)
    return {column: getattr(client, column) for column in columns}


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (old, after[name]) for name, old in before.items() if old != after[name]}


def _label(column: str) -> str:
    return str(getattr(Client._meta.get_field(column), "verbose_name", column))


def _word(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value not in ("", None) else "nothing"
