"""Who waits for whom on a host that also marks: the site for nobody."""

from __future__ import annotations

from grader.guest.priority import set_nice

#: Ten times the weight of a guest (sched(7), nice values).
FIRST = -10


def put_first(session: int) -> bool:
    """Let a session (its first process) have processors before guests and compilers. False when we
    may not, as without root: guests then step back instead.
    """
    return set_nice(session, FIRST)
