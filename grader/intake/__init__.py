"""Upload -> :class:`SourceTree`: names, sizes and archives checked, nothing run, nothing written.

May import ``grader.errors`` and ``grader.texts`` only. Everything that cannot be marked is an
``UnusableInput`` whose message says what, where and what to do, in English and French. What only
the command line can meet (paths) is in English.
"""

from grader.intake.modules import ModulePlan, choose_module
from grader.intake.read import read_path, read_paths, read_upload
from grader.intake.values import DEFAULT, DEVICE, IntakeLimits, SourceFile, SourceTree, Upload

__all__ = [
    "DEFAULT",
    "DEVICE",
    "IntakeLimits",
    "ModulePlan",
    "SourceFile",
    "SourceTree",
    "Upload",
    "choose_module",
    "read_path",
    "read_paths",
    "read_upload",
]
