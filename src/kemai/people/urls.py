"""Addresses of log-in and what surrounds it."""

from django.urls import path

from kemai.people import views

urlpatterns = [
    path("login", views.login_page, name="login"),
    path("logout", views.logout, name="logout"),
    path("setup", views.setup_page, name="setup"),
    path("me/password", views.password_page, name="password"),
    path("me/switch", views.switch_user, name="switch-user"),
]
