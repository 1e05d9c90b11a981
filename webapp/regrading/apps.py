from django.apps import AppConfig


class RegradingConfig(AppConfig):
    name = "webapp.regrading"

    def ready(self) -> None:
        from webapp.regrading import control  # noqa: F401  (it hears of markings that are put back)
