"""The two kinds of failure that are not a verdict.

A student's defect is never an exception: it is a verdict or a finding. What is raised is either
input that cannot be marked at all, or a fault of the platform, and the two must never be mixed up:
the first is told to the student, the second is retried and never costs a point.
"""

from __future__ import annotations

from grader.texts import Text, same


class RingmarkError(Exception):
    """Base of everything that the engine raises on purpose. The message is for a person."""


class UnusableInput(RingmarkError):
    """What was handed in cannot be marked: the message says what, where and what to do.

    ``text`` is it in both languages; as a string it is in English, or as it was given.
    """

    def __init__(self, message: Text | str):
        self.text = same(message) if isinstance(message, str) else message
        super().__init__(self.text.en)


class PlatformFault(RingmarkError):
    """Something of ours failed (QEMU, sandbox, image, disk). Never a student's loss."""


class ImageMissing(PlatformFault):
    """No built image at the place looked at."""
