"""A cold boot: from QEMU's start to an agent that answers, with progress and deadlines."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from grader.errors import PlatformFault
from grader.guest.channel import AgentChannel, Hello
from grader.guest.process import QemuProcess

#: Text for a person, and the part that is done (0 to 1) where it can be told.
Report = Callable[[str, float | None], None]

#: Seconds between two progress reports.
TICK = 1.0
#: What a fault's message quotes of the console, in characters.
QUOTED = 2000


@dataclass(frozen=True)
class BootLimits:
    """Deadlines of a boot in seconds.

    ``silence`` ends the boot when the console brings no new byte for so long; only for a guest
    whose kernel prints as it boots.
    """

    deadline: float = 600.0
    silence: float | None = None


class BootFault(PlatformFault):
    """The guest did not come up; the message ends with what its console last said."""


def no_report(text: str, done: float | None) -> None:
    """For callers that show nothing."""


def await_agent(
    process: QemuProcess,
    limits: BootLimits,
    report: Report = no_report,
    expected: float = 90.0,
    clock: Callable[[], float] = time.monotonic,
) -> AgentChannel:
    """Let a machine run that was started with ``-S``, and wait for its agent.

    ``expected`` seconds only serve the progress shown.

    Raises:
        BootFault: the guest died, fell silent or did not come up in time.
    """
    began = clock()
    process.execute("cont")
    channel = AgentChannel(process.agent)
    with ThreadPoolExecutor(1) as waiter:
        hello = waiter.submit(channel.hello, limits.deadline)
        hello.add_done_callback(lambda _: process.console.poke())
        try:
            _watch(process, hello, limits, report, expected, clock)
            hello.result(max(0.0, limits.deadline - (clock() - began)))
        except BootFault:
            raise
        except Exception as fault:
            raise boot_fault(process, f"the guest's agent did not answer ({fault})") from fault
        finally:
            if not hello.done():
                process.kill()  # its socket closes, so the waiting thread returns
    return channel


def _watch(
    process: QemuProcess,
    hello: Future[Hello],
    limits: BootLimits,
    report: Report,
    expected: float,
    clock: Callable[[], float],
) -> None:
    console = process.console
    began = heard = clock()
    length = console.mark()
    while not hello.done():
        now = clock()
        report("booting the guest", min(0.9, (now - began) / expected))
        if now - began > limits.deadline:
            raise boot_fault(process, f"the guest was not up within {limits.deadline:g} s")
        if limits.silence is not None and now - heard > limits.silence:
            raise boot_fault(process, f"the guest's console was silent for {limits.silence:g} s")
        console.wait_until(lambda: hello.done() or console.mark() != length, TICK)  # noqa: B023
        if console.mark() != length:
            heard, length = clock(), console.mark()


def boot_fault(process: QemuProcess, what: str) -> BootFault:
    """A fault with how the guest ended, if it did, and the end of its console."""
    death = process.wait_death(1.0)  # its sockets close a moment before its end is known
    ended = f"; it ended: {death.detail}" if death else ""
    tail = process.console.text()[-QUOTED:].strip() or "(nothing)"
    return BootFault(f"{what}{ended}. Its console ended with:\n{tail}")
