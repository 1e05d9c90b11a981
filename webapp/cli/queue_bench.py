"""A regrade through the whole platform, with so many workers: how many markings a minute, how busy
the processors are and with what, and how long pages take meanwhile.

Everything is real: Redis, Celery, the engine, gunicorn, a database with a class of 1,000.
"""

from __future__ import annotations

import datetime as dt
import http.client
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.intake import Upload
from webapp.accounts.models import User
from webapp.cli.generated_class import Made
from webapp.cli.preparing import WORKER_ENVIRONMENT, web_argv, worker_argv
from webapp.cli.web_bench import PAGES, percentile
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.regrading import starting
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Which
from webapp.rubrics.versions import adopt_shipped, current_version
from webapp.submissions import claims, services
from webapp.submissions.models import Marking, Priority, State

#: Seconds between two looks at how far the queue is, and between two pages opened.
LOOK = 0.5
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Throughput:
    """From the first mark to the last. ``each``: seconds of one marking, in the middle and of all
    but the slowest 5 %. ``busy``: of all processor time, the share used by anybody; ``marking``: by
    guests and compilers, which is what is left without the workers' own processes, the site's and
    this one: on a machine that does nothing else. Pages in milliseconds.
    """

    workers: int
    guests: int
    markings: int
    seconds: float
    each_median: float
    each_slow: float
    busy: float
    marking: float
    pages: int
    page_median: float
    page_slow: float

    @property
    def per_minute(self) -> float:
        return 60 * self.markings / self.seconds

    def as_dict(self) -> dict[str, float]:
        return {**asdict(self), "per_minute": self.per_minute}


def hand_in_class(source: bytes, count: int) -> Assignment:
    """A course whose students have each handed in that TP1, no two the same; nothing is marked."""
    now = timezone.now()
    course = Course.objects.create(slug="throughput", title="Throughput")
    people = User.objects.bulk_create(User(username=f"load-{n:04}") for n in range(count))
    Enrolment.objects.bulk_create(
        Enrolment(user=each, course=course, role=Role.STUDENT) for each in people
    )
    assignment = Assignment.objects.create(
        course=course, tp="tp1", title="TP1", opens_at=now - dt.timedelta(days=1),
        due_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    adopt_shipped(assignment, now)
    for number, each in enumerate(people):
        upload = Upload("asee_mod.c", source + f"\n/* {number} */\n".encode())
        services.hand_in(each, assignment, [upload], now)
    claims.cancel(Marking.objects.filter(rubric__assignment=assignment))
    return assignment


def regrade(assignment: Assignment, author: User, note: str) -> None:
    choice = Choice(assignment, Which.ALL, "", ())
    rubric = current_version(assignment)
    starting.start(choice, rubric, note, author, timezone.now(), afresh=True)


def measure(workers: int, guests: int, made: Made, environment: Mapping[str, str]) -> Throughput:
    """Let so many workers mark all that waits, each process taking one marking at a time."""
    waiting = Marking.objects.filter(priority=Priority.REGRADE, state=State.QUEUED)
    mine = list(waiting.filter(rubric__assignment__course__slug="throughput").values_list("pk"))
    keys = [pk for (pk,) in mine]
    with (
        _web(environment) as (port, site),
        _workers(workers, guests, environment) as worker,
    ):
        _until(lambda: Marking.objects.filter(pk__in=keys, state=State.GRADED).exists())
        before, began = _times((site, worker)), time.monotonic()
        pages = Pages(port, made)
        pages.start()
        _until(lambda: Marking.objects.filter(pk__in=keys, state=State.QUEUED).count() == 0)
        after, took = _times((site, worker)), time.monotonic() - began
        pages.stop()
        _until(lambda: not Marking.objects.filter(pk__in=keys, state=State.RUNNING).exists())
    graded = Marking.objects.filter(pk__in=keys, state=State.GRADED)
    if graded.count() != len(keys):
        raise RuntimeError(f"{len(keys) - graded.count()} of {len(keys)} markings failed")
    times = graded.values_list("started_at", "finished_at")
    ends = [finished for _, finished in times]
    each = [(finished - started).total_seconds() for started, finished in times]
    whole = took * len(os.sched_getaffinity(0))
    return Throughput(
        workers=workers,
        guests=guests,
        markings=len(keys) - 1,
        seconds=(max(ends) - min(ends)).total_seconds(),
        each_median=percentile(each, 50),
        each_slow=percentile(each, 95),
        busy=(after[0] - before[0]) / whole,
        marking=(after[0] - before[0] - after[1] + before[1]) / whole,
        pages=len(pages.milliseconds),
        page_median=percentile(pages.milliseconds, 50),
        page_slow=percentile(pages.milliseconds, 95),
    )


class Pages(threading.Thread):
    """Opens all pages of the web bench in turn, over HTTP, logged in, until it is stopped."""

    def __init__(self, port: int, made: Made) -> None:
        super().__init__(daemon=True)
        self.milliseconds: list[float] = []
        self._port = port
        self._over = threading.Event()
        self._work = [
            (_cookie(made.instructor if page.as_instructor else made.student),
             f"{reverse(page.name, args=page.arguments(made))}?{page.query}")
            for page in PAGES if not page.download
        ]  # fmt: skip

    def run(self) -> None:
        for cookie, path in self._work:  # not counted: each process's first is slower
            self._open(cookie, path)
        while not self._over.is_set():
            for cookie, path in self._work:
                began = time.perf_counter()
                self._open(cookie, path)
                self.milliseconds.append(1000 * (time.perf_counter() - began))
                if self._over.wait(LOOK):
                    break

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _open(self, cookie: str, path: str) -> None:
        connection = http.client.HTTPConnection("localhost", self._port, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")


def _cookie(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _web(environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """gunicorn as ``make up`` starts it; its port and its process id."""
    port = 18000 + os.getpid() % 10000
    with _running(web_argv("127.0.0.1", port), environment) as process:
        _until(lambda: _answers(port))
        yield port, process.pid


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("localhost", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def _workers(count: int, guests: int, environment: Mapping[str, str]) -> Iterator[int]:
    """One Celery worker with so many processes; its process id."""
    own = {**environment, **WORKER_ENVIRONMENT, "RINGMARK_GUESTS": str(guests)}
    with _running(worker_argv(count), own) as process:
        yield process.pid


@contextmanager
def _running(argv: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    # It ends with us, however we end.
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *argv],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(LOOK)


def _times(ours: Iterable[int]) -> tuple[float, float]:
    """Processor seconds since the machine started, of all; and of these processes and all that live
    below them, but for guests and compilers, in their own right (proc(5): utime and stime).
    """
    user, nice, system, _, _, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    own = 0
    for pid in (os.getpid(), *ours, *(child for each in ours for child in _children(each))):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own += int(fields[11]) + int(fields[12])
    return (user + nice + system + irq + soft) / TICKS, own / TICKS


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]
