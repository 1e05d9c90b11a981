"""What can go wrong between the host and the agent."""

from __future__ import annotations

from grader.errors import RingmarkError


class ChannelClosed(RingmarkError):
    """The guest is gone, or its end of the channel is."""


class ProtocolViolation(RingmarkError):
    """The guest sent something that the protocol does not allow. A hostile module can."""


class Unanswered(RingmarkError):
    """A deadline passed; the message says what was waited for."""


class Refused(RingmarkError):
    """The agent could not do what was asked, or not understand it. ``errno`` is 0 or says why."""

    def __init__(self, message: str, code: int, errno: int) -> None:
        super().__init__(message)
        self.code = code
        self.errno = errno
