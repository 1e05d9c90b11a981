"""Guests: machines that are booted once, saved, and restored for each check.

May be imported from here by the checks and the orchestrator. Imports ``grader.errors``,
``grader.image`` and ``grader.jail`` only; knows no rubric and no verdict.
Start reading in ``hypervisor.py``.
"""

from grader.guest.guest import Guest
from grader.guest.hypervisor import Hypervisor

__all__ = ["Guest", "Hypervisor"]
