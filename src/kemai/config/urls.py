from django.urls import include, path

urlpatterns = [
    path("", include("kemai.files.urls")),
    path("", include("kemai.kit.urls")),
]
