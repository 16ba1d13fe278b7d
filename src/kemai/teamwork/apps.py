from django.apps import AppConfig


class TeamworkConfig(AppConfig):
    name = "kemai.teamwork"
    label = "teamwork"
    verbose_name = "协同办公"
