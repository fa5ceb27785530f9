"""Route the stock site: the toolkit's addresses, Django's sign-in, a resource, the plain views."""

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider import urls as toolkit

from bench.stock.views import MeView

urlpatterns = [
    path("o/", include(toolkit)),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("api/v1/me", MeView.as_view()),
    path("api/plain/", include("bench.plain.urls")),
]
