"""Create a person whose e-mail address counts as verified, for scripts. Run again, it updates."""

import json
import os
import secrets
from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.endings import password_changes, take_over
from accounts.entrance.proofs import Shown
from accounts.groups import membership
from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.staff.roles import ROLES
from accounts.text.email_addresses import normalise

_PREFIX = "role-"  # of the slugs


class Command(BaseCommand):
    help = (
        "Creates a person, or updates the one with that e-mail address, and prints them as JSON. "
        "The password is taken from --password or else from PASSWORD; a new person without one "
        "gets a generated password, which is printed this once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--admin", action="store_true", help="may use the admin, for all")
        parser.add_argument(
            "--role",
            choices=sorted(slug.removeprefix(_PREFIX) for slug in ROLES),
            help="may use the admin for the work of this role; give one at a time",
        )
        parser.add_argument("--password", default=os.environ.get("PASSWORD", ""))

    def handle(self, **options: Any) -> None:
        try:
            email = normalise(options["email"])
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"“{options['email']}” is not an e-mail address.") from error
        self.stdout.write(json.dumps(_create_or_update(email, options), indent=2))


def _role(name: str) -> Group:
    try:
        return membership.named(f"{_PREFIX}{name}")
    except membership.NoSuchGroup as error:
        raise CommandError(f"The group of the role “{name}” was deleted.") from error


@transaction.atomic
def _create_or_update(email: str, options: dict[str, Any]) -> dict[str, Any]:
    user = User.objects.filter(email=email).first()
    created = user is None
    if user and User.objects.unproven().filter(pk=user.pk).exists():
        # Whoever began it may be anybody.
        take_over.empty(user, email, Shown(), actor=Actor.ADMIN)
    user = user or User(email=email)
    generated = secrets.token_urlsafe(12) if created and not options["password"] else ""
    password = options["password"] or generated
    if password and created:
        user.set_password(password)
    elif password and not user.check_password(password):
        password_changes.set_by_operator(user, password)
    user.name = options["name"] or user.name
    if options["admin"]:
        user.is_staff = user.is_superuser = True
    role = _role(options["role"]) if options["role"] else None
    user.is_staff = user.is_staff or role is not None
    user.save()
    _mark_verified(user)
    if role:
        membership.put_in(user, [role], actor=Actor.ADMIN)
    answer = {"email": user.email, "name": user.name, "sub": user.sub, "admin": user.is_staff}
    return answer | {"created": created} | ({"password": generated} if generated else {})


def _mark_verified(user: User) -> None:
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=user.email).update(
        primary=False
    )
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
