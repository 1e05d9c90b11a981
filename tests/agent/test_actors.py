"""Actors that hang, die and pile up, and a supervisor that answers all the while."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.guest.channel import Actor, AgentChannel, Refused, TaskState, Ticket, Unanswered
from grader.guest.protocol import calls
from grader.guest.protocol import constants as c

Starter = Callable[[list[str]], tuple[subprocess.Popen[bytes], socket.socket]]

PATIENCE = 30.0


def blocked(channel: AgentChannel, actor: Actor) -> TaskState:
    """The actor's state once it sleeps in the call it was given."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        state = channel.state(actor)
        if state.state == "S" and state.syscall.startswith("0 "):  # read(2), not our recv(2)
            return state
    raise AssertionError(f"the actor never blocked: {state}")


def start_blocking_read(channel: AgentChannel, actor: Actor, fifo: str) -> Ticket:
    channel.call(actor, calls.Open(fifo, os.O_RDWR), PATIENCE)
    return channel.start(actor, calls.Read(calls.LAST_FD, 1, guard=0))


def test_hello_tells_about_the_machine(agent_program: Path, start_over_socket: Starter) -> None:
    process, ours = start_over_socket([str(agent_program), "--stdio"])
    with AgentChannel(ours) as channel:
        hello = channel.hello(PATIENCE)
        assert hello.version == c.PROTOCOL_VERSION
        assert hello.pid == process.pid
        assert hello.cpus == len(os.sched_getaffinity(0))
        assert hello.release == os.uname().release
        assert 0 < hello.clock_ns < channel.clock()
    assert process.wait(PATIENCE) == 0, "the agent ends with its input"


def test_a_blocked_call_is_seen_in_the_task_state(channel: AgentChannel, fifo: str) -> None:
    actor = channel.spawn()
    ticket = start_blocking_read(channel, actor, fifo)
    state = blocked(channel, actor)
    assert (state.pid, state.alive, state.exit_status, state.pending) == (actor.pid, True, None, 1)
    assert state.wchan in ("0", "") or "pipe" in state.wchan
    assert state.syscall.startswith("0 "), "read(2) is system call 0"
    assert channel.wait(ticket, 0) is None
    again = channel.state(actor)
    assert (again.utime, again.stime) == (state.utime, state.stime)
    assert again.voluntary == state.voluntary
    assert again.clock_ns > state.clock_ns


def test_a_state_can_leave_parts_out(channel: AgentChannel, actor: Actor) -> None:
    state = channel.state(actor, parts=0)
    assert (state.wchan, state.stack, state.syscall, state.voluntary) == ("", "", "", 0)
    assert state.state in "RS"


def test_killing_an_actor_answers_all_its_calls(channel: AgentChannel, fifo: str) -> None:
    actor = channel.spawn()
    tickets = [start_blocking_read(channel, actor, fifo)]
    tickets += [channel.start(actor, calls.Clock()) for _ in range(3)]
    blocked(channel, actor)
    channel.kill(actor)
    for ticket in tickets:
        seen = channel.wait(ticket, PATIENCE)
        assert seen is not None
        assert seen.died is not None
        assert os.WTERMSIG(seen.died) == signal.SIGKILL
    state = channel.state(actor)
    assert (state.alive, state.state, state.pending) == (False, "X", 0)
    assert state.exit_status == signal.SIGKILL
    late = channel.call(actor, calls.Clock(), PATIENCE)
    assert late.died == signal.SIGKILL
    channel.kill(actor)  # changes nothing


def test_answers_made_before_a_death_are_not_lost(channel: AgentChannel, actor: Actor) -> None:
    done = channel.start(actor, calls.ReadFile("/proc/self/comm"))
    dying = channel.start(actor, calls.OnSignal(signal.SIGTERM, "default"))
    assert channel.wait(dying, PATIENCE) is not None
    channel.kill(actor, signal.SIGTERM)
    seen = channel.wait(done, PATIENCE)
    assert seen is not None
    assert (seen.died, seen.data) == (None, b"actor\n")


def test_calls_of_one_actor_go_in_order_and_of_several_at_once(
    channel: AgentChannel, fifo: str
) -> None:
    reader, writer = channel.spawn(), channel.spawn()
    first = start_blocking_read(channel, reader, fifo)
    second = channel.start(reader, calls.Read(calls.LAST_FD, 1, guard=0))
    blocked(channel, reader)
    channel.start(writer, calls.Open(fifo, os.O_RDWR))
    written = channel.call(writer, calls.Write(calls.LAST_FD, b"12"), PATIENCE)
    one, two = channel.wait(first, PATIENCE), channel.wait(second, PATIENCE)
    assert one is not None
    assert two is not None
    assert (written.ret, one.data, two.data) == (2, b"1", b"2")
    assert one.ended_ns <= two.started_ns


def test_a_call_that_is_late_is_unanswered_and_its_answer_dropped(
    channel: AgentChannel, fifo: str
) -> None:
    actor = channel.spawn()
    channel.call(actor, calls.Open(fifo, os.O_RDWR), PATIENCE)
    with pytest.raises(Unanswered, match="Read in actor 1"):
        channel.call(actor, calls.Read(calls.LAST_FD, 1), 0)
    channel.kill(actor)
    assert channel.call(actor, calls.Clock(), PATIENCE).died == signal.SIGKILL


def test_more_calls_than_the_queue_holds_are_refused(channel: AgentChannel, fifo: str) -> None:
    actor = channel.spawn()
    start_blocking_read(channel, actor, fifo)
    blocked(channel, actor)
    for _ in range(c.MAX_PENDING - 1):
        channel.start(actor, calls.Clock())
    with pytest.raises(Refused) as refused:
        channel.call(actor, calls.Clock(), PATIENCE)
    assert refused.value.code == c.ERROR_QUEUE_FULL
    assert channel.state(actor).pending == c.MAX_PENDING


def test_large_calls_that_pile_up_are_refused_and_nothing_stalls(
    channel: AgentChannel, fifo: str
) -> None:
    actor = channel.spawn()
    read = start_blocking_read(channel, actor, fifo)
    blocked(channel, actor)
    large = calls.Write(calls.LAST_FD, bytes(c.MAX_WRITE))
    tickets = [channel.start(actor, large) for _ in range(c.MAX_PENDING - 1)]
    assert channel.wait(read, 0) is None
    channel.kill(actor)
    ends = set()
    for ticket in tickets:
        try:
            seen = channel.wait(ticket, PATIENCE)
            assert seen is not None
            ends.add("died" if seen.died is not None else "answered")
        except Refused as refused:
            assert refused.code == c.ERROR_QUEUE_FULL
            ends.add("refused")
    assert "died" in ends


def test_answers_nobody_reads_do_not_stop_the_sending(channel: AgentChannel) -> None:
    """4 MiB of answers against 4 MiB of requests: more than the sockets between us hold."""
    actors = [channel.spawn() for _ in range(2)]
    for actor in actors:
        assert channel.call(actor, calls.Open("/dev/zero", os.O_RDWR), PATIENCE).ret >= 0
    read = calls.Read(calls.LAST_FD, c.MAX_READ_AREA, guard=0)
    tickets = [channel.start(actor, read) for _ in range(32) for actor in actors]
    for _ in range(40):
        channel.clock()
    for ticket in tickets:
        seen = channel.wait(ticket, PATIENCE)
        assert seen is not None
        assert seen.ret == c.MAX_READ_AREA


def test_there_is_a_limit_to_living_actors_and_dead_ones_make_room(channel: AgentChannel) -> None:
    actors = [channel.spawn() for _ in range(c.MAX_ACTORS)]
    with pytest.raises(Refused) as refused:
        channel.spawn()
    assert refused.value.code == c.ERROR_SPAWN
    channel.kill(actors[7])
    assert channel.call(actors[7], calls.Clock(), PATIENCE).died is not None
    assert channel.spawn().id == c.MAX_ACTORS + 1
    with pytest.raises(Refused) as refused:
        channel.state(actors[7])
    assert refused.value.code == c.ERROR_NO_ACTOR


def test_a_processor_that_is_not_there_is_refused(channel: AgentChannel) -> None:
    with pytest.raises(Refused) as refused:
        channel.spawn(cpu=100_000)
    assert (refused.value.code, refused.value.errno) == (c.ERROR_SPAWN, 22)
    assert channel.spawn().id == 1


def test_an_actor_cannot_close_its_own_line(channel: AgentChannel, actor: Actor) -> None:
    assert channel.call(actor, calls.Close(1000), PATIENCE).errno == 9
    assert channel.call(actor, calls.Clock(), PATIENCE).died is None


def test_a_second_hello_begins_anew(channel: AgentChannel, fifo: str) -> None:
    old = channel.spawn()
    start_blocking_read(channel, old, fifo)
    blocked(channel, old)
    channel.hello(PATIENCE)
    with pytest.raises(Refused):
        channel.state(old)
    assert channel.spawn().id == 1


def test_actors_end_with_their_agent(
    agent_program: Path, start_over_socket: Starter, fifo: str
) -> None:
    process, ours = start_over_socket([str(agent_program), "--stdio"])
    with AgentChannel(ours) as channel:
        channel.hello(PATIENCE)
        actor = channel.spawn()
        start_blocking_read(channel, actor, fifo)
        blocked(channel, actor)
        ended = os.pidfd_open(actor.pid)
    assert process.wait(PATIENCE) == 0
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    assert waiting.poll(PATIENCE * 1000), "the blocked actor outlived its agent"
    os.close(ended)


@pytest.mark.parametrize("size", [0, 1, c.MAX_CHUNK, 3 * c.MAX_CHUNK + 5])
def test_files_are_put_whole(channel: AgentChannel, tmp_path: Path, size: int) -> None:
    path = tmp_path / "new" / "folder" / "file"
    content = os.urandom(size)
    channel.put(str(path), os.urandom(100))
    channel.put(str(path), content)
    assert path.read_bytes() == content


def test_only_plain_files_are_put(channel: AgentChannel, tmp_path: Path, fifo: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (fifo, str(tmp_path), str(tmp_path / "link"), "/dev/null", "relative"):
        with pytest.raises(Refused) as refused:
            channel.put(path, b"x")
        assert refused.value.code == c.ERROR_PUT
    assert not (tmp_path / "elsewhere").exists()
