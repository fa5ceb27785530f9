"""Route the authorization server's addresses: /oauth/… and /.well-known/…"""

from django.urls import path

from accounts.oauth_server.views import (
    authorization,
    device,
    introspection,
    logos,
    logout,
    metadata,
    pushed_requests,
    registration,
    revocation,
    token,
    userinfo,
)

app_name = "oauth_server"

urlpatterns = [
    path("oauth/authorize/", authorization.authorize, name="authorize"),
    path("oauth/authorize/decision/", authorization.decide, name="decide"),
    path("oauth/par/", pushed_requests.push, name="pushed-authorization-request"),
    path("oauth/device-authorization/", device.start, name="device-authorization"),
    path("oauth/device/", device.enter_code, name="device"),
    path("oauth/device/decision/", device.decide, name="device-decide"),
    path("oauth/token/", token.token, name="token"),
    path("oauth/revoke/", revocation.revoke, name="revoke"),
    path("oauth/introspect/", introspection.introspect, name="introspect"),
    path("oauth/userinfo/", userinfo.userinfo, name="userinfo"),
    path("oauth/logout/", logout.logout, name="logout"),
    path("oauth/logout/decision/", logout.decide, name="logout-decide"),
    path("oauth/register/", registration.register, name="register"),
    path(
        "oauth/register/<str:client_id>/",
        registration.registered_client,
        name="registered-client",
    ),
    path("oauth/logos/<str:digest>/", logos.logo, name="logo"),
    path("oauth/jwks/", metadata.jwks, name="jwks"),
    path(".well-known/openid-configuration", metadata.authorization_server),
    path(".well-known/oauth-authorization-server", metadata.authorization_server),
    path(".well-known/webfinger", metadata.webfinger),
    path(
        ".well-known/oauth-protected-resource/api/v1",
        metadata.protected_resource,
        name="protected-resource",
    ),
    path(".well-known/oauth-protected-resource/mcp", metadata.mcp_resource, name="mcp-resource"),
    path(
        ".well-known/oauth-protected-resource/oauth/userinfo/",
        metadata.userinfo_resource,
        name="userinfo-resource",
    ),
]
