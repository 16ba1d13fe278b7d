from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "kemai.files"
    label = "files"
    verbose_name = "附件"
