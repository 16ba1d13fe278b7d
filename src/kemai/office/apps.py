from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "kemai.office"
    label = "office"
    verbose_name = "系统设置"
