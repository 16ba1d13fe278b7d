from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules


class KitConfig(AppConfig):
    name = "kemai.kit"
    label = "kit"

    def ready(self) -> None:
        """Loads every app's declarations, handlers and first-start steps, then checks the declarations."""
        from kemai.kit.checks import check_declarations

        for room in ("entities", "handlers", "ready", "jobs"):
            autodiscover_modules(room)
        register(check_declarations)
