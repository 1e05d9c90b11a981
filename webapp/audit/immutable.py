"""Rows that are written once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Unchangeable(TypeError):
    """Code tried to change what is kept as it was."""


class Immutable(models.Model):
    """``changeable`` names the columns that may still change, if any."""

    changeable: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        wanted = kwargs.get("update_fields")
        allowed = wanted is not None and set(wanted) <= self.changeable
        if not (self._state.adding or allowed):
            raise Unchangeable(f"{self._meta.verbose_name} {self.pk} is stored and never changed")
        super().save(*args, **kwargs)
