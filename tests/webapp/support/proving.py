"""A TP with known modules, and markings of a proof that end as a test says."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from grader.intake import Upload, read_upload
from grader.report import Verdict
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School
from webapp.proving.models import Proof, ProofRun
from webapp.proving.proofs import start
from webapp.rubrics.known import Described, store_known
from webapp.rubrics.models import KnownModule, ModuleKind, RubricVersion
from webapp.rubrics.versions import store_version
from webapp.submissions import claims
from webapp.submissions.models import Marking

#: Goes before tp1.clean: a criterion that none of the known modules loses.
EXTRA = """\
  - id: tp1.extra
    points: 1
    title: {en: "It reads twice", fr: "Il lit deux fois"}
    description: {en: "Reading twice works.", fr: "Lire deux fois marche."}
    hint: {en: "Look at read.", fr: "Regardez read."}
    checks:
      - {id: extra.again, kind: reload, cycles: 2}

"""


def known(
    school: School, name: str, *loses: str, seed: int = 0, reference: bool = False
) -> KnownModule:
    """A module of files of its own; ``seed`` tells the paced marker what it loses."""
    kind = ModuleKind.REFERENCE if reference else ModuleKind.DEFECTIVE
    tree = read_upload([Upload("ring.c", MODULE + f"/* {name} */\n".encode())])
    described = Described(name, kind, f"Why {name}.", loses, tree)
    return store_known(school.assignment, described, seed, timezone.now(), school.instructor)


def version_1(school: School) -> RubricVersion:
    return RubricVersion.objects.get(assignment=school.assignment, number=1)


def new_version(school: School, extra: str = "") -> RubricVersion:
    """The shipped rubric as the next version; ``extra``: criteria before its last."""
    text = version_1(school).text.replace("  - id: tp1.clean\n", f"{extra}  - id: tp1.clean\n")
    version = store_version(school.assignment, text, timezone.now(), school.instructor)
    version.assignment = school.assignment
    return version


def end(run: ProofRun, **verdicts: Verdict) -> None:
    """Mark a run: all passes, but for what is named, without its ``tp1.`` and ``_`` for ``-``."""
    now = timezone.now()
    claim = claims.claim(run.marking_id, now)
    assert claim is not None
    named = {f"tp1.{name.replace('_', '-')}": verdict for name, verdict in verdicts.items()}
    report = reports.report("perfect", run.module.seed, run.proof.rubric.parsed, named)
    assert claims.finish(claim, report, now)


def end_as_due(run: ProofRun) -> None:
    end(run, **{each.removeprefix("tp1.").replace("-", "_"): "fail" for each in run.module.loses})


def break_down(run: ProofRun, fault: str = "QEMU ended before it answered") -> None:
    """The platform fails until it gives up."""
    while True:
        marking = Marking.objects.get(pk=run.marking_id)
        if marking.is_final:
            return
        now = marking.not_before or timezone.now()
        claim = claims.claim(run.marking_id, now)
        assert claim is not None
        claims.fail(claim, fault, now)


@dataclass(frozen=True)
class Tp:
    """Known modules that together lose every criterion of the shipped rubric."""

    school: School
    version: RubricVersion

    def prove(self) -> Proof:
        return start(self.version, self.school.instructor, timezone.now())

    def runs(self, proof: Proof) -> dict[str, ProofRun]:
        runs = proof.runs.select_related("proof__rubric", "module", "marking")
        return {run.module.name: run for run in runs}

    def proven(self) -> Proof:
        """A proof that has ended as it should."""
        proof = self.prove()
        for run in self.runs(proof).values():
            end_as_due(run)
        return proof

    def args(self, *more: object) -> list[object]:
        given = self.school.assignment
        return [given.course.slug, given.tp, self.version.number, *more]


def make_tp(school: School, extra: str = "") -> Tp:
    version = new_version(school, extra)
    known(school, "reference", reference=True)
    known(school, "kfifo", reference=True)
    everything = [each.id for each in version_1(school).parsed.criteria]
    known(school, "first-half", *everything[:6])
    known(school, "second-half", *everything[6:])
    return Tp(school, version)
