"""What two rubrics differ in, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from grader.rubric import Criterion, Rubric


def in_words(old: Rubric, new: Rubric) -> list[str]:
    """What changed for students and instructors, sentence by sentence; empty for nothing."""
    return [*_title(old, new), *_points(old, new), *_criteria(old, new), *_settings(old, new)]


def _title(old: Rubric, new: Rubric) -> Iterator[str]:
    for language, one, other in _texts(old.title, new.title):
        yield _("The title in %(language)s changed: “%(old)s” became “%(new)s”.") % {
            "language": language,
            "old": one,
            "new": other,
        }


def _points(old: Rubric, new: Rubric) -> Iterator[str]:
    if old.max_score != new.max_score:
        yield _("The full mark changed from %(old)s to %(new)s points.") % {
            "old": number(old.max_score),
            "new": number(new.max_score),
        }


def _criteria(old: Rubric, new: Rubric) -> Iterator[str]:
    before = {each.id: each for each in old.criteria}
    after = {each.id: each for each in new.criteria}
    for each in new.criteria:
        if each.id not in before:
            yield _("%(id)s is new: “%(title)s”, %(points)s points.") % _named(each)
    for each in old.criteria:
        if each.id not in after:
            yield _("%(id)s is gone: “%(title)s”, %(points)s points.") % _named(each)
    for each in new.criteria:
        if each.id in before:
            yield from _criterion(before[each.id], each)
    kept = [each.id for each in old.criteria if each.id in after]
    if kept != [each.id for each in new.criteria if each.id in before]:
        yield _("The criteria are in another order.")


def _criterion(old: Criterion, new: Criterion) -> Iterator[str]:
    if old.points != new.points:
        yield _("%(id)s: %(old)s points became %(new)s.") % {
            "id": new.id,
            "old": number(old.points),
            "new": number(new.points),
        }
    parts = {"title": _("title"), "description": _("description"), "hint": _("hint")}
    for name, word in parts.items():
        for language, _old, _new in _texts(getattr(old, name), getattr(new, name)):
            yield _("%(id)s: the %(part)s in %(language)s changed.") % {
                "id": new.id,
                "part": word,
                "language": language,
            }
    yield from _checks(old, new)


def _checks(old: Criterion, new: Criterion) -> Iterator[str]:
    before = {each.id: each for each in old.checks}
    after = {each.id: each for each in new.checks}
    for sentence, ids in (
        (_("%(id)s: new check %(check)s."), [i for i in after if i not in before]),
        (_("%(id)s: the check %(check)s is gone."), [i for i in before if i not in after]),
        (
            _("%(id)s: the check %(check)s changed."),
            [i for i in after if i in before and after[i] != before[i]],
        ),
    ):
        for identifier in ids:
            yield sentence % {"id": new.id, "check": identifier}


def _settings(old: Rubric, new: Rubric) -> Iterator[str]:
    before, after = _flat(old.settings.model_dump()), _flat(new.settings.model_dump())
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if one != other:
            yield _("The setting %(name)s changed from %(old)s to %(new)s.") % {
                "name": name,
                "old": _shown(one),
                "new": _shown(other),
            }


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        elif value is not None:
            found[f"{prefix}{key}"] = value
    return found


def _shown(value: Any) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _texts(old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    if old.en != new.en:
        yield _("English"), old.en, new.en
    if old.fr != new.fr:
        yield _("French"), old.fr, new.fr


def _named(criterion: Criterion) -> dict[str, str]:
    return {
        "id": criterion.id,
        "title": criterion.title.en,
        "points": number(criterion.points),
    }


def number(value: float) -> str:
    return f"{value:g}"
