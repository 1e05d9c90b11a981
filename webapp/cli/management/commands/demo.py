"""``manage.py demo``: the demo course and its logins."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from webapp.cli.demo import make_demo


class Command(BaseCommand):
    help = "Make the demo course (once) and print its logins."

    def handle(self, *args: Any, **options: Any) -> None:
        for login in make_demo(timezone.now()):
            self.stdout.write(f"{login.role:<11} login {login.username}  password {login.password}")
