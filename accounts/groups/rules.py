"""Decide which groups are due to a person by rule.

A rule believes what this site has seen itself, or what a third party is trusted with: a verified
address, a connection, and the claims of a third party whose groups an admin chose to trust. It
never gives a group that has permissions in Django admin.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from accounts.models import GroupRule, User

# Its name among a third party's settings: what it says of groups is believed.
TRUSTED_GROUPS = "trusted_groups"

_PLACES = ("userinfo", "id_token")  # where a connection keeps its claims, beside its top level


def due(person: User) -> dict[Group, str]:
    """Return the groups that are due to `person`, each with a rule that says so."""
    rules = list(_giving_no_rights().select_related("group"))
    if not rules or not person.is_active:
        return {}
    domains, told = _domains(person), _claims(person)
    return {rule.group: str(rule) for rule in rules if _holds(rule, domains, told)}


def concerned_by(group_id: int) -> QuerySet[User]:
    """Return whom the rules of a group may be about: who came in by one, and to whom it is due."""
    concerned = Q(memberships__group=group_id, memberships__by_rule=True)
    for rule in GroupRule.objects.filter(group=group_id):
        if rule.kind == GroupRule.DOMAIN:
            concerned |= Q(emailaddress__email__endswith=f"@{rule.value}")
        else:
            concerned |= Q(socialaccount__provider=rule.provider)
    return User.objects.filter(concerned).distinct()


def third_parties() -> dict[str, dict[str, Any]]:
    """Return the settings of each third party by its ID, be it stored or of the environment: also
    of one that nobody is offered now, as its secret cannot be opened."""
    known = {app.provider_id or app.provider: app.settings for app in SocialApp.objects.all()}
    for kind, held in settings.SOCIALACCOUNT_PROVIDERS.items():
        for app in held.get("APPS", ()):
            known[app.get("provider_id") or kind] = app.get("settings", {})
    return known


def _giving_no_rights() -> Any:
    return GroupRule.objects.filter(group__permissions=None)


def _holds(rule: GroupRule, domains: set[str], told: dict[str, list[dict[str, Any]]]) -> bool:
    if rule.kind == GroupRule.DOMAIN:
        return rule.value in domains
    if rule.kind == GroupRule.PROVIDER:
        return rule.provider in told
    return any(rule.value in _values(each, rule.claim_name) for each in told.get(rule.provider, ()))


def _domains(person: User) -> set[str]:
    verified = EmailAddress.objects.filter(user=person, verified=True)
    return {email.rpartition("@")[2].lower() for email in verified.values_list("email", flat=True)}


def _claims(person: User) -> dict[str, list[dict[str, Any]]]:
    """Return the third parties that `person` is connected to, and what is believed of the claims of
    each: nothing where they are not trusted with groups. One that was taken away counts no more."""
    known = third_parties()
    told: dict[str, list[dict[str, Any]]] = {}
    for connection in SocialAccount.objects.filter(user=person, provider__in=list(known)):
        is_trusted = known[connection.provider].get(TRUSTED_GROUPS) is True
        believed = told.setdefault(connection.provider, [])
        if is_trusted and isinstance(connection.extra_data, dict):
            believed.append(connection.extra_data)
    return told


def _values(profile: dict[str, Any], claim: str) -> list[str]:
    """Return the values of a claim: a list of texts, or one text."""
    places = (profile, *(profile.get(name) for name in _PLACES))
    found = [place[claim] for place in places if isinstance(place, dict) and claim in place]
    listed = [each for value in found for each in (value if isinstance(value, list) else [value])]
    return [each for each in listed if isinstance(each, str)]
