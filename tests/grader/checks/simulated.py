"""A device in Python in place of a guest: every defect of the judging can be tried in a moment.

The real guest is what counts and is used by ``tests/grader/test_corpus.py``; here the experiments'
own logic is put through many devices that would each need a module.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field

from grader.checks.operations import FILL
from grader.guest.channel import Observation
from grader.guest.protocol import calls
from grader.report import Step


@dataclass
class Device:
    """A correct TP1 device; subclasses break one thing."""

    capacity: int = 16
    newline: str = "strip"
    content: bytes = b""

    def opened(self) -> None:
        return None

    def released(self) -> None:
        return None

    def write(self, data: bytes) -> int:
        kept = data[:-1] if self.newline == "strip" and data.endswith(b"\n") else data
        self.content = (self.content + kept)[-self.capacity :]
        return len(data)

    def read(self, count: int) -> tuple[int, bytes]:
        """(return value, bytes put into the caller's memory)."""
        got, self.content = self.content[:count], self.content[count:]
        return len(got), got

    def bad_write(self, count: int) -> int:
        return -errno.EFAULT

    def bad_read(self, count: int) -> int:
        return -errno.EFAULT


@dataclass
class SimulatedSession:
    """Answers the calls of the operations from a :class:`Device`."""

    device: Device
    steps: list[Step] = field(default_factory=list)

    def batch(self, name: str, *several: calls.Call) -> list[Observation]:
        return [self.call(name, call) for call in several]

    def call(self, name: str, call: calls.Call) -> Observation:
        match call:
            case calls.Open():
                self.device.opened()
                return _seen(3)
            case calls.Close():
                self.device.released()
                return _seen(0)
            case calls.Write(data=data):
                return _seen(self.device.write(data))
            case calls.WriteBad(count=count):
                return _seen(self.device.bad_write(count))
            case calls.Read(count=count, where="normal", guard=guard):
                ret, put = self.device.read(count)
                return _seen(ret, _memory(count, guard, put))
            case calls.Read(count=count):
                return _seen(self.device.bad_read(count))
        raise AssertionError(f"no such call in a simulated device: {call}")

    def begin(self, actor: str, action: str) -> None:
        return None

    def note(self, actor: str, action: str, **result: str | bool | None) -> None:
        self.steps.append(Step(actor=actor, action=action, **result))  # type: ignore[arg-type]


def _seen(ret: int, data: bytes = b"") -> Observation:
    return Observation(max(ret, -1), -ret if ret < 0 else 0, data, 0, 0)


def _memory(count: int, guard: int, put: bytes) -> bytes:
    whole = bytearray((FILL * (guard * 2 + count))[: guard * 2 + count])
    whole[guard : guard + len(put)] = put
    return bytes(whole)
