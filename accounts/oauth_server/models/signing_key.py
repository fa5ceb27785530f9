"""The keys that sign ID tokens: made on first use, sealed at rest, published as a JWK set."""

import json
from functools import lru_cache
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from jwcrypto import jwk
from jwt import PyJWK

from accounts.sealed import SealedTextField

RSA_BITS = 2048


class SigningKeyManager(models.Manager["SigningKey"]):
    def current(self, algorithm: str = "RS256") -> "SigningKey":
        """Return the key that signs now. The very first call makes it."""
        return self._signing(algorithm).first() or self._make_first(algorithm)

    def published(self) -> models.QuerySet["SigningKey"]:
        """The keys that clients may meet: those that sign, will sign or have signed."""
        now = timezone.now()
        return self.filter(models.Q(published_until=None) | models.Q(published_until__gt=now))

    def _signing(self, algorithm: str) -> models.QuerySet["SigningKey"]:
        return (
            self.published()
            .filter(algorithm=algorithm, signs_from__lte=timezone.now())
            .order_by("-signs_from", "-pk")
        )

    def _make_first(self, algorithm: str) -> "SigningKey":
        with transaction.atomic():
            key = jwk.JWK.generate(kty="RSA", size=RSA_BITS, alg=algorithm, use="sig")
            self.create(
                kid=key.thumbprint(),
                algorithm=algorithm,
                private_jwk=key.export_private(),
                public_jwk=json.loads(key.export_public()) | {"kid": key.thumbprint()},
            )
        # Two processes may both have made a first key: from now on all take the same one.
        return self._signing(algorithm).latest("signs_from", "pk")


class SigningKey(models.Model):
    """One key pair. `signs_from` and `published_until` let keys change without an outage."""

    kid = models.CharField("key ID", max_length=43, unique=True)
    algorithm = models.CharField(max_length=10)
    private_jwk = SealedTextField(editable=False)
    public_jwk = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)
    signs_from = models.DateTimeField(default=timezone.now)
    published_until = models.DateTimeField(null=True, blank=True)

    objects = SigningKeyManager()

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:8]}"

    def private_key(self) -> Any:
        """Return the private key as PyJWT signs with it; parsing is done once a process."""
        return _parse(self.private_jwk)


@lru_cache(maxsize=8)
def _parse(private_jwk: str) -> Any:
    return PyJWK.from_json(private_jwk).key
