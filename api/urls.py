"""Route the API's addresses, below /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from api import views

app_name = "api"

urlpatterns = [
    path("me", views.MeView.as_view(), name="me"),
    path("me/connections", views.ConnectionsView.as_view(), name="connections"),
    path(
        "me/connections/<int:connection_id>/profile",
        views.ConnectionProfileView.as_view(),
        name="connection-profile",
    ),
    path(
        "schema",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
]
