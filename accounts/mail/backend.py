"""Send mail by Django's SMTP backend, but no login in clear to another host."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend

from accounts.network import loopback


class LoginInClear(OSError):
    """Report that the settings would have the password of the mail server sent where others can
    read it."""


class EmailBackend(SMTPBackend):
    """Refuse to log in in clear. Where STARTTLS is asked for and not offered, smtplib raises before
    it logs in."""

    def open(self) -> bool | None:
        protected = self.use_tls or self.use_ssl or self.host in loopback.HOSTS
        if self.username and not protected:
            raise LoginInClear("The mail server asks for a login, and there is no TLS.")
        try:
            return super().open()
        except OSError:
            self.close()  # Django leaves the connection that could not be used to chance
            raise


class Misconfigured(BaseEmailBackend):
    """Send nothing: EMAIL_URL cannot be read, and a guess could send codes to the wrong place."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise OSError("EMAIL_URL cannot be read: accounts.E010.")
