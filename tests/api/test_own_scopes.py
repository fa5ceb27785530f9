"""The API's metadata names the scopes that its views ask of apps, and none that opens nothing."""

from django.test import Client as Browser

from accounts.oauth_server.rules.scopes import SCOPES, Holder
from api import urls
from api.permissions import ANY


def test_the_metadata_names_the_scopes_that_views_ask_for() -> None:
    views = [getattr(path.callback, "view_class", None) for path in urls.urlpatterns]
    asked = {scope for view in views for scope in getattr(view, "required_scopes", {}).values()}
    of_apps = {name for name in asked - {ANY} if SCOPES[name].holders & ~Holder.PERSONAL_TOKEN}
    document = Browser().get("/.well-known/oauth-protected-resource/api/v1").json()
    named = set(document["scopes_supported"])
    assert of_apps <= named
    assert of_apps
    assert named.isdisjoint({"openid", "offline_access", "introspection", "groups", "tokens"})
