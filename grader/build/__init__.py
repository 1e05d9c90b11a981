"""SourceTree -> Module, or what the compiler had to say. Read ``kbuild.py`` first.

May import ``grader.errors``, ``grader.image``, ``grader.intake``, ``grader.jail`` and
``grader.report``. Nothing of the student's is ever compiled outside a sandbox.
"""

from grader.build.advice import advice
from grader.build.kbuild import BuildResult, Module, build_module
from grader.build.opening import open_sandbox
from grader.build.sandbox import Job, JobLimits, Outcome, Sandbox
from grader.build.symbols import Place, Query, Symbols

__all__ = [
    "BuildResult",
    "Job",
    "JobLimits",
    "Module",
    "Outcome",
    "Place",
    "Query",
    "Sandbox",
    "Symbols",
    "advice",
    "build_module",
    "open_sandbox",
]
