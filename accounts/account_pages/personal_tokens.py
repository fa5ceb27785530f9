"""Create, list and revoke personal tokens, with which a person's own scripts call the API."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.account_pages import drafts
from accounts.account_pages.sign_in_first import sign_in_first
from accounts.limits import rate_limits
from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import PersonalToken
from accounts.oauth_server.models.personal_token import AT_MOST, NAME_LENGTH
from accounts.oauth_server.rules.scopes import Holder, Scope, entries, held_by
from accounts.own_account import personal_tokens as own
from accounts.text.names import NameField

View = Callable[..., HttpResponse]

_DAYS = (7, 30, 90, 365)
_OWN_DATE, _NEVER = "date", "never"
_TAKEN = gettext_lazy(
    "You already have a token with this name. Choose a different name, or revoke that token first."
)


def _scopes_of(token: PersonalToken) -> list[Scope]:
    """Return what `token` really opens: a scope may have been for personal tokens once."""
    return entries(own.scopes_of(token))


def _choices() -> list[tuple[str, str]]:
    return [(each.name, str(each.sentence)) for each in entries(held_by(Holder.PERSONAL_TOKEN))]


def _where_switched_on(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PERSONAL_TOKENS:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class PersonalTokenForm(forms.Form):
    """Ask what the token is called, what it opens, and until when. `expires` is what came of
    that."""

    name = NameField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("What the token is for, for example “backup script”."),
        error_messages={
            "required": gettext_lazy("Enter a name for the token, such as “backup script”.")
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"),
        widget=forms.CheckboxSelectMultiple,
        choices=_choices,
        error_messages={"required": gettext_lazy("Choose at least one permission.")},
    )
    lasts = forms.ChoiceField(
        label=gettext_lazy("Expiration"),
        widget=forms.RadioSelect,
        choices=lambda: _lifetimes(),
        error_messages={"required": gettext_lazy("Choose when the token expires.")},
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Only for a custom date."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.user = user
        choices = [value for value, _label in _lifetimes()]
        self.initial.setdefault("lasts", "30" if "30" in choices else choices[0])

    def clean_name(self) -> str:
        name = cast(str, self.cleaned_data["name"])
        if self.user.personal_tokens.filter(name=name).exists():
            raise forms.ValidationError(_TAKEN)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.user.personal_tokens.count() >= AT_MOST:
            raise forms.ValidationError(_too_many())
        self.expires = self._expires(cleaned)
        return cleaned

    def _expires(self, cleaned: dict[str, Any]) -> datetime | None:
        lasts = cleaned.get("lasts", _NEVER)
        if lasts == _NEVER:
            return None
        if lasts == _OWN_DATE:
            return self._end_of(cleaned.get("until"))
        return timezone.now() + timedelta(days=int(lasts))

    def _end_of(self, last: date | None) -> datetime | None:
        today, most = timezone.localdate(), settings.PERSONAL_TOKEN_MAX_DAYS
        if last is None and "until" not in self.errors:
            self.add_error("until", _("Enter the last day on which the token will work."))
        elif last is not None and last < today:
            self.add_error("until", _("The last day must be today or later."))
        elif last is not None and (most and last > today + timedelta(days=most)):
            latest = formats.date_format(today + timedelta(days=most))
            self.add_error(
                "until", _("The last day must be %(latest)s or earlier.") % {"latest": latest}
            )
        elif last is not None and last < date.max:
            return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
        return None


def _lifetimes() -> list[tuple[str, str]]:
    most = settings.PERSONAL_TOKEN_MAX_DAYS
    days = [number for number in _DAYS if not most or number <= most] or [most]
    choices = [(str(number), _in_days(number)) for number in days]
    choices.append((_OWN_DATE, _("Custom date")))
    return choices if most else [*choices, (_NEVER, _("No expiration"))]


def _in_days(number: int) -> str:
    until = formats.date_format(timezone.localdate() + timedelta(days=number))
    words = ngettext("%(number)s day (until %(date)s)", "%(number)s days (until %(date)s)", number)
    return words % {"number": number, "date": until}


@require_safe
@never_cache
@_where_switched_on
@login_required
def account_tokens(request: HttpRequest) -> HttpResponse:
    tokens = PersonalToken.objects.filter(user=cast(User, request.user)).order_by("-created", "-pk")
    rows = [{"token": each, "scopes": _scopes_of(each)} for each in tokens]
    return render(request, "accounts/personal_tokens.html", {"rows": rows})


@never_cache
@_where_switched_on
@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_token_new(request: HttpRequest) -> HttpResponse:
    """Make a token. It is in the answer to the form and nowhere else: no address, no session."""
    user = cast(User, request.user)
    if request.method != "POST":
        return _form_page(request, PersonalTokenForm(user, initial=drafts.take(request)))
    rate_limits.hit(request, "account_changes", "personal token", str(user.pk))
    form = PersonalTokenForm(user, request.POST)
    if not form.is_valid():
        return _form_page(request, form)
    result = _make(request, form)
    if result is None:
        return _form_page(request, form)
    token, made = result
    context = {
        "token": token,
        "made": made,
        "scopes": _scopes_of(made),
        "example_url": f"{settings.SITE_URL}/api/v1/me",
    }
    return render(request, "accounts/personal_token_made.html", context)


def _form_page(request: HttpRequest, form: PersonalTokenForm) -> HttpResponse:
    return render(request, "accounts/personal_token_new.html", {"form": form})


def _make(request: HttpRequest, form: PersonalTokenForm) -> tuple[str, PersonalToken] | None:
    """Make it; None, with an error in `form`, where that is not possible."""
    try:
        return own.make(
            form.user,
            name=form.cleaned_data["name"],
            scopes=frozenset(form.cleaned_data["scopes"]),
            expires=form.expires,
            actor=Actor.PERSON,
            still=lambda: request.session.exists(request.session.session_key or ""),
        )
    except own.SignedOut:
        form.add_error(None, _("You were signed out. Sign in and try again."))
    except own.TooMany:
        form.add_error(None, _too_many())
    except own.NameTaken:
        form.add_error("name", _TAKEN)
    return None


def _too_many() -> str:
    words = _("You can have up to %(number)s tokens. Revoke one before you create another.")
    return words % {"number": AT_MOST}


@require_POST
@_where_switched_on
@sign_in_first(back_to="account_tokens")
def account_token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(PersonalToken, pk=pk, user=request.user)
    own.revoke(token, actor=Actor.PERSON)
    words = _("“%(name)s” was revoked and no longer works.")
    messages.success(request, words % {"name": token.name})
    return redirect("account_tokens")
