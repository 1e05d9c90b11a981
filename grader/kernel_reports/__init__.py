"""What the kernel complained about: console text in, reports and the module's part in them out.

Pure functions on text: no files, no guest, no Django. Imports nothing of the engine but the
names of the finding kinds (``grader.report``) and ``grader.texts``. ``docs/kernel-reports.md``
says what each kind means and how blame is decided; a new kernel message is a new row in
:mod:`.formats`.
"""

from grader.kernel_reports.blame import (
    MODULE_AREA,
    first_cause,
    involves_module,
    module_frame,
    module_frames,
)
from grader.kernel_reports.find import find_reports, lockdep_disabled
from grader.kernel_reports.french import title_in_both
from grader.kernel_reports.leaks import parse_kmemleak
from grader.kernel_reports.model import Entry, Frame, KernelReport, Role

__all__ = [
    "MODULE_AREA",
    "Entry",
    "Frame",
    "KernelReport",
    "Role",
    "find_reports",
    "first_cause",
    "involves_module",
    "lockdep_disabled",
    "module_frame",
    "module_frames",
    "parse_kmemleak",
    "title_in_both",
]
