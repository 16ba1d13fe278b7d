from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "kemai.notify"
    label = "notify"
    verbose_name = "提醒"
