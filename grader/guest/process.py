"""One jailed QEMU process, and the one thread that watches all it says.

The thread runs an asyncio loop with the QMP client (package ``qemu.qmp``), the console's socket
and the process's pidfd, so that whatever happens to the guest is seen when it happens. It also
starts the process: bwrap's ``--die-with-parent`` is tied to the *thread* that started it
(prctl(2), PR_SET_PDEATHSIG), and this thread lives exactly as long as the guest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from qemu.qmp import EventListener, QMPClient, QMPError
from qemu.qmp.protocol import Runstate

from grader.errors import PlatformFault
from grader.guest.confine import Files, jail_for, limits_for
from grader.guest.console import Console
from grader.guest.death import PANIC_END, PANIC_LINE, Death, LastWords, classify
from grader.guest.machine import Machine, Wiring, command_line
from grader.guest.memory import Memory
from grader.guest.priority import set_nice

#: Seconds for QEMU to start and greet on a loaded machine; it takes 0.05 on an idle one.
GREETING_DEADLINE = 60.0
#: Seconds that a panicking guest has to finish its last words before it is ended.
PANIC_GRACE = 10.0
#: Seconds for one QMP command.
COMMAND_DEADLINE = 60.0
#: Bytes of QEMU's stderr that are looked at.
STDERR_BYTES = 64 * 1024
#: Bytes taken from the console at a time.
CONSOLE_READ = 64 * 1024
#: How far guests step back; a third of the weight of anybody (sched(7), nice values).
NICE = 5
#: How much of the console is looked through again for a line cut between two reads.
OVERLAP = 512


class QemuProcess:
    """A QEMU that was started and greeted. A context manager: leaving it ends QEMU for certain."""

    def __init__(
        self,
        machine: Machine,
        files: Files,
        ram: Memory,
        *,
        incoming: int | None = None,
        ram_shared: bool = False,
        ssh_port: int | None = None,
        kvm_node: Path = Path("/dev/kvm"),
    ) -> None:
        self.machine = machine
        self.console = Console()
        self._files = files
        self._ram = ram
        self._incoming = incoming
        self._ram_shared = ram_shared
        self._ssh_port = ssh_port
        self._kvm_node = kvm_node
        self._loop = asyncio.new_event_loop()
        self._client = QMPClient("qemu")
        self._ended = asyncio.Event()
        self._console_over = asyncio.Event()
        self._events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._started: BaseException | bool | None = None
        self._death: Death | None = None
        self._reason: str | None = None
        self._panicked = False
        self._panic_line = ""
        self._scanned = b""
        self._killed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._sockets: list[socket.socket] = []
        self._thread = threading.Thread(target=self._watch, name="ringmark-guest", daemon=True)
        self.agent: socket.socket

    # --- starting and ending -----------------------------------------------------------------

    def __enter__(self) -> QemuProcess:
        self._thread.start()
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._started is not None)
            if isinstance(self._started, BaseException):
                raise self._started
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        self._thread.join()
        for end in self._sockets:
            end.close()

    @property
    def pid(self) -> int:
        """The process id of the jail (bwrap), whose child QEMU is."""
        if self._child is None:
            raise PlatformFault("QEMU has not been started")
        return self._child.pid

    def kill(self) -> None:
        """End QEMU at once. Does not wait; :meth:`wait_death` does."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: so has QEMU
            self._loop.call_soon_threadsafe(self._kill)

    # --- asking --------------------------------------------------------------------------------

    def execute(
        self,
        command: str,
        arguments: Mapping[str, object] | None = None,
        timeout: float = COMMAND_DEADLINE,
    ) -> object:
        """Run a QMP command and return its value.

        Raises:
            PlatformFault: refused, no answer within ``timeout`` seconds, or QEMU ended.
        """

        async def ask() -> object:
            return await self._client.execute(command, arguments)

        return self._in_loop(ask(), command, timeout)

    def give_descriptor(self, name: str, fd: int) -> None:
        """Make an open descriptor known to QEMU under ``name`` (QMP getfd)."""

        async def give() -> object:
            self._client.send_fd_scm(fd)
            return await self._client.execute("getfd", {"fdname": name})

        self._in_loop(give(), "getfd", COMMAND_DEADLINE)

    def events_so_far(self) -> int:
        """How many QMP events have come: for :meth:`wait_event` to look beyond them."""
        with self._changed:
            return len(self._events)

    def wait_event(
        self, what: str, wanted: Callable[[dict[str, Any]], bool], timeout: float, since: int = 0
    ) -> dict[str, Any]:
        """Wait for a QMP event, also one that came already, but for the first ``since``.

        Raises:
            PlatformFault: it did not come within ``timeout`` seconds, or QEMU ended first.
        """

        def seen() -> list[dict[str, Any]]:
            return [event for event in self._events[since:] if wanted(event)]

        with self._changed:
            self._changed.wait_for(lambda: bool(seen()) or self._death is not None, timeout)
            found = seen()
            if found:
                return found[0]
            end = f" ({self._death.detail})" if self._death else f" within {timeout:g} s"
        raise PlatformFault(f"QEMU did not report {what}{end}")

    def death(self) -> Death | None:
        """How the guest ended, with its console complete; ``None`` while it lives."""
        with self._changed:
            return self._death

    def wait_death(self, timeout: float) -> Death | None:
        """Wait up to ``timeout`` seconds for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._death is not None, timeout)
            return self._death

    def _in_loop(self, work: Coroutine[Any, Any, object], what: str, timeout: float) -> object:
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise PlatformFault(f"QEMU has ended: cannot run '{what}'") from None
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise PlatformFault(f"QEMU did not answer '{what}' within {timeout:g} s") from None
        except (QMPError, OSError, asyncio.CancelledError) as fault:
            raise PlatformFault(f"QEMU refused '{what}': {fault}") from fault

    # --- the watching thread ---------------------------------------------------------------------

    def _watch(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as fault:
            self._announce(fault)
        finally:
            self.console.end()
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _announce(self, started: BaseException | bool) -> None:
        with self._changed:
            if self._started is None:
                self._started = started
            self._changed.notify_all()

    async def _live(self) -> None:
        with Memory("ringmark-stderr", 0) as stderr:
            qmp, console = self._start(stderr)
            child = self._child
            assert child is not None
            pidfd = os.pidfd_open(child.pid)
            try:
                self._loop.add_reader(pidfd, self._ended.set)
                self._loop.add_reader(console, self._read_console, console)
                with self._client.listen(EventListener(event_filter=self._on_event)):
                    try:
                        await asyncio.wait_for(self._client.connect(qmp), GREETING_DEADLINE)
                    except (QMPError, OSError, TimeoutError, asyncio.CancelledError) as fault:
                        self._kill()
                        await self._ended.wait()
                        said = _text(stderr) or str(fault)
                        raise PlatformFault(f"QEMU did not start: {said.strip()[:2000]}") from fault
                    step_back(child.pid)
                    self._announce(True)
                    await self._ended.wait()
                    await self._within(self._hear_out())
            finally:
                self._kill()
                await self._ended.wait()
                self._loop.remove_reader(pidfd)
                os.close(pidfd)
                code = child.wait()
                await self._within(self._console_over.wait())
                self._loop.remove_reader(console)
                self.console.end()
                self._bury(code, _text(stderr))

    def _start(self, stderr: Memory) -> tuple[socket.socket, socket.socket]:
        pairs = [socket.socketpair() for _ in range(3)]
        ours = [pair[0] for pair in pairs]
        theirs = [pair[1] for pair in pairs]
        self._sockets = ours
        qmp, console, self.agent = ours
        try:
            wiring = Wiring(
                qmp=theirs[0].fileno(),
                console=theirs[1].fileno(),
                agent=theirs[2].fileno(),
                ram=self._ram.fd,
                ram_shared=self._ram_shared,
                incoming=self._incoming is not None,
                ssh_port=self._ssh_port,
            )
            inherited = [end.fileno() for end in theirs] + [self._ram.fd]
            if self._incoming is not None:
                inherited.append(self._incoming)
            jail = jail_for(self.machine, self._files, self._kvm_node)
            argv = jail.command(command_line(self.machine, wiring))
            self._child = subprocess.Popen(
                limits_for(self.machine).command(argv),
                stdin=subprocess.DEVNULL,
                stdout=stderr.fd,
                stderr=stderr.fd,
                pass_fds=inherited,
                # Ctrl-C reaches us alone; we then end QEMU in order.
                start_new_session=True,
            )
        finally:
            for end in theirs:
                end.close()
        console.setblocking(False)
        return qmp, console

    def _on_event(self, event: Any) -> bool:
        if event["event"] == "SHUTDOWN":
            self._reason = self._reason or str(event["data"].get("reason"))
        if event["event"] == "GUEST_PANICKED":
            self._panics()
        with self._changed:
            self._events.append(dict(event))
            self._changed.notify_all()
        return False  # heard; nothing to queue

    def _read_console(self, console: socket.socket) -> None:
        try:
            data = console.recv(CONSOLE_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(console)
            self._console_over.set()
            return
        self.console.feed(data)
        seen = self._scanned + data
        if not self._panic_line:
            line = PANIC_LINE.search(seen)
            if line and (line.end() < len(seen) or len(line.group()) > OVERLAP // 2):
                self._panic_line = line.group().decode("utf-8", "replace").strip()
                self._panics()
        if self._panicked and PANIC_END.search(seen):
            self._kill()
        self._scanned = seen[-OVERLAP:]

    def _panics(self) -> None:
        if not self._panicked:
            self._panicked = True
            self._loop.call_later(PANIC_GRACE, self._kill)

    def _kill(self) -> None:
        child = self._child
        if child is not None and not self._killed and not self._ended.is_set():
            self._killed = True
            for pid in _inner_processes(child.pid) or [child.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    async def _within(self, work: Coroutine[Any, Any, object]) -> None:
        """The ends of sockets follow a process's end at once; no guest may hang on one though."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(work, COMMAND_DEADLINE)

    async def _hear_out(self) -> None:
        """QEMU is gone: read what it said on QMP up to the end, then close the client."""
        while self._client.runstate == Runstate.RUNNING:
            await self._client.runstate_changed()
        with contextlib.suppress(Exception):  # EOF is how this connection always ends
            await self._client.disconnect()

    def _bury(self, code: int, stderr: str) -> None:
        last = LastWords(
            reason=self._reason,
            panicked=self._panicked,
            panic_line=self._panic_line,
            killed=self._killed,
            exit_code=code,
            stderr=stderr,
        )
        with self._changed:
            self._death = classify(last)
            self._changed.notify_all()


def _inner_processes(bwrap: int) -> list[int]:
    """The first process of the jail's process namespace; its death ends all others in there.

    Killing bwrap itself would do that too, but leave this process to the host's init to reap.
    """
    try:
        text = Path(f"/proc/{bwrap}/task/{bwrap}/children").read_text()
    except OSError:
        return []
    return [int(pid) for pid in text.split()]


def step_back(bwrap: int) -> None:
    """Without root, let what people wait for come first. As root the site is raised instead, and
    guests keep their share beside whatever else the host does.

    The kernel takes ten wishes a second for a scheduling group from those who are not root and
    refuses the others: those guests run on with the weight of anybody.
    """
    if os.geteuid() != 0:
        for pid in _inner_processes(bwrap):
            set_nice(pid, NICE)


def _text(memory: Memory) -> str:
    """The end of what QEMU and the jail said on stderr."""
    start = max(0, memory.size - STDERR_BYTES)
    return os.pread(memory.fd, STDERR_BYTES, start).decode("utf-8", "replace")
