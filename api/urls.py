"""Route the API's addresses, below /api/v1/."""

from django.urls import path

from api import (
    described,
    own_account,
    protected_resources,
    service_clients,
    service_groups,
    services,
    views,
    webhooks,
)

app_name = "api"

urlpatterns = [
    path("me", views.MeView.as_view(), name="me"),
    path("token", views.TokenView.as_view(), name="token"),
    path("me/emails", own_account.EmailsView.as_view(), name="emails"),
    path("me/groups", own_account.GroupsView.as_view(), name="groups"),
    path("me/events", own_account.EventsView.as_view(), name="events"),
    path("me/sessions", own_account.SessionsView.as_view(), name="sessions"),
    path("me/sessions/<str:session>", own_account.SessionView.as_view(), name="session"),
    path("me/apps", own_account.AppsView.as_view(), name="apps"),
    path("me/apps/<str:app>", own_account.AppView.as_view(), name="app"),
    path("me/tokens", own_account.TokensView.as_view(), name="tokens"),
    path("me/tokens/<str:token>", own_account.OwnTokenView.as_view(), name="own-token"),
    path("me/connections", views.ConnectionsView.as_view(), name="connections"),
    path("me/connections/<str:connection>", views.ConnectionView.as_view(), name="connection"),
    path(
        "me/connections/<str:connection>/profile",
        views.ConnectionProfileView.as_view(),
        name="connection-profile",
    ),
    path(
        "resources",
        protected_resources.ProtectedResourcesView.as_view(),
        name="protected-resources",
    ),
    path(
        "resources/<str:resource>",
        protected_resources.ProtectedResourceView.as_view(),
        name="protected-resource",
    ),
    path("webhooks", webhooks.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<str:webhook>", webhooks.WebhookView.as_view(), name="webhook"),
    path(
        "webhooks/<str:webhook>/secret", webhooks.WebhookSecretView.as_view(), name="webhook-secret"
    ),
    path(
        "webhooks/<str:webhook>/deliveries",
        webhooks.DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    path(
        "webhooks/<str:webhook>/deliveries/<str:delivery>",
        webhooks.DeliveryView.as_view(),
        name="webhook-delivery",
    ),
    path("events", services.SiteEventsView.as_view(), name="site-events"),
    path("users", services.UsersView.as_view(), name="users"),
    path("users/<str:user>", services.UserView.as_view(), name="user"),
    path("users/<str:user>/groups", service_groups.UserGroupsView.as_view(), name="user-groups"),
    path("groups", service_groups.SiteGroupsView.as_view(), name="site-groups"),
    path("groups/<str:group>", service_groups.SiteGroupView.as_view(), name="site-group"),
    path("groups/<str:group>/members", service_groups.MembersView.as_view(), name="members"),
    path("clients", service_clients.ClientsView.as_view(), name="clients"),
    path("clients/<str:client>", service_clients.ClientView.as_view(), name="client"),
    path(
        "clients/<str:client>/secrets",
        service_clients.ClientSecretsView.as_view(),
        name="client-secrets",
    ),
    path(
        "clients/<str:client>/secrets/<str:secret>",
        service_clients.ClientSecretView.as_view(),
        name="client-secret",
    ),
    path("schema", described.SchemaView.as_view(), name="schema"),
]
