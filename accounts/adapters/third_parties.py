"""Tell allauth.socialaccount how third parties and their answers are treated here."""

import secrets
from itertools import chain
from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import (
    DefaultSocialAccountAdapter,
    _build_apps_from_settings,
)
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.base import AuthError, AuthProcess, Provider
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from accounts.adapters.account import AccountAdapter
from accounts.endings import proven_address
from accounts.entrance import proofs
from accounts.entrance.closed_sign_up import closed_page
from accounts.entrance.mailed_links.invitations import NotInvited, invited_to, use_invitation
from accounts.models import ProviderSecret, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.storage.sealed import CannotOpen
from accounts.text.cleaning import storable
from accounts.text.names import one_line, shortened
from accounts.third_parties import (
    claims,
    connecting,
    errors,
    linking,
    signing_up,
    tokens,
    trying,
)
from accounts.third_parties.middleware import answer_is_read
from accounts.third_parties.reauthentication import proved_by_third_party
from accounts.third_parties.registration import OFF, PRIVATE_KEY
from accounts.third_parties.session import ThirdPartySession
from accounts.third_parties.stored_apps import stored_apps
from accounts.way_back import address as way_back


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    # --- towards the third party ---

    def get_requests_session(self) -> ThirdPartySession:
        return ThirdPartySession()

    def generate_state_param(self, state: dict[str, Any]) -> str:
        return secrets.token_urlsafe(32)  # 256 bits; allauth's 16 characters are 95

    def list_apps(
        self, request: HttpRequest | None, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        """Open the sealed secrets, in memory alone, and turn PKCE on for every provider.

        One that is off is there for nobody but the admin who tries it. One whose secrets cannot be
        opened is not offered: it would send people away with nothing to redeem their code with.
        """
        if provider or client_id:
            apps = cast(list[SocialApp], super().list_apps(request, provider, client_id))
        else:
            apps = _all_apps()
        apps = [app for app in apps if not app.settings.get(OFF) or trying.tries(request, app)]
        secrets_of = _kept_for([app for app in apps if app.pk])
        return [app for app in apps if _equip(app, secrets_of.get(app.pk))]

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """List them as allauth does, which goes through a hundred kinds that nobody has set up: all
        of them want an app."""
        registry.load()
        kinds = ((registry.get_class(app.provider), app) for app in self.list_apps(request))
        return [kind(request=request, app=app) for kind, app in kinds if kind]

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Show this site's page, for the person's own No as for everything else."""
        if error == AuthError.CANCELLED:
            page = reverse("socialaccount_login_cancelled")
            raise ImmediateHttpResponse(HttpResponseRedirect(way_back.handed_on(request, page)))
        problem: errors.ThirdPartyError | None = errors.ThirdPartyDeclined()
        if exception is not None:
            problem = errors.translate(exception, reading=True)
        elif "state" not in (extra_context or {}):
            problem = errors.AnswerNotExpected("unknown state")
        problem = problem or errors.ThirdPartyMisbehaved(type(exception).__name__)
        raise ImmediateHttpResponse(errors.page(request, problem, provider.sub_id))

    # --- what is believed of the answer ---

    def populate_user(self, request: HttpRequest, login: SocialLogin, data: dict[str, Any]) -> User:
        claims.harden(login)
        login.__class__ = linking.WaitingLogin
        user = cast(User, super().populate_user(request, login, data))
        parts = (claims.text(data, "first_name"), claims.text(data, "last_name"))
        name = claims.text(data, "name") or " ".join(filter(None, parts))
        user.preferred_username = shortened(one_line(storable(claims.text(data, "username"))), 150)
        user.name = shortened(one_line(storable(name)), 150)
        return user

    def is_email_verified(self, provider: Any, email: str) -> bool:
        return False  # only the third party's own word counts: see claims.harden

    def authenticate_by_email(self, login: SocialLogin) -> tuple[User, str] | None:
        if login.state.get("process") != AuthProcess.LOGIN:
            return None
        return linking.owner_by_address(login)

    # --- what follows from it ---

    def pre_social_login(self, request: HttpRequest, login: SocialLogin) -> None:
        answer_is_read()
        trying.show(request, login)
        proved_by_third_party(request, login)
        if login.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(connecting.connect(request, login))
        if not login.is_existing:
            return
        if not login.user.is_active:
            self._refuse_inactive(request, login)
        if login._did_authenticate_by_email:
            proofs.prove_by_third_party(login, login._did_authenticate_by_email)
        elif login.user == request.user and login.state.get("process") != AuthProcess.LOGIN:
            linking.renew(request, login, login.user)

    def _refuse_inactive(self, request: HttpRequest, login: SocialLogin) -> None:
        """Record it; who closed their account themselves goes on, to be offered to keep it."""
        user = cast(User, login.user)
        record(
            Event.SIGN_IN,
            actor=Actor.PERSON,  # the third party has vouched for them
            request=request,
            user=user,
            outcome=Outcome.FAILED,
            details=Refusal(Reason(user.why_inactive)),
        )
        if not user.delete_after:
            raise ImmediateHttpResponse(
                AccountAdapter(request).respond_user_inactive(request, user)
            )

    def is_open_for_signup(self, request: HttpRequest, login: SocialLogin) -> bool:
        """Let newcomers sign up by way of the third party, or answer why they may not."""
        rule = signing_up.rule_of(login)
        if not rule.is_offered and not invited_to(request, rule):
            raise ImmediateHttpResponse(closed_page(request, rule))
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, login: SocialLogin) -> bool:
        """Sign all newcomers up in this site's own way: allauth's stores what nobody has proven."""
        raise ImmediateHttpResponse(signing_up.sign_up(request, login))

    def save_user(self, request: HttpRequest, login: SocialLogin, form: Any = None) -> User:
        """Make the account, its proven addresses, its connection and its tokens: all or none.

        All who sign up by a third party come through here, some long after they began.
        """
        is_admitted = signing_up.is_admitted(login)
        login.user.email, rule = login.email_addresses[0].email, signing_up.rule_of(login)
        try:
            with transaction.atomic():
                for address in login.email_addresses:
                    proven_address.take_from_others(address.email)
                user = cast(User, super().save_user(request, login, form))
                tokens.store(login)
                used = use_invitation(request, user, rule)
                if not used and not is_admitted:
                    raise NotInvited
        except NotInvited as error:
            raise ImmediateHttpResponse(closed_page(request, rule)) from error
        except (IntegrityError, proofs.AccountChanged) as error:
            page = errors.page(request, errors.SignedUpMeanwhile(), login.account.provider)
            raise ImmediateHttpResponse(page) from error
        return user


def _all_apps() -> list[SocialApp]:
    """Return what allauth lists: those of each kind together, as admins and settings tell them."""
    by_kind: dict[str, list[SocialApp]] = {}
    for app in stored_apps():
        by_kind.setdefault(app.provider, []).append(app)
    for kind, apps in _build_apps_from_settings().items():
        by_kind.setdefault(kind, []).extend(apps)
    return list(chain.from_iterable(by_kind.values()))


def _kept_for(stored: list[SocialApp]) -> dict[int, ProviderSecret]:
    if not stored:
        return {}
    return {row.app_id: row for row in ProviderSecret.objects.filter(app__in=stored)}


def _equip(app: SocialApp, kept: ProviderSecret | None) -> bool:
    """Give `app` what it signs in with; False where that cannot be opened."""
    app.settings = {"oauth_pkce_enabled": True, **app.settings}
    if kept is None:
        return True
    try:
        app.secret, app.settings[PRIVATE_KEY] = kept.secret, kept.private_key
    except CannotOpen:
        return False
    return True
