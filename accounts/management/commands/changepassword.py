"""Give a person another password. Django's command of this name would end their sessions too, but
without telling anybody."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.endings import password_changes
from accounts.models import User
from accounts.security_events.receipts import in_words
from accounts.text.email_addresses import comparable

_TRIES = 3


class Command(BaseCommand):
    help = (
        "Asks for a new password of the person with that e-mail address, ends their sessions and "
        "their apps’ tokens, and tells them by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, **options: Any) -> None:
        user = User.objects.filter(email=comparable(options["email"])).first()
        if user is None:
            raise CommandError(f"Nobody has the e-mail address “{options['email']}”.")
        self.stdout.write(f"A new password for {user}.")
        receipt = password_changes.set_by_operator(user, self._new_password(user))
        self.stdout.write(f"{user} has a new password. {in_words(receipt)}")

    def _new_password(self, user: User) -> str:
        """Ask for it twice, until both are the same and good enough. Raises CommandError."""
        for _ in range(_TRIES):
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password (again): "):
                self.stderr.write("These are not the same. Try again.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
            else:
                return password
        raise CommandError("Nothing was changed.")
