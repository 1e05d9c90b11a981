"""A running guest, as the checks see it: one interface for a restored QEMU and for plain SSH."""

from __future__ import annotations

from typing import Protocol

from grader.errors import PlatformFault
from grader.guest.channel import AgentChannel
from grader.guest.console import Console
from grader.guest.death import Death
from grader.guest.journal import fetch_journal
from grader.guest.process import QemuProcess

#: Of a guest's registers, in characters: two processors' worth.
REGISTERS = 8000


class Guest(Protocol):
    """One guest, used for one check."""

    channel: AgentChannel
    console: Console
    timings: dict[str, float]

    def death(self) -> Death | None:
        """How it ended, its console complete; ``None`` while it lives."""

    def wait_death(self, timeout: float) -> Death | None:
        """Wait up to ``timeout`` seconds for its end."""

    def interrogate(self, timeout: float) -> str:
        """Ask a guest that answers no more where it is stuck; ends it. Console text."""

    def journal(self, timeout: float, until: str = "") -> bytes:
        """The systemd journal as JSON lines, up to one with the text ``until`` if that comes.

        Empty if the guest is dead or does not answer.
        """


class QemuGuest:
    """A guest in a QEMU of ours. Its owner is who started the process.

    ``timings``: seconds from the start of QEMU to its QMP greeting (``start``), from there to the
    guest running (``restore`` or ``boot``), and from there to the agent's answer
    (``first_answer``).
    """

    def __init__(
        self, process: QemuProcess, channel: AgentChannel, timings: dict[str, float]
    ) -> None:
        self.process = process
        self.channel = channel
        self.console: Console = process.console
        self.timings = timings

    def death(self) -> Death | None:
        """See :class:`Guest`."""
        return self.process.death()

    def wait_death(self, timeout: float) -> Death | None:
        """See :class:`Guest`."""
        return self.process.wait_death(timeout)

    def interrogate(self, timeout: float) -> str:
        """Send an NMI, at which the kernel panics and prints its stack (unknown_nmi_panic=1).

        A processor that does not even take that is told by its registers, from QEMU.
        """
        position = self.console.mark()
        try:
            registers = self._registers(timeout)
            self.process.execute("inject-nmi", timeout=timeout)
        except PlatformFault:  # it ended meanwhile: the console says how
            self.wait_death(timeout)
            return self.console.text(position)
        death = self.wait_death(timeout)
        said = self.console.text(position)
        if death is None:
            self.process.kill()
            said += f"\n[no answer to an NMI within {timeout:g} s; registers:]\n{registers}"
        return said

    def _registers(self, timeout: float) -> str:
        arguments = {"command-line": "info registers -a"}
        return str(self.process.execute("human-monitor-command", arguments, timeout))[:REGISTERS]

    def journal(self, timeout: float, until: str = "") -> bytes:
        """See :class:`Guest`."""
        if self.death() is not None:
            return b""
        return fetch_journal(self.channel, timeout, until)
