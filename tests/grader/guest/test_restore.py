"""Every restore is a fresh guest, answers, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.errors import PlatformFault
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.memory import digest
from grader.guest.process import QemuProcess
from grader.guest.protocol import calls
from tests.grader.guest.processes import descendants, descriptors

pytestmark = pytest.mark.image

DEADLINE = 60.0


def observe(guest: QemuGuest, call: calls.Call) -> tuple[int, int, bytes]:
    seen = guest.channel.call(guest.channel.spawn(), call, DEADLINE)
    return seen.ret, seen.errno, seen.data


def test_a_restored_guest_answers_and_says_how_long_it_took(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        assert guest.channel.hello(DEADLINE).release == hypervisor.image.release
        assert set(guest.timings) == {"start", "restore", "first_answer"}
        assert all(seconds > 0 for seconds in guest.timings.values())
        assert guest.death() is None
    assert guest.death() is not None


def test_two_restores_share_nothing_and_leave_the_template_alone(hypervisor: Hypervisor) -> None:
    template = hypervisor.template()
    before = digest(template.ram.fd), digest(template.state.fd)
    with hypervisor.restore() as first, hypervisor.restore() as second:
        first.channel.put("/run/ringmark/secret", b"of the first")
        assert observe(first, calls.ReadFile("/run/ringmark/secret"))[2] == b"of the first"
        ret, errno, _ = observe(second, calls.Stat("/run/ringmark/secret"))
        assert (ret, errno) == (-1, 2)
    with hypervisor.restore() as third:
        assert observe(third, calls.Stat("/run/ringmark/secret"))[:2] == (-1, 2)
    assert (digest(template.ram.fd), digest(template.state.fd)) == before


def test_a_branch_starts_where_its_work_left_off(hypervisor: Hypervisor) -> None:
    with hypervisor.branch(lambda guest: guest.channel.put("/run/begun", b"once")) as branch:
        for _ in range(2):
            with hypervisor.restore(template=branch) as guest:
                assert observe(guest, calls.ReadFile("/run/begun"))[2] == b"once"
                assert observe(guest, calls.Unlink("/run/begun"))[0] == 0
        with pytest.raises(PermissionError):
            os.pwrite(branch.ram.fd, b"X", 0)
    with hypervisor.restore() as guest:
        assert observe(guest, calls.Stat("/run/begun"))[:2] == (-1, 2)


def test_the_templates_memory_refuses_writes(hypervisor: Hypervisor) -> None:
    template = hypervisor.template()
    for memory in (template.ram, template.state):
        again = os.open(f"/proc/self/fd/{memory.fd}", os.O_RDWR)
        try:
            with pytest.raises(PermissionError):
                os.pwrite(again, b"X", 0)
        finally:
            os.close(again)


def test_a_boot_is_over_before_the_template_is_saved(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        run = calls.Run(("/usr/bin/systemctl", "list-jobs", "--no-legend"))
        ret, _, data = observe(guest, run)
        assert ret == 0
        assert b"running" not in data
        assert b"waiting" not in data


def test_everything_the_kernel_says_reaches_the_console(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        observe(guest, calls.WriteFile("/dev/kmsg", b"<7>a debug message\n"))
        assert guest.console.wait_for("a debug message", DEADLINE)


def test_the_journal_comes_as_json_lines(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        observe(guest, calls.WriteFile("/dev/kmsg", b"<4>for the journal\n"))
        lines = guest.journal(DEADLINE * 2, until="for the journal").splitlines()
        assert "for the journal" in [json.loads(line).get("MESSAGE") for line in lines]


def test_a_dead_guest_has_no_journal(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        guest.process.kill()
        assert guest.wait_death(DEADLINE) is not None
        assert guest.journal(DEADLINE) == b""


def test_restores_in_many_threads(hypervisor: Hypervisor) -> None:
    together = threading.Barrier(4)

    def one(number: int) -> bytes:
        together.wait(DEADLINE)
        with hypervisor.restore() as guest:
            guest.channel.put("/run/ringmark/mine", str(number).encode())
            return observe(guest, calls.ReadFile("/run/ringmark/mine"))[2]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [b"0", b"1", b"2", b"3"]


def test_twenty_restores_leave_no_process_thread_or_descriptor(hypervisor: Hypervisor) -> None:
    processes, threads, open_files = (
        descendants(os.getpid()),
        set(threading.enumerate()),
        descriptors(),
    )
    for _ in range(20):
        with hypervisor.restore() as guest:
            assert guest.death() is None
    assert descendants(os.getpid()) == processes
    assert set(threading.enumerate()) == threads
    assert descriptors() == open_files


def test_an_exception_in_a_check_ends_the_guest(hypervisor: Hypervisor) -> None:
    with pytest.raises(KeyboardInterrupt), hypervisor.restore() as guest:
        pid = guest.process.pid
        raise KeyboardInterrupt
    assert pid not in descendants(os.getpid())
    assert guest.death() is not None


def test_a_guest_that_dies_while_restoring_is_tried_once_more_and_then_our_fault(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[QemuProcess] = []
    awake = Hypervisor._awake

    def dying(self: Hypervisor, process: QemuProcess) -> object:
        tries.append(process)
        if len(tries) in (1, 3, 4):
            process.kill()
        return awake(self, process)

    monkeypatch.setattr(Hypervisor, "_awake", dying)
    with hypervisor.restore() as guest:
        assert guest.death() is None
    assert len(tries) == 2
    with pytest.raises(PlatformFault, match="restored guest failed"), hypervisor.restore():
        pass
    assert len(tries) == 4


def test_two_processors_are_a_template_of_their_own(hypervisor: Hypervisor) -> None:
    assert hypervisor.template_folder(2) != hypervisor.template_folder(1)
    with hypervisor.restore(cpus=2) as guest:
        assert guest.channel.hello(DEADLINE).cpus == 2
