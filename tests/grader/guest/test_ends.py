"""However a guest ends or hangs, the host sees it, says which, and has the whole console."""

from __future__ import annotations

import os
import re
import signal

import pytest

from grader.guest.channel import ChannelClosed, Unanswered
from grader.guest.console import HEAD_BYTES, TAIL_BYTES
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from tests.grader.guest.processes import qemu_below

pytestmark = pytest.mark.image

DEADLINE = 60.0


def sysrq(guest: QemuGuest, key: bytes) -> None:
    """Have the guest do something it does not come back from."""
    actor = guest.channel.spawn()
    with pytest.raises((ChannelClosed, Unanswered)):
        guest.channel.call(actor, calls.WriteFile("/proc/sysrq-trigger", key), DEADLINE)


def test_a_panic_is_seen_with_its_last_words(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        sysrq(guest, b"c")
        death = guest.wait_death(DEADLINE)
        assert death is not None
        assert death.kind == "panic"
        assert "sysrq triggered crash" in death.detail
        assert guest.console.ended
        text = guest.console.text()
        assert "Call Trace:" in text
        assert text.rstrip().endswith(
            "---[ end Kernel panic - not syncing: sysrq triggered crash ]---"
        )


@pytest.mark.parametrize(("key", "kind"), [(b"b", "reset"), (b"o", "shutdown")])
def test_a_reset_and_a_power_off_are_told_apart(
    hypervisor: Hypervisor, key: bytes, kind: str
) -> None:
    with hypervisor.restore() as guest:
        guest.channel.start(guest.channel.spawn(), calls.WriteFile("/proc/sysrq-trigger", key))
        death = guest.wait_death(DEADLINE)
        assert death is not None
        assert death.kind == kind


def test_a_guest_that_the_host_ends_is_not_called_a_crash(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        pass
    death = guest.death()
    assert death is not None
    assert death.kind == "killed"


def test_a_qemu_that_dies_by_itself_is_our_matter(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        os.kill(qemu_below(guest.process.pid), signal.SIGSEGV)
        death = guest.wait_death(DEADLINE)
        assert death is not None
        assert death.kind == "qemu-exit"


def test_a_guest_that_answers_no_more_is_asked_where_it_is(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        agent = guest.channel.hello(DEADLINE).pid
        stop = calls.Run(("/usr/bin/kill", "-STOP", str(agent)))
        with pytest.raises(Unanswered):  # the agent that would tell of it is stopped itself
            guest.channel.call(guest.channel.spawn(), stop, 5.0)
        assert guest.death() is None
        said = guest.interrogate(DEADLINE)
        assert re.search(r"NMI|Call Trace", said)
        assert "Call Trace:" in said
        death = guest.death()
        assert death is not None
        assert death.kind == "panic"


def test_a_flood_of_the_console_is_capped_and_the_guest_lives(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        flood = "yes 'the same line over and over' | head -c 300000 > /dev/ttyS0"
        actor = guest.channel.spawn()
        seen = guest.channel.call(actor, calls.Run(("/bin/sh", "-c", flood)), DEADLINE * 5)
        assert seen.ret == 0
        assert guest.console.wait_until(lambda: guest.console.mark() >= 300_000, DEADLINE)
        text = guest.console.text()
        assert len(text) <= HEAD_BYTES + TAIL_BYTES + 100
        assert "bytes of the console cut" in text
        assert guest.death() is None
