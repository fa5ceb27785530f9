"""Say what will happen before a signing key is rotated or withdrawn, and what happened after: which
key signs, whom that affects, and until when tokens of the old one verify.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.oauth_server.models import Client, SigningKey
from accounts.oauth_server.models.signing_key import (
    JWKS_LIFETIME,
    PUBLISHED_AHEAD,
    READ_BY_ALL,
    published_until,
)
from accounts.oauth_server.tokens import signed_by
from accounts.staff import counts
from accounts.storage.sealed import unopened

_NAMED = 10  # clients
_COUNTED = 10_000  # tokens


def forecast(algorithm: str, *, now: bool) -> list[str]:
    """Return it in sentences. `now`: the key is replaced at once, as a stolen one has to be."""
    told = _of_replacing(algorithm) if now else _of_rotating(algorithm)
    return [*told, _affected(algorithm)]


def receipt(key: SigningKey, *, now: bool, ended: Iterable[str] = ()) -> list[str]:
    """Return what was done, in sentences. `ended`: what `signed` said of the keys before."""
    told = {"algorithm": key.algorithm, "kid": key.kid, "time": _time(key.signs_from)}
    says = [_("The new key for %(algorithm)s is %(kid)s. It signs from %(time)s on.") % told]
    if now:
        says.append(_("All older keys are withdrawn: this site believes nothing they have signed."))
        says += ended
        return [
            *says,
            _("Apps that keep keys of their own accord need the new one."),
            *_next_steps(),
        ]
    old = SigningKey.objects.current(key.algorithm)
    if old != key and old.published_until:
        kept = {"kid": _short(old.kid), "until": _time(old.published_until)}
        says.append(_("What %(kid)s has signed verifies until %(until)s.") % kept)
    return [*says, _("There is nothing to do: apps look up a key that they do not know.")]


def signed(algorithm: str) -> list[str]:
    """Return how many live tokens each key has signed that somebody may still believe."""
    keys = SigningKey.objects.published().filter(algorithm=algorithm).order_by("generation")
    return [_signed(key) for key in keys if key.signs_from <= timezone.now()]


def _signed(key: SigningKey) -> str:
    told = {
        "kid": _short(key.kid),
        "count": counts.in_words(signed_by.access_tokens(key), _COUNTED),
        "minutes": _minutes(signed_by.id_tokens_last().total_seconds()),
    }
    return (
        _(
            "Live access tokens as JWTs that %(kid)s has signed: %(count)s. Its ID tokens are not "
            "counted; each lasts %(minutes)s minutes at most."
        )
        % told
    )


def _next_steps() -> list[str]:
    return [
        _("If it was stolen: find out how, and change ENCRYPTION_KEYS if they were in reach, too."),
        _("Sessions, opaque tokens and refresh tokens go on. End those that you do not trust."),
    ]


def state(key: SigningKey) -> str:
    """Return in words what the key does now, and when that changes."""
    now = timezone.now()
    if key.published_until and key.published_until <= now:
        until = {"time": _time(key.published_until)}
        if key.is_withdrawn:
            return _("Withdrawn on %(time)s. The next cleanup deletes it.") % until
        return _("Retired on %(time)s. It signs nothing, and nobody reads it.") % until
    if key.signs_from > now:
        starts = {"time": _time(key.signs_from)}
        return _("Waits. Clients can read it already; it signs from %(time)s on.") % starts
    own = SigningKey.objects.published().filter(algorithm=key.algorithm)
    signing = own.filter(signs_from__lte=now).order_by("-generation").first()
    if signing != key and key.published_until:
        until = {"time": _time(key.published_until)}
        return _("Signs no more. What it signed verifies until %(time)s.") % until
    following = own.filter(signs_from__gt=now).order_by("signs_from").first()
    if following is None or not key.published_until:
        return _("Signs now.")
    return _(
        "Signs now, until %(starts)s. What it signed verifies until %(ends)s, when it retires."
    ) % {"starts": _time(following.signs_from), "ends": _time(key.published_until)}


def _of_rotating(algorithm: str) -> list[str]:
    moment = timezone.now()
    own = SigningKey.objects.published().filter(algorithm=algorithm)
    waiting = own.filter(signs_from__gt=moment).first()
    if waiting:
        told = {"kid": _short(waiting.kid), "time": _time(waiting.signs_from)}
        words = _("%(kid)s waits already and signs from %(time)s on. No other key is made.")
        return [words % told]
    old = SigningKey.objects.current(algorithm)
    if unopened(old):
        told = {"kid": _short(old.kid), "until": _time(published_until(moment))}
        return [
            _("%(kid)s cannot be decrypted and signs nothing, so a new key signs at once.") % told,
            _("Tokens that %(kid)s has signed verify until %(until)s.") % told,
        ]
    takes_over = moment + PUBLISHED_AHEAD
    told = {
        "algorithm": algorithm,
        "time": _time(takes_over),
        "kid": _short(old.kid),
        "until": _time(published_until(takes_over)),
    }
    return [
        _("A new %(algorithm)s key is published now and signs from %(time)s on.") % told,
        _(
            "Until then %(kid)s signs, as it does now. Tokens that it has signed verify until "
            "%(until)s."
        )
        % told,
        _("Clients need to do nothing: they look up a key that they do not know."),
    ]


def _of_replacing(algorithm: str) -> list[str]:
    keys = SigningKey.objects.filter(algorithm=algorithm).order_by("generation")
    wait = int(READ_BY_ALL.total_seconds())
    told = {
        "algorithm": algorithm,
        "kids": ", ".join(map(_short, keys.values_list("kid", flat=True))) or _("none"),
        "minutes": _minutes(JWKS_LIFETIME.total_seconds()),
        "wait": wait,
        "twice": 2 * wait,
        "lifetime": _minutes(signed_by.id_tokens_last().total_seconds()),
    }
    says = [
        _(
            "A new %(algorithm)s key is published now and signs in %(wait)s seconds, when every "
            "process of this site has read it. A key that cannot be decrypted is followed at once."
        ),
        _(
            "These are withdrawn for good: %(kids)s. The one that signs is published for %(twice)s "
            "seconds more, so that sign-ins under way succeed; the others are deleted now."
        ),
        _(
            "After that, no token that they have signed verifies, the newest ones included: ID "
            "tokens of the last %(lifetime)s minutes, and logout tokens and UserInfo under way. "
            "This site believes none of them from this moment on."
        ),
        _(
            "Opaque access tokens and refresh tokens go on working, and nobody is signed out here. "
            "Access tokens as JWTs that these keys signed are refused by who verifies them with "
            "keys."
        ),
        _(
            "A client that keeps the keys believes the old ones for up to %(minutes)s minutes, as "
            "it was told that it may. It looks up the new one when it first meets it."
        ),
    ]
    return [*(each % told for each in says), *signed(algorithm)]


def _affected(algorithm: str) -> str:
    uses = Q(algorithm=algorithm) | Q(userinfo_signed_response_alg=algorithm)
    names = list(Client.objects.filter(uses, is_active=True).values_list("name", flat=True))
    if not names:
        return _("No client uses %(algorithm)s.") % {"algorithm": algorithm}
    told = {"algorithm": algorithm, "names": ", ".join(names[:_NAMED])}
    if len(names) > _NAMED:
        more = _("Clients that use %(algorithm)s: %(names)s and %(more)s more.")
        return more % (told | {"more": len(names) - _NAMED})
    return _("Clients that use %(algorithm)s: %(names)s.") % told


def _short(kid: str) -> str:
    """Return as much of a key ID as tells keys apart: a whole one is wider than a phone."""
    return f"{kid[:8]}…"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _minutes(seconds: float) -> int:
    return round(seconds / 60)
