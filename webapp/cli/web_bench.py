"""How long pages take with a large class, and how many queries they make.

Through Django's test client, in this process: middleware, view, queries and template, without
socket and server. An address of a room that is not installed is left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from webapp.cli.generated_class import Made
from webapp.regrading.models import Regrade
from webapp.submissions.models import Submission

#: Milliseconds that a page's median may take with the large class.
LIMIT = 150

Arguments = Callable[[Made], list[object]]


def _nothing(made: Made) -> list[object]:
    return []


def _course(made: Made) -> list[object]:
    return [made.course.slug]


def _tp(made: Made) -> list[object]:
    return [made.course.slug, "tp1"]


def _student(made: Made) -> list[object]:
    return [made.course.slug, made.student.username]


def _submission(made: Made) -> list[object]:
    """The first student's last attempt of the first TP, which has a report."""
    own = Submission.objects.filter(student=made.student)
    return [own.order_by("assignment__tp", "-attempt")[0].pk]


def _regrade(made: Made) -> list[object]:
    regrade = Regrade.objects.filter(assignment__course=made.course).earliest("pk")
    return [*_tp(made), regrade.pk]


@dataclass(frozen=True)
class Page:
    """``download``: its queries and its time follow the class; measured, but without a limit."""

    name: str
    arguments: Arguments = _nothing
    query: str = ""
    as_instructor: bool = True
    download: str = ""

    @property
    def label(self) -> str:
        who = "" if self.as_instructor else " (student)"
        return f"{self.name}{who} {self.download or self.query}".strip()


#: What is measured: one line a page.
PAGES = (
    Page("gradebook", _course),
    Page("gradebook", _course, "sort=-total"),
    Page("gradebook", _course, "sort=m-tp1&page=2"),
    Page("gradebook", _course, "state=low"),
    Page("gradebook", _course, "state=late&sort=-average"),
    Page("gradebook", _course, "q=du&group=G01&look=last"),
    Page("student", _student),
    Page("class-report", _tp),
    Page("home"),
    Page("course", _course),
    Page("assignment", _tp),
    Page("submission", _submission),
    Page("regrades", _tp),
    Page("regrade", _regrade),
    Page("audit", _course),
    Page("home", as_instructor=False),
    Page("course", _course, as_instructor=False),
    Page("assignment", _tp, as_instructor=False),
    Page("submission", _submission, as_instructor=False),
    Page("gradebook-export", _course, download="csv"),
    Page("gradebook-export", _course, download="xlsx"),
    Page("gradebook-export", _course, download="moodle"),
)


@dataclass(frozen=True)
class Measured:
    """Milliseconds, ``slow`` the 95th percentile, ``busy`` the processor's; ``size``: bytes."""

    label: str
    has_limit: bool
    queries: int
    median: float
    slow: float
    busy: float
    size: int


def measure(made: Made, times: int) -> list[Measured]:
    """Every page that there is, ``times`` times after a first one that is not counted."""
    clients = {True: Client(), False: Client()}
    clients[True].force_login(made.instructor)
    clients[False].force_login(made.student)
    found = []
    for page in PAGES:
        try:
            address = reverse(page.name, args=page.arguments(made))
        except NoReverseMatch:
            continue
        found.append(_measure(clients[page.as_instructor], page, address, times))
    return found


def _measure(client: Client, page: Page, address: str, times: int) -> Measured:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        size = _open(client, page, address)
    made = len(queries)  # the next request empties the log
    seconds, worked = [], []
    for _ in range(times):
        began, busy = time.perf_counter(), time.process_time()
        _open(client, page, address)
        seconds.append(time.perf_counter() - began)
        worked.append(time.process_time() - busy)
    return Measured(
        label=page.label,
        has_limit=not page.download,
        queries=made,
        median=1000 * statistics.median(seconds),
        slow=1000 * percentile(seconds, 95),
        busy=1000 * statistics.median(worked),
        size=size,
    )


def _open(client: Client, page: Page, address: str) -> int:
    """The answer's size; it is read to its end."""
    where = f"{address}?{page.query}" if page.query else address
    if page.download:
        form = {"kind": page.download, "rows": "all"}
        response = client.post(where, form, SERVER_NAME="localhost")
    else:
        response = client.get(where, SERVER_NAME="localhost")
    body = response.getvalue()
    if response.status_code != 200:
        raise RuntimeError(f"{where} answered {response.status_code}")
    return len(body)


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
