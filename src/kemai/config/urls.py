from django.urls import include, path

urlpatterns = [
    path("", include("kemai.files.urls")),
    path("", include("kemai.kit.urls")),
]

# What fails before or beside a view: Django asks these.
handler400 = "kemai.kit.pages.bad_request"
handler500 = "kemai.kit.pages.server_error"
