from django.urls import include, path

urlpatterns = [
    path("", include("kemai.kit.urls")),
]
