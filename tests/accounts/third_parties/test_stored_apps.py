"""The third parties of a page are read by hand: they are those that the ORM and allauth find."""

from typing import Any

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp
from django.forms.models import model_to_dict

from accounts.third_parties.stored_apps import stored_apps

pytestmark = pytest.mark.django_db

IN_SETTINGS = {"APPS": [{"client_id": "three", "secret": "s", "settings": {"hidden": True}}]}


def test_stored_apps_are_those_that_the_orm_and_allauth_find(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"github": IN_SETTINGS}
    for kind, name in (("github", "One"), ("google", "Two"), ("github", "Four")):
        told = {"scope": ["a"], "é": {"x": None}}
        SocialApp.objects.create(provider=kind, name=name, client_id=name, settings=told)

    assert [model_to_dict(app) for app in stored_apps()] == [
        model_to_dict(app) for app in SocialApp.objects.all()
    ]
    ours = get_adapter().list_apps(None)
    allauths = DefaultSocialAccountAdapter().list_apps(None)
    assert [app.client_id for app in ours] == [app.client_id for app in allauths]
    assert [app.client_id for app in ours] == ["One", "Four", "three", "Two"]
    SocialApp.objects.filter(name="One").delete()
    assert [app.name for app in get_adapter().list_apps(None)] == ["Two", "Four", ""]
