"""Keep what this site's admins choose for a client, and no client for itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.group_claim import GroupClaim
from accounts.oauth_server.models.lifetimes import Lifetimes


class SiteChoices(Lifetimes, GroupClaim):
    """Hold an admin's choices: no metadata of RFC 7591 or RFC 7592 reaches these columns."""

    claims_in_id_token = models.BooleanField(
        _("claims in the ID token"),
        default=False,
        db_default=False,
        help_text=_(
            "Put the claims of the scopes that people allow (such as email, email_verified, "
            "name and preferred_username) into the ID token too, also into the refreshed one. "
            "For apps "
            "that never ask UserInfo, such as Kubernetes, Vault, Moodle and BookStack."
        ),
    )
    leaves_out_scopes = models.BooleanField(
        _("leave out scopes that the app may not have"),
        default=False,
        db_default=False,
        help_text=_(
            "If the app asks for a scope of this site that is not among its scopes, go on "
            "without it and tell the app which ones it got. Otherwise its request is refused, "
            "which "
            "names the scope. Scopes that this site does not know are always ignored."
        ),
    )

    class Meta:
        abstract = True
