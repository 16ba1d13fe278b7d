from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "kemai.people"
    label = "people"
    verbose_name = "人员与权限"
