"""Making, taking back and recognising workers' tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from grader.errors import RingmarkError
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.fleet.models import WorkerToken

SHORTEST = 32
#: How exactly the last use is known; more would be a write for every request.
USE_GRAIN = dt.timedelta(minutes=1)


class TokenProblem(RingmarkError):
    """The message says what is in the way and what to do."""


def create(name: str, now: dt.datetime) -> str:
    """Make a token; it is returned here and never again.

    Raises:
        TokenProblem: the name is taken.
    """
    value = f"rmw_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        if WorkerToken.objects.filter(name=name, revoked_at=None).exists():
            raise TokenProblem(
                f"there is a token '{name}': revoke it first, or choose another name"
            )
        _store(name, value, now)
    return value


def ensure(name: str, value: str, now: dt.datetime) -> bool:
    """Have this value be the token of that name, in place of an older one. False: it was already.

    Raises:
        TokenProblem: the value is too short, was revoked, or is another name's.
    """
    if len(value) < SHORTEST:
        raise TokenProblem(
            f"a worker's token needs {SHORTEST} characters or more, this has {len(value)}:"
            " 'openssl rand -hex 32' makes a good one"
        )
    with transaction.atomic():
        same = WorkerToken.objects.filter(hash=digest(value)).first()
        if same is not None:
            if same.revoked_at is not None:
                raise TokenProblem("this token was revoked and stays so: choose another value")
            if same.name != name:
                raise TokenProblem(f"this token is '{same.name}' already: choose another value")
            return False
        for older in WorkerToken.objects.filter(name=name, revoked_at=None):
            _revoke(older, now, "another value took its place")
        _store(name, value, now)
    return True


def revoke(name: str, now: dt.datetime) -> None:
    """Raises TokenProblem when no such token is in use."""
    with transaction.atomic():
        token = WorkerToken.objects.filter(name=name, revoked_at=None).first()
        if token is None:
            raise TokenProblem(f"no token '{name}' is in use: 'worker_token list' shows them")
        _revoke(token, now)


def holder(authorization: str, now: dt.datetime) -> WorkerToken | None:
    """Whose token a request's ``Authorization`` carries; its use is noted."""
    scheme, _, value = authorization.partition(" ")
    token = find(value.strip()) if scheme.lower() == "bearer" else None
    if token is not None:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_GRAIN)
        WorkerToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def find(value: str) -> WorkerToken | None:
    """The token in use that has this value. The time taken says nothing about the others."""
    wanted, found = digest(value), None
    for token in WorkerToken.objects.filter(revoked_at=None):
        if constant_time_compare(token.hash, wanted):
            found = token
    return found


def digest(value: str) -> str:
    """What is kept of a token. It is random and long: a salt or a slow hash would add nothing."""
    return hashlib.sha256(value.encode()).hexdigest()


def _store(name: str, value: str, now: dt.datetime) -> None:
    WorkerToken.objects.create(name=name, hash=digest(value), created_at=now)
    record(None, Action.TOKEN_MADE, name, now)


def _revoke(token: WorkerToken, now: dt.datetime, reason: str = "") -> None:
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    record(None, Action.TOKEN_REVOKED, token.name, now, reason=reason)
