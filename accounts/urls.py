"""The addresses of a person's account. Signing in itself is allauth's, under /accounts/."""

from django.urls import path

from accounts import entrance, views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/login/", entrance.sign_in, name="account_login"),
    path("accounts/signup/", entrance.sign_up, name="account_signup"),
    path("account/", views.account_home, name="account_home"),
    path("account/activity/", views.activity, name="account_activity"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/apps/<int:pk>/remove/", views.remove_app, name="remove_app"),
]
