"""`make up`'s supervisor, with real processes: what it starts, it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from webapp.cli.priority import FIRST, put_first

ROOT = Path(__file__).parents[3]

MAIN = """
import sys
from webapp.cli.supervisor import Service, Supervisor
with Supervisor(lambda line: print(line + '\\n', end='', flush=True)) as supervisor:
    for name, script in zip(sys.argv[1::2], sys.argv[2::2]):
        supervisor.start(Service(name, [sys.executable, "-c", script]))
    status = supervisor.wait()
print("stopped", flush=True)
sys.exit(status)
"""
#: Says its pid, then lives until asked to end.
#: (In one write: two services share the pipe.)
LIVES = "import os, signal; os.write(1, b'pid %d\\n' % os.getpid()); signal.pause()"
#: Says its pid and ends at once with status 7.
ENDS = "import os; os.write(1, b'pid %d\\n' % os.getpid()); os._exit(7)"


def start(*services: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *services],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def pids(supervisor: subprocess.Popen[str], count: int) -> list[int]:
    """The pids that services say, as they come."""
    found: list[int] = []
    assert supervisor.stdout is not None
    while len(found) < count:
        line = supervisor.stdout.readline()
        assert line, "the supervisor ended too early"
        if line.startswith("pid "):
            found.append(int(line.split()[1]))
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ends_all(number: signal.Signals) -> None:
    supervisor = start("one", LIVES, "two", LIVES)
    children = pids(supervisor, 2)
    supervisor.send_signal(number)
    out, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0
    assert out.endswith("stopped\n")
    assert not any(alive(pid) for pid in children)


def test_ctrl_c_ends_everything() -> None:
    ends_all(signal.SIGINT)


def test_being_asked_to_end_ends_everything() -> None:
    ends_all(signal.SIGTERM)


def test_a_service_that_dies_is_started_again() -> None:
    supervisor = start("one", LIVES)
    first = pids(supervisor, 1)[0]
    os.kill(first, signal.SIGKILL)
    second = pids(supervisor, 1)[0]
    assert second != first
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate(timeout=60)
    assert not alive(second)


def test_a_service_that_cannot_run_stops_the_rest() -> None:
    supervisor = start("good", LIVES, "bad", ENDS)
    out, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 1
    assert "bad ends again and again (exit 7)" in out
    assert not any(
        alive(int(line.split()[1])) for line in out.splitlines() if line.startswith("pid")
    )


def test_a_service_that_ignores_the_question_is_killed() -> None:
    deaf = (
        "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "os.write(1, b'pid %d\\n' % os.getpid())\nwhile True: signal.pause()"
    )
    script = MAIN.replace(
        "from webapp.cli.supervisor import",
        "import webapp.cli.supervisor as s; s.GRACE = 0.2\nfrom webapp.cli.supervisor import",
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script, "deaf", deaf],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    pid = pids(supervisor, 1)[0]
    supervisor.send_signal(signal.SIGTERM)
    out, _ = supervisor.communicate(timeout=60)
    assert "deaf does not end: killed" in out
    assert not alive(pid)


def may_raise() -> bool:
    """CAP_SYS_NICE (capabilities(7)), which root in a container does not have."""
    status = Path("/proc/self/status").read_text()
    return bool(int(status.split("CapEff:")[1].split()[0], 16) & 1 << 23)


def test_what_people_wait_for_comes_first() -> None:
    """Who may not is told so."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        raised = put_first(child.pid)
        assert raised == may_raise()
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == (FIRST if raised else own)
        group = Path(f"/proc/{child.pid}/autogroup")
        if group.exists():
            assert int(group.read_text().split()[-1]) == (FIRST if raised else 0)
    finally:
        child.kill()
        child.wait()


def test_services_that_come_first() -> None:
    script = MAIN.replace("Service(name, [", 'Service(name, first=name == "site", argv=[')
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script, "worker", LIVES, "site", LIVES],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    nices = sorted(os.getpriority(os.PRIO_PROCESS, pid) for pid in pids(supervisor, 2))
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate(timeout=60)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert nices == sorted([own, FIRST if may_raise() else own])
