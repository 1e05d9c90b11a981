"""The agent where it belongs: as root in a restored guest, on its virtio port."""

from __future__ import annotations

import errno
import os

import pytest

from grader.engine import Engine
from grader.guest.protocol import calls

pytestmark = pytest.mark.image
PATIENCE = 120.0


def test_calls_in_a_real_guest(engine: Engine) -> None:
    content = os.urandom(200_000)
    with engine.hypervisor.restore(1) as guest:
        channel = guest.channel
        actor = channel.spawn(cpu=0)

        channel.put("/run/ringmark/new/file", content)
        stored = channel.call(actor, calls.Stat("/run/ringmark/new/file"), PATIENCE)
        assert calls.decode_stat(stored.data).size == len(content)
        tail = channel.call(
            actor, calls.ReadFile("/run/ringmark/new/file", offset=150_000), PATIENCE
        )
        assert tail.data == content[150_000:]

        refused = channel.call(actor, calls.InsertModule("/run/ringmark/new/file"), PATIENCE)
        assert (refused.ret, refused.errno, refused.step) == (-1, errno.ENOEXEC, "call")

        assert channel.call(actor, calls.Kmsg(position="end"), PATIENCE).ret == 0
        line = b"<5>ringmark test %d\n" % os.getpid()
        assert channel.call(actor, calls.WriteFile("/dev/kmsg", line), PATIENCE).ret == len(line)
        log = calls.decode_kmsg(channel.call(actor, calls.Kmsg(), PATIENCE).data)
        assert any(line[3:-1] in record for record in log.records)
        assert not calls.decode_kmsg(channel.call(actor, calls.Kmsg(), PATIENCE).data).records

        zero = channel.call(actor, calls.Open("/dev/zero", os.O_RDWR), PATIENCE).ret
        for where in ("unmapped", "null", "kernel", "readonly"):
            seen = channel.call(actor, calls.Read(zero, 100, where=where), PATIENCE)
            assert (seen.ret, seen.errno) == (-1, errno.EFAULT), where


def test_a_blocked_task_is_seen_from_inside_and_can_be_killed(engine: Engine) -> None:
    with engine.hypervisor.restore(1) as guest:
        channel = guest.channel
        blocked, other = channel.spawn(), channel.spawn()
        made = channel.call(other, calls.MakeNode("/run/pipe", 0o10600, 0, 0), PATIENCE)
        assert made.ret == 0
        channel.call(blocked, calls.Open("/run/pipe", os.O_RDWR), PATIENCE)
        read = channel.start(blocked, calls.Read(calls.LAST_FD, 1))
        for _ in range(1000):
            state = channel.state(blocked, PATIENCE)
            if state.state == "S" and state.syscall.startswith("0 "):  # read(2)
                break
            # Another task's turn: the reader gets one as well.
            assert channel.call(other, calls.Clock(), PATIENCE).died is None
        assert "pipe_read" in state.stack
        assert channel.wait(read, 0) is None
        channel.kill(blocked)
        seen = channel.wait(read, PATIENCE)
        assert seen is not None
        assert seen.died == 9
        assert not channel.state(blocked).alive


def test_a_step_of_a_call_can_be_made_to_fail(engine: Engine) -> None:
    with engine.hypervisor.restore(1) as guest:
        channel = guest.channel
        actor = channel.spawn()
        channel.call(actor, calls.Open("/proc/version", os.O_RDONLY), PATIENCE)
        # It allocates its buffer, then copies.
        read = calls.Read(calls.LAST_FD, 10, guard=0)

        failed = channel.call(actor, calls.FailNth(1, read), PATIENCE)
        missed = channel.call(actor, calls.FailNth(50, read), PATIENCE)
        after = channel.call(actor, read, PATIENCE)

        assert (failed.ret, failed.errno) in ((-1, errno.EFAULT), (-1, errno.ENOMEM))
        assert calls.decode_failing(failed.data)[1] == 0
        left = calls.decode_failing(missed.data)[1]
        assert left is not None
        assert 1 <= left < 50
        assert after.ret == missed.ret == 10
