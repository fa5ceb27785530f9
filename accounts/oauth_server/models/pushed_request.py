"""Keep authorization requests that clients pushed (RFC 9126), until a person has answered them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed, mint
from accounts.storage.sealed import SealedTextField
from accounts.way_back.app_request import LONGEST

URN = "urn:ietf:params:oauth:request_uri:"  # section 2.2


class PushedRequestManager(models.Manager["PushedRequest"]):
    def keep(self, client: Client, query: str, *, is_signed: bool) -> str:
        """Keep what `client` pushed, and return its request URI: the only time that it is told."""
        handle = mint(Kind.PUSHED_REQUEST)
        expires = timezone.now() + settings.PUSHED_REQUEST_LIFETIME
        self.create(
            client=client,
            digest=digest(handle),
            query=query,
            is_signed=is_signed,
            begun_by=expires,
            expires=expires + timedelta(seconds=LONGEST),
        )
        return URN + handle

    def to_begin(self, request_uri: str, client_id: str) -> "PushedRequest | None":
        """Return what stands behind `request_uri`; None where it is another client's, was answered,
        or came too late. A person may come to it more than once, as who reloads a page does."""
        handle = request_uri.removeprefix(URN)
        if not is_well_formed(handle, Kind.PUSHED_REQUEST):
            return None
        found = self.filter(digest=digest(handle), begun_by__gt=timezone.now()).select_related(
            "client"
        )
        pushed = found.first()
        return pushed if pushed and pushed.client.client_id == client_id else None

    def is_open(self, pushed: str) -> bool:
        """Return whether nobody has answered the request of that digest yet."""
        return self.filter(digest=pushed, expires__gt=timezone.now()).exists()

    def use(self, pushed: str) -> bool:
        """Use up the request of that digest: True once, however many come at a time."""
        removed, _ = self.filter(digest=pushed, expires__gt=timezone.now()).delete()
        return bool(removed)


class PushedRequest(models.Model):
    """Keep one pushed request. `digest` is of the credential in its request URI; `query`, sealed as
    it may hold an ID token or a person's address, is the request as validated."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    query = SealedTextField(editable=False)
    is_signed = models.BooleanField(default=False, editable=False)  # pushed as a request object
    created = models.DateTimeField(auto_now_add=True)
    begun_by = models.DateTimeField()  # until then a person has to come here with it
    expires = models.DateTimeField()  # and until then to have answered

    objects = PushedRequestManager()

    class Meta:
        indexes = [models.Index(fields=["expires"])]  # cleanup

    def __str__(self) -> str:
        return f"Request of {self.client}"
