"""What a report tells of readers and writers at work when their check has failed."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.at_work import AtWork
from grader.checks.say import Text
from grader.checks.stream_looks import Buffers, find_buffers, look
from grader.model.shuffle import first_wrong
from grader.report import Stream, Streams, WrongByte


def wrong_of(streams: AtWork) -> WrongByte | None:
    """Of the writer to whom it happened first."""
    found = []
    for writer in streams.writers:
        own = set(writer.sequence)
        parts = {
            name: bytes(byte for byte in data if byte in own) for name, data in streams.got.items()
        }
        wrong = first_wrong(writer.sequence, parts)
        if wrong is not None:
            found.append((wrong.position, writer.name, wrong))
    if not found:
        return None
    _, name, wrong = min(found, key=lambda each: each[:2])
    return WrongByte(
        kind=wrong.kind, writer=name, position=wrong.position, value=chr(wrong.value),
        reader=wrong.reader, instead="" if wrong.instead is None else chr(wrong.instead),
    )  # fmt: skip


def told_of(streams: AtWork) -> Streams:
    """What a reader of the report may know of each of them; looks at those that are not done."""
    session, jobs = streams.crowd.session, streams.crowd.jobs
    waiting = streams.crowd.waiting()
    buffers = find_buffers(session) if waiting else Buffers()
    wanted = {writer.name: len(writer.data) for writer in streams.writers}
    lanes, last = [], streams.began
    for name in (*(writer.name for writer in streams.writers), *streams.got):
        if name not in jobs:
            continue
        job, before = jobs[name], streams.moved[name]
        seen = look(session, job, buffers, streams.task.module.name) if job.seen is None else None
        if job.seen is not None:
            moved, state, at = before, "done", job.seen.ended_ns
        elif seen is None:
            moved, state, at = None, "busy", last
        else:
            moved = None if seen.done is None else before + seen.done
            state, at = ("asleep", job.asleep_since) if seen.asleep else ("busy", seen.clock_ns)
        last = max(last, at, seen.clock_ns if seen else 0)
        lanes.append(
            Stream.model_validate({
                "actor": name, "kind": "writes" if name in wanted else "reads",
                "piece": streams.check.piece if name in wanted else streams.check.count,
                "moved": moved, "wanted": wanted.get(name), "state": state,
                "since": _ms(at - streams.began), "function": seen.function if seen else "",
            })
        )  # fmt: skip
    return with_unwoken(
        Streams(
            lanes=tuple(lanes),
            lasted=_ms(last - streams.began),
            capacity=streams.capacity,
            stored=_stored(streams, lanes),
            wrong=streams.wrong,
        )
    )


def _stored(streams: AtWork, lanes: Sequence[Stream]) -> int | None:
    """At least: of a write that is under way a part may be stored as well."""
    policies = streams.task.survey.policies if streams.task.survey else frozenset()
    if policies not in ({"keep"}, {"strip"}) or any(lane.moved is None for lane in lanes):
        return None
    data = {writer.name: writer.data for writer in streams.writers}
    stored = 0
    for lane in lanes:
        moved = lane.moved or 0
        if lane.kind == "reads":
            stored -= moved
        else:
            newlines = data[lane.actor][:moved].count(b"\n") if policies == {"strip"} else 0
            stored += moved - newlines
    # Of a write that is under way all but the last byte may be stored, and read, already.
    under_way = sum(
        lane.piece - 1 for lane in lanes if lane.kind == "writes" and lane.state != "done"
    )
    return 0 if -under_way <= stored < 0 else stored


def with_unwoken(streams: Streams) -> Streams:
    """Says of each that sleeps whether there is something for it."""
    if streams.stored is None:
        return streams
    asleep = [lane for lane in streams.lanes if lane.state == "asleep"]
    # Of the write that a sleeper is in, all but the last byte may be stored.
    most = streams.stored + sum(lane.piece - 1 for lane in asleep if lane.kind == "writes")
    something = {"reads": streams.stored > 0, "writes": most < streams.capacity}
    lanes = (
        lane.model_copy(update={"unwoken": lane in asleep and something[lane.kind]})
        for lane in streams.lanes
    )
    return streams.model_copy(update={"lanes": tuple(lanes)})


def wrong_text(wrong: WrongByte | None) -> Text:
    """Behind a sentence."""
    if wrong is None:
        return Text("", "")
    where, value = f"{wrong.position}", f"'{wrong.value}'"
    if wrong.kind == "doubled":
        return Text(
            f"; first at byte {where} of {wrong.writer}: {value} came to {wrong.reader} again",
            f" ; d'abord à l'octet {where} de {wrong.writer} : {value} est revenu à {wrong.reader}",
        )
    return Text(
        f"; first byte {where} of {wrong.writer}, {value}: it never came",
        f" ; d'abord l'octet {where} de {wrong.writer}, {value} : il n'est jamais venu",
    )


def _ms(nanoseconds: int) -> int:
    return max(0, round(nanoseconds / 1e6))
