"""Addresses of files."""

from django.urls import path

from kemai.files import views

urlpatterns = [
    path("files/<int:pk>", views.file),
    path("attachments/upload", views.upload),
    path("attachments/<int:pk>/show", views.show),
    path("api/v1/attachments", views.collection),
    path("api/v1/attachments/<int:pk>/content", views.content),
]
