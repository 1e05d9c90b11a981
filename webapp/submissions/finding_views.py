"""Kernel reports as a page shows them: what they mean, and where in the student's code."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from grader.feedback import costs, explain
from grader.report import Finding, FindingPlace
from webapp.submissions.cutting import cut, tail

#: Of a file, function or lock: the kernel's own names are shorter.
MAX_NAME = 300
#: Kinds of finding that are words; the others are names.
_LABELS = {
    "hung": gettext_lazy("hung"),
    "stall": gettext_lazy("stall"),
    "leak": gettext_lazy("leak"),
    "warn": gettext_lazy("warn"),
    "static": gettext_lazy("static"),
    "atomic-sleep": gettext_lazy("atomic-sleep"),
    "build-warning": gettext_lazy("build-warning"),
    "init-failure": gettext_lazy("failing init"),
}


def kind_label(kind: str) -> str:
    return str(_LABELS.get(kind, kind))


@dataclass(frozen=True)
class PlaceView:
    """A place in the student's code that a kernel report names, and what it has to do with it."""

    role: str
    function: str
    place: str
    anchor: str
    lock: str


@dataclass(frozen=True)
class Orders:
    """Two orders of the same locks, of which one has to go. ``here``: taken one after the other by
    the task that the kernel stopped at; ``there``: taken while ``first`` was held.
    """

    here: tuple[PlaceView, ...]
    first: str
    there: tuple[PlaceView, ...]


@dataclass(frozen=True)
class LinkView:
    title: str
    url: str


@dataclass(frozen=True)
class FindingView:
    kind: str
    title: str
    place: str
    anchor: str
    function: str
    check: str
    text: str
    ours: bool
    advice: bool
    what: str = ""
    links: tuple[LinkView, ...] = ()
    places: tuple[PlaceView, ...] = ()
    orders: Orders | None = None

    @property
    def label(self) -> str:
        return kind_label(self.kind)

    @property
    def costs(self) -> bool:
        return costs(self)


def finding_view(finding: Finding, anchors: dict[str, str], language: str) -> FindingView:
    """``anchors``: the page's anchor of each file."""
    place, anchor = _located(finding.file, finding.line, anchors)
    explained = explain(finding)
    places = tuple(_placed(each, anchors) for each in finding.places)
    orders = _orders(places) if "circular locking" in finding.title else None
    return FindingView(
        kind=finding.kind,
        title=cut(finding.told(language).title),
        place=place,
        anchor=anchor,
        function=cut(finding.function or "", MAX_NAME),
        check=finding.check or "",
        text=tail(finding.text),
        ours=finding.ours,
        advice=finding.advice,
        what=explained.what.get(language) if explained else "",
        links=tuple(LinkView(link.get(language), link.url) for link in explained.links)
        if explained
        else (),
        places=places if orders is None else tuple(p for p in places if p.role == "stack"),
        orders=orders,
    )


def _located(file: str | None, line: int | None, anchors: dict[str, str]) -> tuple[str, str]:
    """(file and line for a reader, the line's anchor on the page); empty where not known."""
    if not file:
        return "", ""
    if not line:
        return cut(file, MAX_NAME), ""
    return f"{cut(file, MAX_NAME)}:{line}", f"{anchors[file]}-{line}" if file in anchors else ""


def _orders(places: tuple[PlaceView, ...]) -> Orders | None:
    """lockdep names the lock that is wanted now first, then those that are held; its chain tells
    where each was taken before (kernel/locking/lockdep.c, print_circular_bug()).
    """
    held = [place for place in places if place.role == "held-lock"]
    if len(held) < 2:
        return None
    wanted = held[0]
    there = tuple(p for p in places if p.role == "dependency" and p.lock != wanted.lock)
    return Orders((*held[1:], wanted), wanted.lock, there) if there else None


def _placed(place: FindingPlace, anchors: dict[str, str]) -> PlaceView:
    told, anchor = _located(place.file, place.line, anchors)
    lock = cut(place.lock.partition("#")[0], MAX_NAME)
    return PlaceView(place.role, cut(place.function, MAX_NAME), told, anchor, lock)
