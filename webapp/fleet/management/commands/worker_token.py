"""``manage.py worker_token create|ensure|list|revoke``."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from webapp.fleet import tokens
from webapp.fleet.models import WorkerToken


class Command(BaseCommand):
    help = "Make, list and revoke the tokens with which workers load guest images."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a token and print it, this once")
        create.add_argument("name")
        ensure = actions.add_parser("ensure", help="have a token with a value given beforehand")
        ensure.add_argument("name")
        ensure.add_argument("--from-env", required=True, metavar="VARIABLE")
        actions.add_parser("list", help="all tokens and when they were used")
        revoke = actions.add_parser("revoke", help="refuse it from now on")
        revoke.add_argument("name")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        now = timezone.now()
        try:
            if action == "create":
                self.stdout.write(tokens.create(options["name"], now))
                self.stderr.write("It is not shown again. Give it to the worker as RINGMARK_TOKEN.")
            elif action == "ensure":
                self._ensure(options["name"], options["from_env"])
            elif action == "revoke":
                tokens.revoke(options["name"], now)
                self.stdout.write(f"'{options['name']}' is refused from now on")
            else:
                self._list()
        except tokens.TokenProblem as problem:
            raise CommandError(str(problem)) from None

    def _ensure(self, name: str, variable: str) -> None:
        value = os.environ.get(variable)
        if value is None:
            raise CommandError(f"the environment has no {variable}")
        made = tokens.ensure(name, value, timezone.now())
        self.stdout.write(f"'{name}' {'was made' if made else 'is there already'}")

    def _list(self) -> None:
        for token in WorkerToken.objects.all():
            if token.revoked_at:
                state = f"revoked {token.revoked_at:%Y-%m-%d %H:%M}"
            elif token.last_used_at:
                state = f"last used {token.last_used_at:%Y-%m-%d %H:%M}"
            else:
                state = "never used"
            self.stdout.write(f"{token.name:<24} made {token.created_at:%Y-%m-%d %H:%M}  {state}")
