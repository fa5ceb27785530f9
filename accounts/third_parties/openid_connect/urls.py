"""Route under allauth's own names, so that its providers and templates find the views."""

from django.urls import path

from accounts.third_parties.openid_connect import views

urlpatterns = [
    path("oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
