"""A regrade through the whole platform, with so many workers: how many markings a minute, how busy
the processors are and with what; and how long pages take while such a regrade runs. One after the
other: pages opened all the time would be a load of their own beside the markings.

Everything is real: Redis, Celery, the engine, gunicorn, a database with a class of 1,000.
"""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.intake import Upload
from webapp.accounts.models import User
from webapp.cli.generated_class import Made
from webapp.cli.preparing import WORKER_ENVIRONMENT, web_argv, worker_argv
from webapp.cli.priority import put_first
from webapp.cli.web_bench import PAGES, percentile
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.regrading import starting
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Which
from webapp.rubrics.versions import adopt_shipped, current_version
from webapp.submissions import claims, services
from webapp.submissions.models import Marking, Priority, State

#: Seconds between two looks at how far the queue is.
LOOK = 0.5
#: Seconds between two pages: of some 60 people of whom each opens one every half minute.
BETWEEN_PAGES = 0.5
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Throughput:
    """Several rounds, each from its first mark until nothing waits any more: at the end of a queue
    workers have nothing to do. ``seconds`` and ``markings`` of all rounds together; ``each``: the
    seconds of every marking. ``busy``: processor seconds used by anybody; ``marking``: by guests
    and compilers, which is what is left without the workers' own processes and this one: on a
    machine that does nothing else; ``whole``: processor seconds that there were.
    """

    workers: int
    guests: int
    markings: int = 0
    seconds: float = 0.0
    each: tuple[float, ...] = ()
    busy: float = 0.0
    marking: float = 0.0
    whole: float = 0.0

    @property
    def per_minute(self) -> float:
        return 60 * self.markings / self.seconds

    def __add__(self, other: Throughput) -> Throughput:
        return Throughput(
            workers=self.workers,
            guests=self.guests,
            markings=self.markings + other.markings,
            seconds=self.seconds + other.seconds,
            each=self.each + other.each,
            busy=self.busy + other.busy,
            marking=self.marking + other.marking,
            whole=self.whole + other.whole,
        )

    def as_dict(self) -> dict[str, float]:
        """For a machine: medians and shares in place of what they come from."""
        return {
            "workers": self.workers,
            "guests": self.guests,
            "markings": self.markings,
            "seconds": self.seconds,
            "per_minute": self.per_minute,
            "each_median": percentile(list(self.each), 50),
            "each_slow": percentile(list(self.each), 95),
            "busy": self.busy / self.whole,
            "marking": self.marking / self.whole,
        }


@dataclass(frozen=True)
class Served:
    """Pages opened while the workers were busy, in milliseconds."""

    pages: int
    median: float
    slow: float


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


def measure(
    workers: int, guests: int, environment: Mapping[str, str], *, confined: bool = False
) -> Throughput:
    """A round: so many workers mark all that waits, each process taking one marking at a time.
    ``confined``: to as many processors, as hosts of that size would have.

    Raises:
        RuntimeError: a marking failed.
    """
    keys = _waiting()
    with _workers(workers, guests, environment, confined=confined) as worker:
        _until(lambda: _among(keys, State.GRADED).exists())
        before, began = _times(worker), time.monotonic()
        _until(lambda: not _among(keys, State.QUEUED).exists())
        after, took, over = _times(worker), time.monotonic() - began, timezone.now()
        _until(lambda: not _among(keys, State.RUNNING).exists())
    graded = _among(keys, State.GRADED)
    if graded.count() != len(keys):
        raise RuntimeError(f"{len(keys) - graded.count()} of {len(keys)} markings failed")
    times = list(graded.values_list("started_at", "finished_at"))
    ends = [finished for _, finished in times if finished <= over]
    return Throughput(
        workers=workers,
        guests=guests,
        markings=len(ends) - 1,
        seconds=(max(ends) - min(ends)).total_seconds(),
        each=tuple((finished - started).total_seconds() for started, finished in times),
        busy=after[0] - before[0],
        marking=after[0] - before[0] - after[1] + before[1],
        whole=took * len(os.sched_getaffinity(0)),
    )


def measure_pages(
    workers: int, guests: int, made: Made, pages: int, environment: Mapping[str, str]
) -> Served:
    """Open so many pages, one at a time, while so many workers mark; the rest is not marked.

    Raises:
        RuntimeError: all was marked before all pages were opened, or a page could not be.
    """
    keys = _waiting()
    with _web(environment) as port, _workers(workers, guests, environment):
        _until(lambda: _among(keys, State.GRADED).exists())
        milliseconds = _open_in_turn(port, made, pages)
        if not _among(keys, State.QUEUED).exists():
            raise RuntimeError(f"all {len(keys)} markings were done before {pages} pages")
        claims.cancel(_among(keys, State.QUEUED))
        _until(lambda: not _among(keys, State.RUNNING).exists())
    return Served(pages, percentile(milliseconds, 50), percentile(milliseconds, 95))


def _waiting() -> list[int]:
    waiting = Marking.objects.filter(priority=Priority.REGRADE, state=State.QUEUED)
    return list(
        waiting.filter(rubric__assignment__course__slug="throughput").values_list("pk", flat=True)
    )


def _among(keys: list[int], state: State) -> QuerySet[Marking]:
    return Marking.objects.filter(pk__in=keys, state=state)


def _open_in_turn(port: int, made: Made, pages: int) -> list[float]:
    """All pages of the web bench in turn, over HTTP, logged in; the milliseconds of each."""
    work = [
        (_cookie(made.instructor if page.as_instructor else made.student),
         f"{reverse(page.name, args=page.arguments(made))}?{page.query}")
        for page in PAGES if not page.download
    ]  # fmt: skip
    for cookie, path in work * 2:  # not counted: the first of each of the site's processes
        _open(port, cookie, path)
    milliseconds = []
    for cookie, path in itertools.islice(itertools.cycle(work), pages):
        time.sleep(BETWEEN_PAGES)
        began = time.perf_counter()
        _open(port, cookie, path)
        milliseconds.append(1000 * (time.perf_counter() - began))
    return milliseconds


def _open(port: int, cookie: str, path: str) -> None:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
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
def _web(environment: Mapping[str, str]) -> Iterator[int]:
    """gunicorn as ``make up`` starts it; its port."""
    port = 18000 + os.getpid() % 10000
    with _running(web_argv("127.0.0.1", port), environment) as process:
        put_first(process.pid)
        _until(lambda: _answers(port))
        yield port


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("localhost", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def _workers(
    count: int, guests: int, environment: Mapping[str, str], *, confined: bool = False
) -> Iterator[int]:
    """One Celery worker with so many processes; its process id. ``confined``: on as many
    processors.
    """
    mine = sorted(os.sched_getaffinity(0))[:count]
    jail = ["taskset", "--cpu-list", ",".join(map(str, mine))] if confined else []
    own = {**environment, **WORKER_ENVIRONMENT, "RINGMARK_GUESTS": str(guests)}
    with _running([*jail, *worker_argv(count)], own) as process:
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


def _times(worker: int) -> tuple[float, float]:
    """Processor seconds since the machine started, of all; and of this process and the worker's in
    their own right, without the guests and compilers below them (proc(5): utime and stime).
    """
    user, nice, system, _, _, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    own = 0
    for pid in (os.getpid(), worker, *_children(worker)):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own += int(fields[11]) + int(fields[12])
    return (user + nice + system + irq + soft) / TICKS, own / TICKS


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]
