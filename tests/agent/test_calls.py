"""Each call, made by the real agent in the host's own kernel."""

from __future__ import annotations

import errno
import os
import signal
import stat
import time
from pathlib import Path

import pytest

from grader.guest.channel import Actor, AgentChannel, Observation
from grader.guest.protocol import calls
from grader.guest.protocol.constants import MAX_READ_AREA, MAX_WRITE

PATIENCE = 30.0


class Made:
    """Makes calls in one actor."""

    def __init__(self, channel: AgentChannel, actor: Actor) -> None:
        self.channel = channel
        self.actor = actor

    def __call__(self, call: calls.Call) -> Observation:
        return self.channel.call(self.actor, call, PATIENCE)


@pytest.fixture
def make(channel: AgentChannel, actor: Actor) -> Made:
    return Made(channel, actor)


def opened(make: Made, path: Path | str, flags: int = os.O_RDWR) -> int:
    seen = make(calls.Open(str(path), flags))
    assert seen.ret >= 0, seen
    return seen.ret


def test_what_is_written_can_be_read_back(make: Made, tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert make(calls.Open(str(path), os.O_RDWR | os.O_CREAT, 0o640)).ret >= 0
    assert make(calls.Write(calls.LAST_FD, b"\x00\xffabc")).ret == 5
    assert make(calls.Lseek(calls.LAST_FD, 1)).ret == 1
    seen = make(calls.Read(calls.LAST_FD, 10, guard=4, fill=b"\xa5"))
    assert (seen.ret, seen.errno, seen.died) == (4, 0, None)
    area = calls.decode_read(seen.data, 10, 4)
    assert area == calls.ReadBuffer(b"\xa5" * 4, b"\xffabc" + b"\xa5" * 6, b"\xa5" * 4)
    assert make(calls.Close(calls.LAST_FD)).ret == 0
    assert make(calls.Close(calls.LAST_FD)).errno == errno.EBADF
    assert stat.S_IMODE(path.stat().st_mode) == 0o640, "the actor's umask is empty"


def test_a_new_actor_has_the_usual_descriptors_free(make: Made) -> None:
    assert opened(make, "/dev/null") == 3


def test_the_fill_pattern_runs_through_guards_and_body(make: Made) -> None:
    fd = opened(make, "/dev/null")
    seen = make(calls.Read(fd, 5, guard=3, fill=b"xyz-"))
    assert seen.ret == 0
    assert seen.data == b"xyz-xyz-xyz"


def test_the_largest_read_and_write_fit(make: Made, tmp_path: Path) -> None:
    path = tmp_path / "large"
    content = os.urandom(MAX_WRITE)
    fd = opened(make, path, os.O_RDWR | os.O_CREAT)
    assert make(calls.Write(fd, content)).ret == MAX_WRITE
    make(calls.Lseek(fd, 0))
    seen = make(calls.Read(fd, MAX_READ_AREA, guard=0))
    assert seen.ret == MAX_WRITE
    assert seen.data[:MAX_WRITE] == content


@pytest.mark.parametrize("where", ["unmapped", "null", "kernel", "readonly"])
def test_a_read_into_bad_memory_faults(make: Made, where: str) -> None:
    fd = opened(make, "/dev/zero")
    for count in (1, 4096, 1 << 20, 1 << 40):
        seen = make(calls.Read(fd, count, where=where))
        assert (seen.ret, seen.errno, seen.data) == (-1, errno.EFAULT, b""), count


@pytest.mark.parametrize("where", ["unmapped", "null", "kernel"])
def test_a_write_from_bad_memory_faults(make: Made, fifo: str, where: str) -> None:
    fd = opened(make, fifo)
    seen = make(calls.WriteBad(fd, 4096, where))
    assert (seen.ret, seen.errno) == (-1, errno.EFAULT)


def test_a_failed_call_brings_its_errno(make: Made) -> None:
    seen = make(calls.Open("/no/such/file", os.O_RDONLY))
    assert (seen.ret, seen.errno, seen.step) == (-1, errno.ENOENT, "call")
    assert make(calls.Write(99, b"x")).errno == errno.EBADF


def test_times_surround_the_call(make: Made, channel: AgentChannel) -> None:
    before = channel.clock()
    seen = make(calls.Poll(-1, 0, timeout_ms=20))
    assert before < seen.started_ns
    assert seen.started_ns + 19_000_000 < seen.ended_ns < channel.clock()
    assert make(calls.Clock()).ended_ns > seen.ended_ns


def test_ioctl_and_fcntl_take_numbers(make: Made, fifo: str) -> None:
    fd = opened(make, fifo)
    assert make(calls.Ioctl(fd, 0x1234)).errno == errno.ENOTTY
    assert make(calls.Fcntl(fd, 3)).ret & os.O_RDWR  # F_GETFL
    assert make(calls.Fcntl(fd, 4, os.O_NONBLOCK)).ret == 0  # F_SETFL
    assert make(calls.Read(fd, 1)).errno == errno.EAGAIN


def test_poll_tells_what_is_ready(make: Made, fifo: str) -> None:
    fd = opened(make, fifo)
    seen = make(calls.Poll(fd, 1 | 4))
    assert (seen.ret, calls.decode_poll(seen.data)) == (1, 4)
    make(calls.Write(fd, b"x"))
    assert calls.decode_poll(make(calls.Poll(fd, 1 | 4)).data) == 5


def test_nodes_folders_and_names(make: Made, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    assert make(calls.MakeFolder(str(folder), 0o700)).ret == 0
    assert make(calls.MakeNode(str(folder / "pipe"), stat.S_IFIFO | 0o604, 0, 0)).ret == 0
    (folder / "link").symlink_to("pipe")
    (folder / b"\xff\n name".decode("utf-8", "surrogateescape")).touch()
    listing = make(calls.ListDir(str(folder)))
    assert listing.ret == 3
    assert not calls.listing_was_cut(listing.data)
    assert set(calls.decode_listing(listing.data)) == {
        (b"pipe", 1),
        (b"link", 10),
        (b"\xff\n name", 8),
    }
    followed = calls.decode_stat(make(calls.Stat(str(folder / "link"))).data)
    itself = calls.decode_stat(make(calls.Stat(str(folder / "link"), follow=False)).data)
    assert followed.mode == stat.S_IFIFO | 0o604
    assert stat.S_ISLNK(itself.mode)
    real = (folder / "pipe").stat()
    assert (followed.uid, followed.gid, followed.ino) == (real.st_uid, real.st_gid, real.st_ino)
    assert make(calls.Unlink(str(folder / "pipe"))).ret == 0
    assert make(calls.Stat(str(folder / "pipe"))).errno == errno.ENOENT


def test_stat_tells_a_nodes_device(make: Made) -> None:
    seen = calls.decode_stat(make(calls.Stat("/dev/null")).data)
    assert (stat.S_IFMT(seen.mode), seen.major, seen.minor) == (stat.S_IFCHR, 1, 3)


def test_a_listing_is_cut_where_it_does_not_fit(make: Made, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:0250}").touch()
    few = make(calls.ListDir(str(tmp_path), most=7))
    assert few.ret == len(calls.decode_listing(few.data)) == 7
    assert calls.listing_was_cut(few.data)
    full = make(calls.ListDir(str(tmp_path)))
    assert full.ret == len(calls.decode_listing(full.data)) == 65535 // 253
    assert calls.listing_was_cut(full.data)
    assert make(calls.ListDir("/dev/null")).step == "open"


def test_files_are_read_and_written_whole(make: Made, tmp_path: Path) -> None:
    path = tmp_path / "file"
    missing = make(calls.WriteFile(str(path), b"x"))
    assert (missing.ret, missing.errno, missing.step) == (-1, errno.ENOENT, "open")
    path.write_bytes(b"0123456789")
    assert make(calls.WriteFile(str(path), b"abc")).ret == 3
    seen = make(calls.ReadFile(str(path)))
    assert (seen.ret, seen.data) == (10, b"abc3456789")
    part = make(calls.ReadFile(str(path), cap=4, offset=8))
    assert (part.ret, part.data) == (2, b"89")
    assert make(calls.ReadFile(str(path), cap=4)).data == b"abc3"
    assert make(calls.ReadFile(str(tmp_path / "none"))).step == "open"
    unreadable = make(calls.ReadFile(str(tmp_path)))
    assert (unreadable.ret, unreadable.errno, unreadable.step) == (-1, errno.EISDIR, "call")


def test_a_file_longer_than_an_answer_is_read_in_parts(make: Made, tmp_path: Path) -> None:
    content = os.urandom(100_000)
    (tmp_path / "long").write_bytes(content)
    path = str(tmp_path / "long")
    first = make(calls.ReadFile(path)).data
    assert first + make(calls.ReadFile(path, offset=len(first))).data == content


def test_programs_are_run_and_their_output_kept_to_the_cap(make: Made) -> None:
    script = "echo out; echo err >&2; exit 3"
    seen = make(calls.Run(("/bin/sh", "-c", script)))
    assert os.waitstatus_to_exitcode(seen.ret) == 3
    assert calls.decode_run(seen.data) == calls.Output(8, b"out\nerr\n")
    long = make(calls.Run(("/bin/sh", "-c", "head -c 300000 /dev/zero"), cap=10))
    assert calls.decode_run(long.data) == calls.Output(300_000, bytes(10))
    killed = make(calls.Run(("/bin/sh", "-c", "kill -9 $$")))
    assert os.waitstatus_to_exitcode(killed.ret) == -9


def test_a_programs_output_can_go_to_a_file(make: Made, tmp_path: Path) -> None:
    path = tmp_path / "output"
    argv = ("/bin/sh", "-c", "head -c 300000 /dev/zero")
    seen = make(calls.Run(argv, cap=200_000, output=str(path)))
    assert calls.decode_run(seen.data) == calls.Output(300_000, b"")
    assert path.read_bytes() == bytes(200_000)


def test_a_program_that_is_not_there_is_told(make: Made) -> None:
    seen = make(calls.Run(("/no/such/program",)))
    assert (seen.ret, seen.errno, seen.step) == (-1, errno.ENOENT, "prepare")


def test_a_module_file_that_is_not_there_is_told(make: Made) -> None:
    seen = make(calls.InsertModule("/no/such/module.ko"))
    assert (seen.ret, seen.errno, seen.step) == (-1, errno.ENOENT, "open")
    seen = make(calls.InsertModule("/dev/null", "a=1"))
    assert seen.ret == -1
    assert seen.step == "call"
    assert make(calls.DeleteModule("no_such_module")).ret == -1


def test_a_stream_is_written_in_pieces_and_read_up_to_a_byte(
    make: Made, channel: AgentChannel, fifo: str
) -> None:
    text = b"".join(b"%03d\n" % number for number in range(2000))
    reader = Made(channel, channel.spawn())
    opened(reader, fifo)
    reading = channel.start(reader.actor, calls.ReadStream(calls.LAST_FD, 100, ord("!")))
    opened(make, fifo)
    written = make(calls.WriteStream(calls.LAST_FD, 4, text + b"!"))
    assert (written.ret, written.errno) == (len(text) + 1, 0)
    seen = channel.wait(reading, PATIENCE)
    assert seen is not None
    assert (seen.ret, seen.errno, seen.data) == (len(text) + 1, 0, text + b"!")


def test_a_stream_ends_where_the_device_does(make: Made, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    opened(make, tmp_path / "file")
    short = make(calls.ReadStream(calls.LAST_FD, 4, 0, 11))
    assert (short.ret, short.data) == (8, b"01234567"), "a third read might not have fitted"
    rest = make(calls.ReadStream(calls.LAST_FD, 4, 0))
    assert (rest.ret, rest.errno, rest.data) == (2, 0, b"89")
    refused = make(calls.WriteStream(99, 4, b"x"))
    assert (refused.ret, refused.errno) == (-1, errno.EBADF)
    opened(make, "/dev/full")
    assert make(calls.WriteStream(calls.LAST_FD, 4, b"x")).errno == errno.ENOSPC


def test_a_call_made_to_fail_is_the_call_where_the_kernel_injects_nothing(
    make: Made, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    opened(make, tmp_path / "file")
    seen = make(calls.FailNth(1, calls.Read(calls.LAST_FD, 10, guard=0)))
    data, left = calls.decode_failing(seen.data)
    if left is None:
        assert data == b"0123456789"
    else:  # a kernel with fault injection: the copy to us is the first step that can fail
        assert (seen.errno, left) == (errno.EFAULT, 0)
    assert calls.decode_failing(make(calls.FailNth(1, calls.Open("/no", 0))).data)[0] == b""


def test_an_actor_moves_to_a_processor_and_is_niced(make: Made, channel: AgentChannel) -> None:
    some = min(os.sched_getaffinity(0))
    assert make(calls.Affinity(some)).ret == 0
    assert os.sched_getaffinity(make.actor.pid) == {some}
    assert make(calls.Affinity(None)).ret == 0
    assert os.sched_getaffinity(make.actor.pid) == os.sched_getaffinity(0)
    assert make(calls.Affinity(100_000)).errno == errno.EINVAL
    assert make(calls.Nice(5)).ret == 0
    assert os.getpriority(os.PRIO_PROCESS, make.actor.pid) == 5
    pinned = channel.spawn(cpu=some)
    assert os.sched_getaffinity(pinned.pid) == {some}


def test_a_caught_signal_interrupts_a_call(make: Made, channel: AgentChannel, fifo: str) -> None:
    fd = opened(make, fifo)
    assert make(calls.OnSignal(signal.SIGUSR1, "catch")).ret == 0
    ticket = channel.start(make.actor, calls.Read(fd, 1))
    until_blocked(channel, make.actor)
    channel.kill(make.actor, signal.SIGUSR1)
    seen = channel.wait(ticket, PATIENCE)
    assert seen is not None
    assert (seen.ret, seen.errno) == (-1, errno.EINTR)


def test_an_ignored_or_restarting_signal_leaves_the_call_alone(
    make: Made, channel: AgentChannel, fifo: str
) -> None:
    fd = opened(make, fifo)
    make(calls.OnSignal(signal.SIGUSR1, "restart"))
    make(calls.OnSignal(signal.SIGUSR2, "ignore"))
    ticket = channel.start(make.actor, calls.Read(fd, 1, guard=0))
    until_blocked(channel, make.actor)
    channel.kill(make.actor, signal.SIGUSR1)
    channel.kill(make.actor, signal.SIGUSR2)
    other = Made(channel, channel.spawn())
    other(calls.Write(opened(other, fifo), b"!"))
    seen = channel.wait(ticket, PATIENCE)
    assert seen is not None
    assert (seen.ret, seen.data) == (1, b"!")


def test_kernel_messages_come_as_far_as_the_kernel_lets_us(make: Made) -> None:
    seen = make(calls.Kmsg(position="oldest"))
    if seen.step == "open":
        assert seen.errno in (errno.EPERM, errno.EACCES)
        return
    log = calls.decode_kmsg(seen.data)
    assert len(log.records) == seen.ret
    assert all(b";" in record for record in log.records)
    end = make(calls.Kmsg(position="end"))
    assert end.ret >= 0
    assert calls.decode_kmsg(end.data).records == ()


def until_blocked(channel: AgentChannel, actor: Actor) -> None:
    """Until the actor sleeps with a call on its hands."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        state = channel.state(actor, PATIENCE)
        if state.state == "S" and state.syscall.startswith("0 "):  # read(2), not our recv(2)
            return
    raise AssertionError("the actor never blocked")
