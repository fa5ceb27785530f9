"""Serve the groups of this site to clients that act for themselves and that a superuser let have
the scope."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.directory import groups, people
from api import cursors
from api.authentication import access_of
from api.describing import describe
from api.identifiers import one_of
from api.problems import Problem
from api.resource import Resource
from api.serializers import GroupSerializer
from api.services import OfPerson, UserSerializer


class SiteGroupSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a group of this site."""

    slug = serializers.CharField(source="profile.slug", help_text="The short name, which stays.")
    name = serializers.CharField()
    about = serializers.CharField(source="profile.description", allow_blank=True)
    gives_rights = serializers.BooleanField(
        help_text="Whether who is in it has rights in Django admin: nobody is put there from here."
    )


class GroupsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read the groups that somebody is to be in."""

    groups = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=200,
        help_text="The “slug” of each. What a rule of this site gives stays beside them.",
    )


class SiteGroupsView(Resource):
    required_scopes = {"GET": "site.groups"}
    is_about_a_person = False

    @describe(
        summary="The groups of this site",
        responses={200: SiteGroupSerializer(many=True)},
        operation_id="site_groups",
    )
    def get(self, request: Request) -> Response:
        rows = groups.all_of_them()
        return cursors.page(request, rows, by=("pk",), show=SiteGroupSerializer().to_representation)


class SiteGroupView(Resource):
    required_scopes = {"GET": "site.groups"}
    is_about_a_person = False
    problems = {"GET": ("not-found",)}

    @describe(summary="One group", responses={200: SiteGroupSerializer}, operation_id="site_group")
    def get(self, request: Request, group: str) -> Response:
        return Response(SiteGroupSerializer(_group(group)).data)


class MembersView(Resource):
    required_scopes = {"GET": "site.groups"}
    is_about_a_person = False
    problems = {"GET": ("not-found",)}

    @describe(
        summary="Who is in a group",
        responses={200: UserSerializer(many=True)},
        operation_id="site_group_members",
    )
    def get(self, request: Request, group: str) -> Response:
        rows = groups.members(_group(group))
        return cursors.page(request, rows, show=UserSerializer().to_representation)


class UserGroupsView(OfPerson):
    """Read and choose the groups of somebody."""

    required_scopes = {"GET": "site.users", "PUT": "site.users.write"}
    match_required = frozenset({"PUT"})
    is_paged = False  # what is chosen is answered as a whole
    problems = {"GET": ("not-found",), "PUT": ("not-found", "forbidden")}

    @describe(
        summary="The groups that somebody is in",
        responses={200: GroupSerializer(many=True)},
        operation_id="site_user_groups",
    )
    def get(self, request: Request, user: str) -> Response:
        return Response(GroupSerializer(people.groups_of(self.find(user)), many=True).data)

    @describe(
        summary="Choose the groups that somebody is in",
        request=GroupsSerializer,
        responses={200: GroupSerializer(many=True)},
        operation_id="choose_site_user_groups",
    )
    def put(self, request: Request, user: str) -> Response:
        person, chosen = self.find(user), self.fields(GroupsSerializer)["groups"]
        by: Any = access_of(request).client
        try:
            people.choose_groups(person.pk, _named(chosen), by=by)
        except people.OutOfReach as error:
            detail = "They, or a group that you chose, have rights in Django admin."
            raise Problem("forbidden", detail) from error
        return Response(GroupSerializer(people.groups_of(person), many=True).data)


def _group(slug: str) -> Any:
    return one_of(groups.all_of_them(), profile__slug=slug)


def _named(slugs: list[str]) -> list[Any]:
    """Return the groups of these slugs. Raises ValidationError for one that is none's."""
    try:
        return groups.named(slugs)
    except groups.Unknown as error:
        raise ValidationError({"groups": [f"There is no group “{error}”."]}) from error
