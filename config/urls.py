"""Route every address of the site, by the room that answers it."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from api.mcp.endpoint import MCPView

# Admins sign in and change their password where everybody does, with all that guards those pages.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = RedirectView.as_view(  # type: ignore[method-assign,assignment]
    pattern_name="account_change_password"
)

handler400 = "accounts.site.errors.bad_request"
handler403 = "accounts.site.errors.permission_denied"
handler404 = "accounts.site.errors.page_not_found"
handler500 = "accounts.site.errors.server_error"

# Programs call far more often than people do: what they call is looked for first.
urlpatterns = [
    path("api/v1/", include("api.urls")),
    path("mcp", MCPView.as_view(), name="mcp"),
    path("", include("accounts.oauth_server.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
