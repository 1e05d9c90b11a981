from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "webapp.fleet"

    def ready(self) -> None:
        from webapp.fleet import beats  # noqa: F401  (it hears the heart of each worker)
