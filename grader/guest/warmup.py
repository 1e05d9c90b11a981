"""What is done once in a guest before it is saved, so that no restore has to wait for it.

First the boot is waited out: a job of systemd's that starts later would start in every restore.
Then each path that checks take is gone through once, so that its pages and caches are part of
the template.
"""

from __future__ import annotations

import os
import threading
import time

from grader.errors import PlatformFault
from grader.guest.boot import Report
from grader.guest.channel import Actor, AgentChannel
from grader.guest.journal import fetch_journal, forget_journal
from grader.guest.process import QemuProcess
from grader.guest.protocol import calls
from grader.guest.protocol.data import decode_run

#: Seconds for systemd to finish, and for one call, on a loaded machine.
SETTLE_DEADLINE = 600.0
CALL_DEADLINE = 120.0
#: What systemctl may call a boot that is over. Degraded: some unit failed, none that we wait for.
SETTLED = ("running", "degraded")
KMEMLEAK = "/sys/kernel/debug/kmemleak"
#: How often the kernel sums up its memory statistics, in seconds.
STATISTICS = "/proc/sys/vm/stat_interval"
#: All kernel messages.
ALL_MESSAGES = 8
#: Looks at the processors (seconds between two, how many in a row), and the most time for them.
REST_EVERY = 0.02
REST_LOOKS = 50
REST_DEADLINE = 60.0
#: A tmpfs on every systemd machine.
FOLDER = "/run/ringmark"


def settle(channel: AgentChannel, report: Report) -> None:
    """Wait until systemd has finished booting.

    Raises:
        PlatformFault: it says something else, or nothing in time.
    """
    report("waiting for the guest's services", 0.9)
    actor = channel.spawn()
    asked = calls.Run(("/usr/bin/systemctl", "is-system-running", "--wait"))
    seen = channel.call(actor, asked, SETTLE_DEADLINE)
    said = decode_run(seen.data).kept.decode("utf-8", "replace").strip() if seen.data else ""
    if said not in SETTLED:
        raise PlatformFault(f"the guest's systemd did not finish booting: it says '{said[:500]}'")
    channel.kill(actor)


def warm_up(channel: AgentChannel, report: Report) -> None:
    """Go once through what checks do, and have the console show every message from now on.

    Raises:
        PlatformFault: a path that every image must offer failed.
    """
    report("warming the guest up", 0.95)
    channel.put(f"{FOLDER}/warm-up", b"not a module")
    actor = channel.spawn()
    _must(channel, actor, calls.ConsoleLevel(ALL_MESSAGES))
    _must(channel, actor, calls.WriteFile("/dev/kmsg", b"<6>ringmark: warm-up\n"))
    # What the kernel itself left allocated is not looked at again, and no scan comes by itself. A
    # kernel without kmemleak refuses both.
    for command in (b"scan=off", b"clear"):
        channel.call(actor, calls.WriteFile(KMEMLEAK, command), CALL_DEADLINE)
    # Counters folded every second would be so at the start of every restore: nobody reads them.
    channel.call(actor, calls.WriteFile(STATISTICS, b"3600\n"), CALL_DEADLINE)
    _device(channel, actor, "/dev/null")
    _device(channel, actor, f"{FOLDER}/warm-up")
    _must(channel, actor, calls.Stat("/dev/null"))
    _must(channel, actor, calls.ListDir("/dev"))
    for path in ("/proc/devices", "/proc/modules", "/proc/misc"):
        _must(channel, actor, calls.ReadFile(path))
    channel.state(actor, CALL_DEADLINE)
    # Refused, but the way there is the way of every insmod.
    channel.call(actor, calls.InsertModule(f"{FOLDER}/warm-up"), CALL_DEADLINE)
    channel.call(actor, calls.DeleteModule("ringmark_none"), CALL_DEADLINE)
    _must(channel, actor, calls.Unlink(f"{FOLDER}/warm-up"))
    fetch_journal(channel, CALL_DEADLINE)
    forget_journal(channel, CALL_DEADLINE)
    channel.kill(actor)
    channel.hello(CALL_DEADLINE)  # forgets the actors


def rest(process: QemuProcess, cpus: int, looks: int = REST_LOOKS) -> None:
    """Wait until the guest has nothing left to do: every processor found halted, time after time.

    What still ran when the guest was saved (actors ending, journald writing) would run again at
    the start of every restore, before the agent's answer. A guest that never rests is saved
    busy: that costs time, not truth.
    """
    until = time.monotonic() + REST_DEADLINE
    pause, idle = threading.Event(), 0
    while idle < looks and time.monotonic() < until:
        arguments = {"command-line": "info registers -a"}
        registers = str(process.execute("human-monitor-command", arguments, CALL_DEADLINE))
        idle = idle + 1 if registers.count("HLT=1") == cpus else 0
        pause.wait(REST_EVERY)


def _device(channel: AgentChannel, actor: Actor, path: str) -> None:
    opened = _must(channel, actor, calls.Open(path, os.O_RDWR | os.O_CLOEXEC))
    _must(channel, actor, calls.Write(opened, b"warm"))
    _must(channel, actor, calls.Read(opened, 16))
    _must(channel, actor, calls.Close(opened))


def _must(channel: AgentChannel, actor: Actor, call: calls.Call) -> int:
    seen = channel.call(actor, call, CALL_DEADLINE)
    if seen.ret < 0:
        raise PlatformFault(f"in the fresh guest, {call} failed with errno {seen.errno}")
    return seen.ret
