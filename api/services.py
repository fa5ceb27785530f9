"""Serve what is about everybody at this site, to clients that act for themselves and that a
superuser let have the scope."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.directory import events, groups, people
from accounts.own_account import facts
from accounts.text import display_names
from accounts.text.cleaning import clean
from accounts.text.email_addresses import normalise
from api import cursors, event_filters
from api.authentication import access_of
from api.describing import describe
from api.identifiers import identifier, one_of, row_named
from api.problems import Problem
from api.resource import Resource
from api.serializers import EventSerializer, Instant, Opaque


class SiteEventSerializer(EventSerializer):
    """Describe what happened at this site, and to whom."""

    description = "What happened at this site, and to whom."

    sub = serializers.CharField(help_text="Whose account it was, “” for nobody's.")


class UserSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe somebody at this site."""

    description = "Somebody at this site."

    id = Opaque("user", source="pk")
    sub = serializers.CharField(help_text="The permanent identifier, as most apps know it.")
    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)
    active = serializers.BooleanField(source="is_active", help_text="Whether they can sign in.")
    created = Instant(source="date_joined")


class UserChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a client changes of somebody."""

    active = serializers.BooleanField(help_text="“false” deactivates, “true” reactivates.")


class NewUserSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read who is to be added."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, max_length=150)
    groups = serializers.ListField(
        child=serializers.CharField(max_length=50),
        required=False,
        max_length=200,
        help_text="The “slug” of each group that they are to be in.",
    )

    def validate_email(self, email: str) -> str:
        try:
            return normalise(email)
        except DjangoValidationError as error:
            raise serializers.ValidationError("This is no e-mail address.") from error

    def validate_name(self, name: str) -> str:
        if problem := next(iter(display_names.problems(name)), ""):
            raise serializers.ValidationError(problem)
        return name


class SiteEventsView(Resource):
    """List events in the order in which they were written, for a collector that reads on: an event
    that commits late holds back what came after it, and is never passed by."""

    required_scopes = {"GET": "site.events"}
    is_about_a_person = False

    @describe(
        summary="What happens on every account, the oldest first",
        description="There always is a next page: follow it when the page was not full, too, "
        "after a while. No event is ever passed by.",
        parameters=event_filters.PARAMETERS,
        responses={200: SiteEventSerializer(many=True)},
        operation_id="site_events",
    )
    def get(self, request: Request) -> Response:
        last = next(iter(cursors.position(request)), 0)
        rows = event_filters.narrowed(request, events.since(int(last)))
        show = SiteEventSerializer(context={"names": facts.names()}).to_representation
        return cursors.page(
            request, rows, by=("pk",), show=show, goes_on=True, filters=event_filters.NAMES
        )


class UsersView(Resource):
    required_scopes = {"GET": "site.users", "POST": "site.users.write"}
    is_about_a_person = False
    problems = {"POST": ("conflict", "forbidden")}

    @describe(
        summary="Everybody at this site, the newest first",
        parameters=[
            OpenApiParameter(
                "named",
                {"type": "string", "minLength": 1, "maxLength": 320},
                description="Only who has this e-mail address, verified or not, or this “sub”.",
            )
        ],
        responses={200: UserSerializer(many=True)},
        operation_id="site_users",
    )
    def get(self, request: Request) -> Response:
        text = request.query_params.get("named")
        rows = people.everybody() if text is None else people.named(_name(text))
        return cursors.page(
            request, rows, show=UserSerializer().to_representation, filters=("named",)
        )

    @describe(
        summary="Add somebody, and mail them a link to set their account up",
        request=NewUserSerializer,
        responses={201: UserSerializer},
        operation_id="create_site_user",
    )
    def post(self, request: Request) -> Response:
        wanted = self.fields(NewUserSerializer)
        by: Any = access_of(request).client
        try:
            chosen = groups.named(wanted.get("groups", []))
            made = people.add(wanted["email"], wanted.get("name", ""), chosen, by=by)
        except groups.Unknown as error:
            raise ValidationError({"groups": [f"There is no group “{error}”."]}) from error
        except people.OutOfReach as error:
            raise Problem("forbidden", "A group gives rights in Django admin.") from error
        except people.Taken as error:
            raise Problem("conflict", "Somebody has this address here already.") from error
        address = request.build_absolute_uri(f"users/{identifier('user', made.pk)}")
        return Response(UserSerializer(made).data, 201, headers={"Location": address})


def _name(text: str) -> str:
    if not 0 < len(text) <= 320 or clean(text, 320) != text:
        error = {"parameter": "named", "detail": "An e-mail address, or a “sub”, as a whole."}
        raise Problem("invalid-parameter", errors=[error])
    return text


class OfPerson(Resource):
    """Be about the person in the address."""

    is_about_a_person = False

    def lock(self, request: Request, **named: Any) -> None:
        pk = row_named("user", named["user"])
        if pk is not None:
            people.lock(pk)

    def find(self, user: str) -> Any:
        return one_of(people.everybody(), pk=row_named("user", user))


class UserView(OfPerson):
    required_scopes = {"GET": "site.users", "PATCH": "site.users.write"}
    match_required = frozenset({"PATCH"})
    problems = {"GET": ("not-found",), "PATCH": ("not-found", "forbidden")}

    @describe(summary="One of them", responses={200: UserSerializer}, operation_id="site_user")
    def get(self, request: Request, user: str) -> Response:
        return Response(UserSerializer(self.find(user)).data)

    @describe(
        summary="Deactivate somebody, which ends their sessions and all that apps hold, or "
        "reactivate them",
        request=UserChangeSerializer,
        responses={200: UserSerializer},
        operation_id="change_site_user",
    )
    def patch(self, request: Request, user: str) -> Response:
        person, wanted = self.find(user), self.fields(UserChangeSerializer)
        by: Any = access_of(request).client
        change = people.reactivate if wanted.get("active", person.is_active) else people.deactivate
        if wanted.get("active", person.is_active) != person.is_active:
            try:
                change(person.pk, by=by)
            except people.OutOfReach as error:
                raise Problem("forbidden", "They have rights in Django admin.") from error
        return self.get(request, user)
