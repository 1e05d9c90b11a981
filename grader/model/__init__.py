"""What the course's device should do, executable. Pure: knows no guest, no rubric, no I/O."""

from grader.model.ring import Belief, Policy, Ring, start

__all__ = ["Belief", "Policy", "Ring", "start"]
