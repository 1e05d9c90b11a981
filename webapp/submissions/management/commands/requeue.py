"""``manage.py requeue``: send what waits and has no message under way. A worker does it too."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from webapp.submissions import dispatch


class Command(BaseCommand):
    help = "Send markings to the queue again that wait and that no worker knows of."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = dispatch.recover(timezone.now())
        self.stdout.write(f"{sent} sent to the queue")
