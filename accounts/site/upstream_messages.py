"""Repeat what allauth says on this site's pages, so that the catalogs say it in the site's own
voice.

Nothing imports this: `make messages` gathers from it. allauth's German, for one, calls people “du”.
English says it, and some of Django's words, by accounts/locale/en, which is written by hand.
"""

from django.utils.translation import gettext_noop as _

FORMS = [
    _("Email"),
    _("Password"),
    _("Password (again)"),
    _("Remember Me"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Use your password"),
    _("Use authenticator app or code"),
    _("Use a security key"),
]
PROBLEMS = [
    _("Please type your current password."),
    _("You must type the same password each time."),
    _("Incorrect code."),
    _("Too many failed login attempts. Try again later."),
    _("The password reset token was invalid."),
    _("A user is already registered with this email address."),
    _("This email address is already associated with this account."),
    _("The new value must be different from the current one."),
    _("You cannot add more than %d email addresses."),
    _("You cannot remove your primary email address."),
    _("You cannot remove your primary email address (%(email)s)."),
    _("Your primary email address must be verified."),
    _("Unable to confirm %(email)s because it is already confirmed by a different account."),
    _("Your account has no password set up."),
    _("Your account has no verified email address."),
    _("The third-party account is already connected to a different account."),
    _(
        "An account already exists with this email address. Please sign in to that account first, "
        "then connect your %s account."
    ),
]
DONE = [
    _("You have signed out."),
    _("You have confirmed %(email)s."),
    _("Removed email address %(email)s."),
    _("Primary email address set."),
    _("Password successfully changed."),
    _("Password successfully set."),
    _("The third-party account has been connected."),
    _("The third-party account has been disconnected."),
]
