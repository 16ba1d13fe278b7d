from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "kemai.kit.tests.sample"
    label = "sample"
