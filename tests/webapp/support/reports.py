"""Reports as the engine makes them, for pages that need a marked submission."""

from __future__ import annotations

import json
from collections.abc import Mapping

from grader.report import (
    BuildReport,
    CheckReport,
    CriterionReport,
    CriterionText,
    Diagnostic,
    Finding,
    Report,
    RubricName,
    Step,
    Verdict,
    said,
)
from grader.rubric import Rubric, load_rubric
from grader.texts import Text

EVIL = "<script>alert(1)</script>\x1b[31m\u202egpj.exe\x00"

IN_ANOTHER_ORDER = Text(
    "the third shell read the bytes in another order",
    "le troisième shell a lu les octets dans un autre ordre",
)
JOURNAL = "\n".join(
    json.dumps(entry)
    for entry in (
        {
            "__REALTIME_TIMESTAMP": "1732410000123456",
            "PRIORITY": "6",
            "SYSLOG_IDENTIFIER": "kernel",
            "MESSAGE": "asee_mod: loaded",
        },
        {
            "__REALTIME_TIMESTAMP": "1732410000223456",
            "PRIORITY": "4",
            "SYSLOG_IDENTIFIER": "kernel",
            "MESSAGE": "asee_mod: buffer full, overwriting",
        },
        {
            "__REALTIME_TIMESTAMP": "1732410000323456",
            "PRIORITY": "1",
            "SYSLOG_IDENTIFIER": "kernel",
            "MESSAGE": "BUG: kernel NULL pointer dereference, address: 0000000000000000",
        },
    )
)

OOPS = """BUG: kernel NULL pointer dereference, address: 0000000000000000
#PF: supervisor write access in kernel mode
Oops: Oops: 0002 [#1] PREEMPT SMP KASAN
RIP: 0010:dev_write+0x2f/0x90 [ring]
Call Trace:
 <TASK>
 vfs_write+0x1c2/0x9a0
 ksys_write+0xd1/0x1b0
 do_syscall_64+0x6c/0x140
"""


def bytes_of(count: int, words: str = "") -> Text:
    return Text(f"{count} bytes{words}", f"{count} octets{words}")


def step(**fields: object) -> Step:
    """Its texts may be :class:`Text`, as the engine's are."""
    return Step.model_validate(fields)


GOOD_STEPS = (
    step(actor="shell-1", action="echo kR7mQ", expected=bytes_of(6), seen=bytes_of(6), ok=True),
    step(actor="shell-2", action="echo Zx4", expected=bytes_of(4), seen=bytes_of(4), ok=True),
    step(actor="shell-3", action="cat", expected="kR7mQ\\nZx4\\n", seen="kR7mQ\\nZx4\\n", ok=True),
)
BAD_STEPS = (
    *GOOD_STEPS[:2],
    step(
        actor="shell-3",
        action="cat",
        expected="kR7mQ\\nZx4\\n",
        seen="Zx4\\nkR7mQ\\n",
        ok=False,
    ),
)


def report(
    kind: str,
    seed: int,
    rubric: Rubric | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
) -> Report:
    """``perfect``, ``defect``, ``panic``, ``no-build``, ``hostile`` or ``platform``; of TP1's
    shipped rubric, unless another is given. ``verdicts``: those that differ from the kind's.
    """
    rubric = rubric or load_rubric("tp1")
    all_left_out: dict[str, Verdict] = {each.id: "not-run" for each in rubric.criteria}
    by_kind: dict[str, dict[str, Verdict]] = {
        "defect": {"tp1.order": "fail"},
        "panic": {"tp1.returns": "fail", "tp1.clean": "fail"},
        "hostile": {"tp1.store": "fail"},
        "no-build": {**all_left_out, "tp1.build": "fail"},
        "platform": {"tp1.order": "error"},
    }
    lost = by_kind.get(kind, {}) | (verdicts or {})
    criteria = []
    for criterion in rubric.criteria:
        verdict: Verdict = lost.get(criterion.id, "pass")
        feedback = {
            "pass": "",
            "fail": "The third shell read 'Zx4' before 'kR7mQ', which had been written first.\n"
            "Look at where read starts: it has to be the oldest character.",
            "not-run": "Not tried: the module does not compile.",
            "error": "This could not be tried: our fault.",
        }[verdict]
        if kind == "hostile":
            feedback = f"{feedback} {EVIL}"
        criteria.append(
            CriterionReport(
                id=criterion.id,
                title=criterion.title.en,
                verdict=verdict,
                points=criterion.points if verdict == "pass" else 0,
                max_points=criterion.points,
                feedback=feedback,
                texts={"fr": CriterionText(title=criterion.title.fr, feedback="En français.")},
                checks=tuple(_check(check.id, verdict, kind) for check in criterion.checks),
            )
        )
    withheld = kind == "platform"
    return Report(
        status="error" if withheld else "graded",
        message="QEMU ended before it answered" if withheld else "",
        tp="tp1",
        rubric=RubricName(id=rubric.id, version=rubric.version),
        image="sample",
        seed=seed,
        score=None if withheld else sum(each.points for each in criteria),
        max_score=rubric.max_score,
        criteria=tuple(criteria),
        findings=_findings(kind),
        build=_build(kind),
        journal=JOURNAL if kind != "hostile" else f"{JOURNAL}\n{EVIL}\n" + '{"MESSAGE": [27, 91]}',
        console=OOPS if kind == "panic" else (EVIL if kind == "hostile" else ""),
        timings={"build": 1.9, "checks": 6.2},
    )


def _check(identifier: str, verdict: Verdict, kind: str) -> CheckReport:
    failed = verdict == "fail"
    steps: tuple[Step, ...] = BAD_STEPS if failed else GOOD_STEPS
    if kind == "hostile" and failed:
        steps = (Step(actor=EVIL, action=EVIL, expected=EVIL, seen=EVIL, ok=False),)
    return CheckReport(
        id=identifier,
        verdict=verdict,
        seconds=0.41,
        transcript=() if verdict == "not-run" else steps,
        **said("reason", IN_ANOTHER_ORDER if failed else None),
        console=OOPS if kind == "panic" and failed else "",
        journal=JOURNAL if failed else "",
    )


def _findings(kind: str) -> tuple[Finding, ...]:
    warning = Finding(kind="build-warning", title="unused variable 'x'", file="ring.c", line=2)
    if kind == "panic":
        oops = Finding(
            kind="oops",
            title="BUG: kernel NULL pointer dereference in dev_write",
            file="ring.c",
            line=3,
            function="dev_write",
            check="returns.nothing",
            text=OOPS,
        )
        panic = Finding(kind="panic", title="Kernel panic - not syncing", check="returns.nothing")
        return warning, oops, panic
    if kind == "hostile":
        return (Finding(kind="warn", title=EVIL, function=EVIL, check=EVIL, text=EVIL),)
    return (warning,)


def _build(kind: str) -> BuildReport:
    unused = Diagnostic(
        severity="warning",
        message="unused variable 'x'",
        file="ring.c",
        line=2,
        column=5,
        option="-Wunused-variable",
    )
    if kind == "no-build":
        error = Diagnostic(
            severity="error", message="expected ';' before '}' token", file="ring.c", line=3
        )
        linker = Diagnostic(severity="error", message='modpost: "irq_to_desc" undefined!')
        return BuildReport(ok=False, diagnostics=(unused, error, linker), log="make: *** Error 2\n")
    if kind == "hostile":
        evil = Diagnostic(severity="error", message=EVIL, file="ring.c", line=1)
        return BuildReport(ok=True, diagnostics=(evil,), log=EVIL)
    return BuildReport(ok=True, diagnostics=(unused,), log="  CC [M]  ring.o\n  LD [M]  ring.ko\n")
