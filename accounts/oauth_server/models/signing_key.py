"""Sign ID tokens with keys made on first need, sealed at rest, and published as a JWK set.

Each algorithm has its own key, so that no key is ever used in two ways. Which key signs is kept in
no process: it is a question to the database each time, and the answer follows from the clock alone.
So any number of processes change keys together. The set that clients read is kept for JWKS_KEPT,
which is a small part of the time that a key is published ahead of its first signature.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import jwt
from django.apps import apps
from django.conf import settings
from django.core.signals import setting_changed
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from jwcrypto import jwk

from accounts.storage.rows import Rows, first_row
from accounts.storage.sealed import SealedTextField, unopened, unseal

DEFAULT_ALGORITHM = "RS256"
# What a key of each algorithm is made of (RFC 7518 section 6, RFC 8037 section 2).
_MADE_OF: dict[str, dict[str, Any]] = {
    "RS256": {"kty": "RSA", "size": 2048},
    "PS256": {"kty": "RSA", "size": 2048},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}
ALGORITHMS = list(_MADE_OF)

JWKS_LIFETIME = timedelta(minutes=5)  # for as long a client may keep the JWK set
JWKS_KEPT = timedelta(seconds=5)  # for as long each of our processes keeps it: views/metadata.py
_MARGIN = timedelta(minutes=1)  # for clocks that differ, answers under way, and JWKS_KEPT
PUBLISHED_AHEAD = JWKS_LIFETIME + _MARGIN
# How long a key that takes over from a stolen one is published first, so that no process gives a
# set without it to who looks it up, and how long the stolen one stays for tokens under way.
READ_BY_ALL = 2 * JWKS_KEPT


def published_until(signs_from: datetime) -> datetime:
    """Return when the last token has expired that a key signed whose successor signs since then."""
    clients = apps.get_model(settings.OAUTH2_PROVIDER_APPLICATION_MODEL)._default_manager
    longest = clients.aggregate(minutes=models.Max("id_token_minutes"))["minutes"] or 0
    resources = apps.get_model("oauth_server", "ProtectedResource")._default_manager
    jwts = resources.aggregate(minutes=models.Max("access_token_minutes"))["minutes"] or 0
    longest = timedelta(minutes=max(longest, jwts))
    return signs_from + max(settings.ID_TOKEN_LIFETIME, longest) + _MARGIN


class Signer(NamedTuple):
    """Hold which key signs, and its private half as it is stored."""

    kid: str
    sealed: str


class SigningKeyManager(models.Manager["SigningKey"]):
    def current(self, algorithm: str = DEFAULT_ALGORITHM) -> "SigningKey":
        """Return the key that signs now. The very first call for an algorithm makes it."""
        return self._signing(algorithm) or self._make_first(algorithm)

    def sign(
        self, claims: dict[str, Any], algorithm: str = DEFAULT_ALGORITHM, *, kind: str = "JWT"
    ) -> str:
        """Return `claims` as a compact JWS whose header names the key (RFC 7515 section 4.1.4), and
        what `kind` of JWT it is, so that none passes for another (RFC 8725 section 3.11)."""
        signer = self.signer(algorithm)
        return jwt.encode(
            claims, _open(signer.sealed), algorithm, headers={"kid": signer.kid, "typ": kind}
        )

    def signer(self, algorithm: str) -> Signer:
        """Return what `current` does of the key that signs now, and no more than signing needs."""
        row = self._ask(_SIGNER, algorithm)
        if row is None:
            self._make_first(algorithm)
            row = self._ask(_SIGNER, algorithm) or iter(())
        return Signer(*row)

    def jwk_set(self) -> dict[str, Any]:
        """Return the public halves of the keys that clients may meet (RFC 7517 section 5).

        The first reader of a new site finds a key of each algorithm, so that a client that keeps
        what it read knows the key of the first token that it is given.
        """
        found = self._published_keys()
        for algorithm in set(ALGORITHMS) - {key["alg"] for key in found}:
            self.current(algorithm)
            found = self._published_keys()
        return {"keys": found}

    def rotate(self, algorithm: str) -> "SigningKey":
        """Publish a new key, and have it sign once every client can know it; at once where the
        old one cannot be opened and so signs nothing.

        The old one stays published until the last token that it signed has expired. Where a new
        key is waiting already, that one is returned.
        """
        try:
            with transaction.atomic():
                self._forget_retired(algorithm)
                return self._waiting(algorithm) or self._succeed(algorithm)
        except IntegrityError:  # another process was faster
            return self._waiting(algorithm) or self.current(algorithm)

    def replace(self, algorithm: str) -> "SigningKey":
        """Have a new key sign as soon as every process has read it, and withdraw all others: for
        keys that somebody stole.

        What the old ones signed counts as a hint no more. The one that signed stays published
        until its last tokens have arrived, for some seconds; the others are deleted.
        """
        own = self.filter(algorithm=algorithm)
        newest = own.aggregate(newest=Max("generation"))["newest"]
        signing = self._signing(algorithm)
        waits = READ_BY_ALL if signing and not unopened(signing) else timedelta()
        try:
            with transaction.atomic():
                starts = timezone.now() + waits
                key = self._make(algorithm, (newest or 0) + 1, signs_from=starts)
                stolen = own.filter(pk=signing.pk) if signing and waits else own.none()
                own.exclude(pk=key.pk).exclude(pk__in=stolen.values("pk")).delete()
                stolen.update(is_withdrawn=True, published_until=starts + READ_BY_ALL)
        except IntegrityError:  # another process was faster
            return own.latest("generation")
        return key

    def withdrawn(self) -> models.QuerySet["SigningKey"]:
        """Return the stolen keys that nobody needs any more: cleanup deletes them."""
        return self.filter(is_withdrawn=True, published_until__lte=timezone.now())

    def published(self) -> models.QuerySet["SigningKey"]:
        """Return the keys that clients may meet: those that sign, will sign or have signed."""
        return self.filter(Q(published_until=None) | Q(published_until__gt=timezone.now()))

    def _published_keys(self) -> list[dict[str, Any]]:
        # The private halves are not even opened.
        return list(self.published().order_by("pk").values_list("public_jwk", flat=True))

    def _signing(self, algorithm: str) -> "SigningKey | None":
        row = self._ask(_SIGNING, algorithm)
        return _keys.read(row) if row else None

    def _ask(self, statement: str, algorithm: str) -> Iterator[Any] | None:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        return first_row(statement, {"algorithm": algorithm, "now": now})

    def _waiting(self, algorithm: str) -> "SigningKey | None":
        return self.published().filter(algorithm=algorithm, signs_from__gt=timezone.now()).first()

    def _make_first(self, algorithm: str) -> "SigningKey":
        try:
            return self._make(algorithm, 1, signs_from=timezone.now())
        except IntegrityError:  # another process was faster; there is one first key, and it signs
            return self.published().filter(algorithm=algorithm).earliest("generation")

    def _succeed(self, algorithm: str) -> "SigningKey":
        current = self.current(algorithm)
        starts = timezone.now() if unopened(current) else timezone.now() + PUBLISHED_AHEAD
        key = self._make(algorithm, current.generation + 1, signs_from=starts)
        until = published_until(key.signs_from)
        self.filter(pk=current.pk).update(published_until=until)
        return key

    def _make(self, algorithm: str, generation: int, **columns: Any) -> "SigningKey":
        """Make a key of that generation. Raises IntegrityError where another process has made
        it."""
        key = jwk.JWK.generate(**_MADE_OF[algorithm], alg=algorithm, use="sig")
        kid = key.thumbprint()
        with transaction.atomic():
            return self.create(
                kid=kid,
                algorithm=algorithm,
                generation=generation,
                private_jwk=key.export_private(),
                public_jwk=json.loads(key.export_public()) | {"kid": kid},
                **columns,
            )

    def _forget_retired(self, algorithm: str) -> None:
        """Erase the private halves of retired keys: what signs no more can be stolen no more. The
        public half still reads old hints."""
        retired = self.filter(algorithm=algorithm, published_until__lte=timezone.now())
        retired.update(private_jwk="")


class SigningKey(models.Model):
    """Keep one key pair. `signs_from` and `published_until` let keys change without an outage.

    `generation` counts an algorithm's keys, so that two processes cannot make the same one.
    """

    kid = models.CharField(_("key ID"), max_length=43, unique=True)
    algorithm = models.CharField(max_length=10)
    generation = models.PositiveIntegerField(editable=False, default=1)
    private_jwk = SealedTextField(editable=False, blank=True)
    public_jwk = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)
    signs_from = models.DateTimeField(default=timezone.now)
    published_until = models.DateTimeField(null=True, blank=True)
    is_withdrawn = models.BooleanField(_("is withdrawn"), default=False, db_default=False)

    objects = SigningKeyManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm", "generation"], name="one_signing_key_a_generation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:8]}"

    def private_key(self) -> Any:
        """Return the private key as PyJWT signs with it; parsing is done once a process.

        Raises CannotOpen where ENCRYPTION_KEYS do not open it.
        """
        return _parse(self.private_jwk)


_keys = Rows(SigningKey)
# The newest that has started; where a process whose clock is behind finds that none has, the first.
_WHICH_SIGNS = f"""
    FROM {_keys.table} AS key
    WHERE algorithm = %(algorithm)s AND (published_until IS NULL OR published_until > %(now)s)
    ORDER BY signs_from <= %(now)s DESC,
             CASE WHEN signs_from <= %(now)s THEN -generation ELSE generation END
    LIMIT 1
"""
_SIGNING = f"SELECT {_keys.columns('key')} {_WHICH_SIGNS}"
# By hand, and sealed as it is: every ID token asks for it, and opening it takes as long as asking.
_SIGNER = f"SELECT kid, private_jwk {_WHICH_SIGNS}"


@lru_cache(maxsize=8)
def _open(sealed: str) -> Any:
    """Return the private key that is in `sealed`. Which one signs, the database says each time:
    what is kept here is only what it was opened to. Raises CannotOpen."""
    return _parse(unseal(sealed, "oauth_server.SigningKey.private_jwk"))


setting_changed.connect(lambda **_: _open.cache_clear(), weak=False)


@lru_cache(maxsize=8)
def _parse(private_jwk: str) -> Any:
    return jwt.PyJWK.from_json(private_jwk).key
