"""A report with everything that a result page can show, and any text wherever a module, a compiler
or a guest can put one.
"""

from __future__ import annotations

import json

from grader.report import (
    Buffer,
    CheckReport,
    Diagnostic,
    Finding,
    FindingPlace,
    Report,
    Step,
)
from grader.rubric import Rubric
from grader.texts import Text
from tests.webapp.support import reports
from tests.webapp.support.reports import bytes_of, step


def rich_report(seed: int, words: str = "", rubric: Rubric | None = None) -> Report:
    """``words`` stand in every text of it. Two criteria failed: one with a picture of the buffer,
    one in which somebody waited.
    """
    base = reports.report(
        "defect", seed, rubric, {"tp1.order": "fail", "tp1.overwrite": "fail", "tp1.store": "fail"}
    )
    criteria = []
    for number, criterion in enumerate(base.criteria):
        checks = criterion.checks
        if criterion.verdict == "fail":
            steps = _waited(words) if number % 2 else _stored(words)
            checks = tuple(_told(each, steps, words) for each in checks)
        criteria.append(
            criterion.model_copy(
                update={"checks": checks, "feedback": f"{criterion.feedback} {words}"}
            )
        )
    return base.model_copy(
        update={
            "criteria": tuple(criteria),
            "findings": _findings(words),
            "build": base.build.model_copy(
                update={"diagnostics": _diagnostics(words), "log": f"  CC [M]  ring.o {words}\n"}
            ),
            "journal": _journal(words),
            "console": f"{reports.OOPS}{words}\n",
        }
    )


def _told(check: CheckReport, steps: tuple[Step, ...], words: str) -> CheckReport:
    return check.model_copy(
        update={
            "transcript": steps,
            "reason": f"the third shell read another byte {words}",
            "fr": {"reason": f"le troisième shell a lu un autre octet {words}"},
            "journal": _journal(words),
            "console": f"{reports.OOPS}{words}\n",
        }
    )


def _stored(words: str) -> tuple[Step, ...]:
    """Latin-1 alone can be in a buffer; of the words, what fits."""
    inside = "".join(char for char in f"ab{words}" if ord(char) < 256)[:14]
    before = Buffer(capacity=16, start=5, content=inside)
    two = bytes_of(2, f" {words}")
    return (
        step(actor=f"shell-1 {words}", action=f"echo ab {words}", expected=two,
             seen=two, ok=True, command=f"printf %s 'ab' # {words}"),
        step(actor=f"shell-2 {words}", action="cat", expected="a", seen=f"b {words}", ok=False,
             command=f"cat /dev/asee_mod # {words}", before=before,
             after=Buffer(capacity=16, start=7, content=inside[2:]), got=f"b{words}"),
    )  # fmt: skip


def _waited(words: str) -> tuple[Step, ...]:
    reader, writer = f"reader {words}", f"writer {words}"
    return (
        step(actor=reader, action=f"cat {words}", event="starts", command=f"cat & # {words}"),
        step(actor=reader, action=Text("sleeps", "dort"), event="waits", ok=True),
        step(actor=writer, action=f"echo x {words}", seen=bytes_of(2, f" {words}"), ok=True),
        step(actor="", action=Text("interrupt", "interruption"), event="interrupts"),
        step(actor=reader, action=Text(f"is woken {words}", f"est réveillé {words}"),
             event="returns", expected="x", seen=Text(f"nothing {words}", f"rien {words}"),
             ok=False),
        step(actor=writer, action=Text("still in its call", "encore dans son appel"),
             event="starts"),
    )  # fmt: skip


def _findings(words: str) -> tuple[Finding, ...]:
    places = (
        FindingPlace(role="stack", function=f"dev_read {words}", file="ring.c", line=2),
        FindingPlace(role="held-lock", function=f"dev_write {words}", file="ring.c", line=3,
                     lock=f"&ring->lock {words}"),
        FindingPlace(role="dependency", function=f"dev_open {words}", file=f"other {words}.c",
                     line=4, lock=f"&other {words}"),
    )  # fmt: skip
    return (
        Finding(kind="lockdep", title=f"possible circular locking {words}", file="ring.c", line=2,
                function=f"dev_read {words}", text=f"{reports.OOPS}{words}", places=places),
        Finding(kind="oops", title=f"NULL pointer {words}", file=f"none {words}.c", line=3,
                function=f"f {words}", check="order.three", text=f"{reports.OOPS}{words}"),
        Finding(kind="static", title=f"copy_to_user is not looked at {words}", file="ring.c",
                line=3, advice=True, text=words),
        Finding(kind="build-warning", title=f"unused variable {words}", file="ring.c", line=2),
    )  # fmt: skip


def _diagnostics(words: str) -> tuple[Diagnostic, ...]:
    return (
        Diagnostic(severity="warning", message=f"unused variable 'x' {words}", file="ring.c",
                   line=2, column=5, option=f"-Wunused-variable{words}"),
        Diagnostic(severity="error", message=f"modpost: undefined {words}"),
        Diagnostic(severity="note", message=f"declared here {words}", file="ring.c", line=1),
    )  # fmt: skip


def _journal(words: str) -> str:
    entry = {
        "__REALTIME_TIMESTAMP": "1732410000423456",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": f"kernel {words}",
        "MESSAGE": f"asee_mod: {words}",
    }
    return f"{reports.JOURNAL}\n{json.dumps(entry)}\n{words}"
