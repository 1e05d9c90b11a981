"""The circular buffer as it is drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.report import Buffer, Step
from webapp.submissions.pictures import ring_of
from webapp.submissions.pictures.ring import BOX, MOST_PLACES, symbol


def wrong(before: Buffer, after: Buffer | None = None, got: str | None = None) -> Step:
    return Step(actor="a", action="cat", ok=False, before=before, after=after, got=got)


def buffer(capacity: int, start: int, content: str) -> Buffer:
    return Buffer(capacity=capacity, start=start, content=content)


def test_what_goes_round_the_end_is_drawn_round_the_end() -> None:
    picture = ring_of([wrong(buffer(4, 3, "abc"))])
    assert picture is not None
    assert [cell.text for cell in picture.before.cells] == ["b", "c", "", "a"]
    assert [cell.state for cell in picture.before.cells] == ["stored", "stored", "free", "stored"]


def test_due_and_came_are_compared_byte_by_byte() -> None:
    picture = ring_of([wrong(buffer(8, 0, "abcd"), buffer(8, 4, ""), got="xabd")])
    assert picture is not None
    assert [(p.due, p.came, p.same) for p in picture.compared] == [
        ("", "x", False), ("a", "a", True), ("b", "b", True), ("c", "", False), ("d", "d", True),
    ]  # fmt: skip
    assert {cell.state for cell in picture.before.cells[:4]} == {"taken"}


def test_more_than_was_due_shows_as_more() -> None:
    picture = ring_of([wrong(buffer(4, 0, "a"), buffer(4, 1, ""), got="ab")])
    assert picture is not None
    assert [(p.due, p.came) for p in picture.compared] == [("a", "a"), ("", "b")]


def test_only_a_wrong_step_on_the_buffer_is_drawn() -> None:
    right = Step(actor="a", action="cat", ok=True, before=buffer(4, 0, ""))
    assert ring_of([right]) is None
    assert ring_of([Step(actor="a", action="rmmod", ok=False)]) is None
    assert ring_of([wrong(buffer(MOST_PLACES + 1, 0, "x"))]) is None


@given(data=st.data(), capacity=st.integers(1, MOST_PLACES))
def test_everything_stored_is_drawn_once_and_inside_the_box(
    data: st.DataObject, capacity: int
) -> None:
    content = data.draw(st.binary(max_size=capacity)).decode("latin-1")
    start = data.draw(st.integers(0, capacity - 1))
    picture = ring_of([wrong(buffer(capacity, start, content))])
    assert picture is not None
    ring = picture.before
    assert len(ring.cells) == capacity
    drawn = [ring.cells[(start + n) % capacity].text for n in range(len(content))]
    assert drawn == [symbol(char) for char in content]
    assert sum(cell.state == "free" for cell in ring.cells) == capacity - len(content)
    assert all(
        value - ring.cell_radius >= 0 and value + ring.cell_radius <= BOX
        for cell in ring.cells
        for value in (cell.x, cell.y)
    )
    assert all(len(symbol(chr(code))) == 1 for code in range(256))
