"""Serve what a person's account has beside who they are, and end what they want ended."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.oauth_server import bearer
from accounts.own_account import apps, facts, personal_tokens, sessions
from api import cursors, event_filters
from api.authentication import access_of, account_of
from api.describing import describe
from api.identifiers import identifier, one_of, row_named
from api.problems import Problem
from api.resource import Resource
from api.serializers import (
    AppSerializer,
    EmailSerializer,
    EventSerializer,
    GroupSerializer,
    MadeTokenSerializer,
    NewTokenSerializer,
    PersonalTokenSerializer,
    ReceiptSerializer,
    SessionSerializer,
)


class EmailsView(Resource):
    required_scopes = {"GET": "emails"}

    @describe(
        summary="Your e-mail addresses",
        responses={200: EmailSerializer(many=True)},
        operation_id="emails",
    )
    def get(self, request: Request) -> Response:
        rows = facts.addresses(account_of(request))
        return cursors.page(request, rows, by=("pk",), show=EmailSerializer().to_representation)


class GroupsView(Resource):
    required_scopes = {"GET": "groups.read"}

    @describe(
        summary="The groups you are in",
        responses={200: GroupSerializer(many=True)},
        operation_id="groups",
    )
    def get(self, request: Request) -> Response:
        rows = facts.groups(account_of(request))
        return cursors.page(request, rows, by=("pk",), show=GroupSerializer().to_representation)


class EventsView(Resource):
    required_scopes = {"GET": "events"}

    @describe(
        summary="What happened on your account, the latest first",
        parameters=event_filters.PARAMETERS,
        responses={200: EventSerializer(many=True)},
        operation_id="events",
    )
    def get(self, request: Request) -> Response:
        context = {"names": facts.names()}
        rows = event_filters.narrowed(request, facts.events(account_of(request)))
        return cursors.page(
            request,
            rows,
            show=EventSerializer(context=context).to_representation,
            filters=event_filters.NAMES,
        )


class SessionsView(Resource):
    required_scopes = {"GET": "sessions"}

    @describe(
        summary="Where you are signed in",
        responses={200: SessionSerializer(many=True)},
        operation_id="sessions",
    )
    def get(self, request: Request) -> Response:
        rows = sessions.of(account_of(request))
        show = SessionSerializer().to_representation
        return cursors.page(
            request, rows, by=("-started", "-sid"), show=lambda row: show(_with_methods(row))
        )


def _with_methods(row: Any) -> Any:
    row.methods = sessions.methods(row)
    return row


class SessionView(Resource):
    """End one. As on the page, no fresh sign-in is asked for: who sees a stranger there has to be
    able to end that at once."""

    required_scopes = {"GET": "sessions", "DELETE": "sessions.write"}

    @describe(
        summary="One of your sessions",
        responses={200: SessionSerializer},
        operation_id="session",
    )
    def get(self, request: Request, session: str) -> Response:
        found = one_of(sessions.of(account_of(request)), sid=session)
        return Response(SessionSerializer(_with_methods(found)).data)

    @describe(
        summary="End a session: sign out there",
        responses={204: None},
        operation_id="end_session",
    )
    def delete(self, request: Request, session: str) -> Response:
        person, access = account_of(request), access_of(request)
        found = one_of(sessions.of(person), sid=session)
        sessions.end(person, found, actor=bearer.actor_of(access), client=access.client)
        return Response(status=204)


class AppsView(Resource):
    required_scopes = {"GET": "apps"}

    @describe(
        summary="The apps that have access to your account",
        responses={200: AppSerializer(many=True)},
        operation_id="apps",
    )
    def get(self, request: Request) -> Response:
        rows = apps.of(account_of(request))
        return cursors.page(request, rows, show=AppSerializer().to_representation)


class AppView(Resource):
    required_scopes = {"GET": "apps", "DELETE": "apps.write"}

    @describe(
        summary="One app that has access",
        responses={200: AppSerializer},
        operation_id="app",
    )
    def get(self, request: Request, app: str) -> Response:
        return Response(AppSerializer(self._find(request, app)).data)

    @describe(
        summary="End an app's access, and tell what that ended",
        responses={200: ReceiptSerializer},
        operation_id="remove_app",
    )
    def delete(self, request: Request, app: str) -> Response:
        found, access = self._find(request, app), access_of(request)
        ended = apps.remove(found, actor=bearer.actor_of(access), by=access.client)
        return Response(ReceiptSerializer(ended).data)

    def _find(self, request: Request, app: str) -> Any:
        return one_of(apps.of(account_of(request)), pk=row_named("app", app))


class _OfTokens(Resource):
    """Serve personal tokens where they are switched on."""

    def initial(self, request: Request, *args: Any, **named: Any) -> None:
        if not personal_tokens.are_on():
            raise Http404
        super().initial(request, *args, **named)


class TokensView(_OfTokens):
    required_scopes = {"GET": "tokens", "POST": "tokens.write"}
    problems = {"GET": ("not-found",), "POST": ("not-found", "conflict")}

    @describe(
        summary="Your personal access tokens",
        responses={200: PersonalTokenSerializer(many=True)},
        operation_id="tokens",
    )
    def get(self, request: Request) -> Response:
        rows = personal_tokens.of(account_of(request))
        return cursors.page(request, rows, show=PersonalTokenSerializer().to_representation)

    @describe(
        summary="Create a personal access token",
        description="It has no more scopes than the token that asks, and lasts no longer.",
        request=NewTokenSerializer,
        responses={201: MadeTokenSerializer},
        operation_id="create_token",
    )
    def post(self, request: Request) -> Response:
        wanted, access = self.fields(NewTokenSerializer), access_of(request)
        scopes = frozenset(wanted["scopes"])
        if beyond := sorted(scopes - access.scopes):
            raise ValidationError({"scopes": [f"This token has no {', '.join(beyond)}."]})
        expires = self._end(request, wanted.get("expires"))
        token, made = self._make(request, wanted["name"], scopes, expires)
        address = request.build_absolute_uri(f"tokens/{identifier('token', made.pk)}")
        made.token = token
        return Response(MadeTokenSerializer(made).data, 201, headers={"Location": address})

    def _end(self, request: Request, wanted: datetime | None) -> datetime | None:
        """Return until when it lasts: not longer than the token that asks, which could prolong
        itself, and than the site lets one last."""
        own = bearer.lifetime(bearer.token_in_header(request.META.get("HTTP_AUTHORIZATION")))
        ends = [each for each in (own and own.expires, personal_tokens.latest_end()) if each]
        latest = min(ends, default=None)
        if wanted is None:
            return latest
        if wanted <= timezone.now() or (latest and wanted > latest):
            until = f", and until {latest.isoformat(timespec='seconds')}" if latest else ""
            raise ValidationError({"expires": [f"It has to be in the future{until}."]})
        return wanted

    def _make(
        self, request: Request, name: str, scopes: frozenset[str], expires: datetime | None
    ) -> tuple[str, Any]:
        actor = bearer.actor_of(access_of(request))
        try:
            return personal_tokens.make(
                account_of(request), name=name, scopes=scopes, expires=expires, actor=actor
            )
        except personal_tokens.NameTaken as error:
            raise ValidationError({"name": ["You have a token of this name."]}) from error
        except personal_tokens.TooMany as error:
            detail = f"You may have {personal_tokens.AT_MOST} tokens: revoke one first."
            raise Problem("conflict", detail) from error
        except personal_tokens.SignedOut as error:
            raise Http404 from error


class OwnTokenView(_OfTokens):
    required_scopes = {"GET": "tokens", "DELETE": "tokens.write"}

    @describe(
        summary="One of your personal access tokens",
        responses={200: PersonalTokenSerializer},
        operation_id="personal_token",
    )
    def get(self, request: Request, token: str) -> Response:
        return Response(PersonalTokenSerializer(self._find(request, token)).data)

    @describe(
        summary="Revoke a personal access token",
        responses={204: None},
        operation_id="revoke_token",
    )
    def delete(self, request: Request, token: str) -> Response:
        actor = bearer.actor_of(access_of(request))
        personal_tokens.revoke(self._find(request, token), actor=actor)
        return Response(status=204)

    def _find(self, request: Request, token: str) -> Any:
        return one_of(personal_tokens.of(account_of(request)), pk=row_named("token", token))
