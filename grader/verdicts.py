"""From decided checks to criteria: verdicts, points and the words that go with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader.checks.run import CheckResult
from grader.checks.say import NO_WORDS, Text
from grader.report import (
    CheckReport,
    CriterionReport,
    CriterionText,
    Diagnostic,
    Finding,
    FindingKind,
    Step,
    Verdict,
    said,
)
from grader.rubric.schema import Criterion

PASSED = Text("Passed.", "Réussi.")
BUILD_FAILED = Text("the build failed: see its log", "échec de la compilation : voir le journal")
WITHHELD = Text(
    "The platform could not decide this. It is our fault, not yours: the mark is withheld and "
    "your instructor is told.",
    "La plate-forme n'a pas pu en décider. C'est notre faute, pas la vôtre : la note est retenue "
    "et votre enseignant est prévenu.",
)


@dataclass(frozen=True)
class Decision:
    """A criterion's verdict and why, in both languages."""

    verdict: Verdict
    feedback: Text


def decide(criterion: Criterion, results: Sequence[CheckResult]) -> Decision:
    """A criterion passes when all its checks do, but for those that met nothing to try; not all of
    them can be such. One that could not be decided withholds it.
    """
    if any(result.verdict == "error" for result in results):
        return Decision("error", WITHHELD)
    failed = [r for r in results if r.verdict == "fail" and r.outcome.reason is not None]
    if not failed:
        untried = [r.outcome.reason for r in results if r.verdict == "not-run"]
        if untried and len(untried) == len(results) and untried[0] is not None:
            return not_run(untried[0])
        return Decision("pass", PASSED)
    reason = failed[0].outcome.reason
    assert reason is not None
    return Decision("fail", with_hint(criterion, reason))


def decide_clean(
    criterion: Criterion,
    found: Sequence[Finding],
    kinds: Collection[FindingKind],
    results: Collection[CheckResult],
) -> Decision:
    """Lost to any of the module's findings of these kinds, but for those that another check has
    judged by itself; undecided while a check is.
    """
    judged = {name for result in results for name in result.outcome.judged_reports}
    mine = [
        f
        for f in found
        if not (f.ours or f.advice) and f.kind in kinds and (f.kind, f.title) not in judged
    ]
    if mine:
        return Decision("fail", with_hint(criterion, _reported(mine[0])))
    if any(result.verdict == "error" for result in results):
        return Decision("error", WITHHELD)
    return Decision("pass", PASSED)


def _reported(first: Finding) -> Text:
    place = f" ({first.file}:{first.line})" if first.file and first.line else ""
    en = f" in {first.function}()" if first.function else ""
    fr = f" dans {first.function}()" if first.function else ""
    if first.kind == "leak" and first.function:
        # The line is that of the allocation; the fault is where it should have been freed.
        en, fr = f", allocated{en}", f", alloués{fr}"
    other = _other_use(first)
    title = Text(_bare(first.title, first), _bare(first.told("fr").title, first))
    return Text(
        f"the kernel reported: {title.en}{en}{place}{other.en}, in the check '{first.check}'",
        f"le noyau a signalé : {title.fr}{fr}{place}{other.fr}, pendant la vérification "
        f"« {first.check} »",
    )


def _other_use(first: Finding) -> Text:
    """Where else a lock was taken that the kernel complains of: often it is there that the mistake
    is, as of a lock that a handler shares.
    """
    if first.kind != "lockdep":
        return NO_WORDS
    here = (first.file, first.line)
    for place in first.places:
        if place.role == "dependency" and place.line and (place.file, place.line) != here:
            where = f"{place.function}() ({place.file}:{place.line})"
            return Text(f", against {where}", f", face à {where}")
    return NO_WORDS


def _bare(title: str, first: Finding) -> str:
    """Without the function or the line at its end, which is said beside it."""
    for where in filter(None, (first.function, f"{first.file}:{first.line}")):
        title = title.removesuffix(f" in {where}").removesuffix(f" dans {where}")
    return title


def compiler_says(error: Diagnostic) -> Text:
    """The first of its errors, or what we say in its place (:mod:`grader.build.kbuild`)."""
    message = Text(error.message, error.told("fr").message)
    if "message" in error.fr:
        return message
    place = f"{error.file}:{error.line}: " if error.file and error.line else ""
    return Text(
        f"the compiler says: {place}{message.en}", f"le compilateur dit : {place}{message.fr}"
    )


def with_hint(criterion: Criterion, reason: Text) -> Text:
    """What was seen, then what to look at."""
    return Text(
        f"{_sentence(reason.en)} {criterion.hint.en}", f"{_sentence(reason.fr)} {criterion.hint.fr}"
    )


def not_run(because: Text) -> Decision:
    return Decision(
        "not-run",
        Text(f"Not tried: {because.en}.", f"Pas essayé : {because.fr}."),
    )


def _sentence(text: str) -> str:
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    # A C function's name keeps its case, and so does a command.
    start = (
        text
        if "(" in first or "/" in first or first in ("cat", "echo", "rmmod")
        else text[:1].upper() + text[1:]
    )
    return start + ("" if text.endswith((".", "?", "!")) else ".")


def criterion_report(
    criterion: Criterion, decision: Decision, checks: Sequence[CheckReport] = ()
) -> CriterionReport:
    texts = {
        language: CriterionText(
            title=criterion.title.get(language), feedback=getattr(decision.feedback, language)
        )
        for language in ("en", "fr")
    }
    return CriterionReport(
        id=criterion.id,
        title=texts["en"].title,
        verdict=decision.verdict,
        points=criterion.points if decision.verdict == "pass" else 0,
        max_points=criterion.points,
        feedback=texts["en"].feedback,
        checks=tuple(checks),
        texts=texts,
    )


def check_report(result: CheckResult) -> CheckReport:
    reason = result.outcome.reason
    return CheckReport(
        id=result.check,
        verdict=result.verdict,
        seconds=round(result.seconds, 3),
        transcript=_kept(result),
        streams=result.outcome.streams if result.verdict != "pass" else None,
        journal=result.journal,
        console=result.console,
        **said("reason", reason),
    )


def _kept(result: CheckResult) -> tuple[Step, ...]:
    """The story; that of a pass without what only pictures of a failure need."""
    if result.verdict != "pass":
        return result.outcome.steps
    bare = {"before": None, "after": None, "got": None}
    return tuple(step.model_copy(update=bare) for step in result.outcome.steps)


def unrun_check_report(check: str, verdict: Verdict, reason: Text) -> CheckReport:
    return CheckReport(id=check, verdict=verdict, seconds=0, **said("reason", reason))
