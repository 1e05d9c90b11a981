"""Every call that the protocol can carry, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.guest.protocol import calls
from grader.guest.protocol import constants as c

i32 = st.integers(-(2**31), 2**31 - 1)
u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
i64 = st.integers(-(2**63), 2**63 - 1)
u16 = st.integers(0, 2**16 - 1)

texts = st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"/")) | st.integers(
    0, c.MAX_TEXT
).map(lambda length: b"a" * length)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
writes = st.binary(max_size=100) | st.integers(0, c.MAX_WRITE).map(bytes)
fills = st.binary(min_size=1, max_size=c.MAX_FILL)
bad = st.sampled_from(["unmapped", "null", "kernel", "readonly"])


@st.composite
def good_reads(draw: st.DrawFn) -> calls.Read:
    guard = draw(st.integers(0, c.MAX_GUARD))
    count = draw(st.integers(0, c.MAX_READ_AREA - 2 * guard))
    return calls.Read(draw(i32), count, "normal", guard, draw(fills))


pieces = st.integers(1, c.MAX_PIECE)


@st.composite
def streams_read(draw: st.DrawFn) -> calls.ReadStream:
    count = draw(pieces)
    cap = draw(st.integers(count, c.MAX_READ_AREA))
    return calls.ReadStream(draw(i32), count, draw(st.integers(0, 255)), cap)


may_fail = st.one_of(
    st.builds(calls.Open, texts, i32, u32),
    good_reads(),
    st.builds(calls.Write, i32, writes),
    st.builds(calls.WriteFile, texts, writes),
    st.builds(calls.InsertModule, texts, names, i32),
)

any_call: st.SearchStrategy[calls.Call] = st.one_of(
    st.builds(calls.Open, texts, i32, u32),
    st.builds(calls.Close, i32),
    good_reads(),
    st.builds(calls.Read, i32, u64, bad, u32, fills),
    st.builds(calls.Write, i32, writes),
    st.builds(calls.WriteBad, i32, u64, st.sampled_from(["unmapped", "null", "kernel"])),
    st.builds(calls.Lseek, i32, i64, i32),
    st.builds(calls.Ioctl, i32, u64, u64),
    st.builds(calls.Fcntl, i32, i32, u64),
    st.builds(calls.Poll, i32, u16, i32),
    st.builds(calls.InsertModule, texts, names, i32),
    st.builds(calls.DeleteModule, names, i32),
    st.builds(calls.MakeNode, texts, u32, u32, u32),
    st.builds(calls.Unlink, texts),
    st.builds(calls.MakeFolder, texts, u32),
    st.builds(calls.Stat, texts, st.booleans()),
    st.builds(calls.ListDir, texts, st.integers(0, c.MAX_ENTRIES)),
    st.builds(calls.ReadFile, texts, st.integers(0, c.MAX_DATA), u64),
    st.builds(calls.WriteFile, texts, writes),
    st.builds(calls.ConsoleLevel, i32),
    st.builds(
        calls.Kmsg,
        st.integers(c.MIN_KMSG_CAP, c.MAX_DATA),
        u64,
        st.sampled_from(["continue", "oldest", "end"]),
    ),
    st.just(calls.Clock()),
    st.builds(
        calls.Run,
        st.lists(
            st.binary(max_size=20).map(lambda b: b.replace(b"\0", b"")),
            min_size=1,
            max_size=c.MAX_ARGUMENTS,
        ).map(tuple),
        st.integers(0, c.MAX_OUTPUT),
        texts,
    ),
    st.builds(calls.Affinity, st.none() | i32),
    st.builds(calls.Nice, i32),
    st.builds(calls.WriteStream, i32, pieces, writes),
    streams_read(),
    st.builds(calls.FailNth, st.integers(1, 2**32 - 1), may_fail),
    st.builds(calls.OnSignal, i32, st.sampled_from(["default", "ignore", "catch", "restart"])),
)
