"""Addresses of files."""

from django.urls import path

from kemai.files import views
from kemai.kit import openapi

urlpatterns = [
    path("files/<int:pk>", views.file),
    path("attachments/upload", views.upload),
    path("attachments/<int:pk>/show", views.show),
    path("backups/<str:name>", views.backup),
    path("api/v1/backups/<str:name>", views.backup_content),
    path("api/v1/attachments", views.collection),
    path("api/v1/attachments/<int:pk>/content", views.content),
]

openapi.also("/api/v1/attachments/{id}/content", get=openapi.file_by_id("附件的内容", "附件"))
openapi.also("/api/v1/backups/{name}", get=openapi.file_by_name("下载一份备份", "系统设置"))
