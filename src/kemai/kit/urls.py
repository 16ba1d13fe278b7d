"""Addresses of all pages and of the API, from the registry."""

urlpatterns: list = []
