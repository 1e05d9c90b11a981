"""A school in which every kind of page has something to show, and the list of those pages.

For what has to hold on all of them: accessible, no wider than a phone, inert.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from grader.intake import Upload, read_upload
from tests.webapp.regrading import classroom
from tests.webapp.support import proving
from tests.webapp.support.fixtures import MODULE, School, add_tp, finish, marking_of
from tests.webapp.support.rich import rich_report
from tests.webapp.support.withheld import withhold
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.authoring import drafts
from webapp.corrections.comments import comment
from webapp.corrections.extensions import extend
from webapp.corrections.points import Seen, annul, set_points
from webapp.courses.models import Enrolment
from webapp.proving.models import Proof
from webapp.regrading.models import Regrade
from webapp.rubrics.known import Described, store_known
from webapp.rubrics.models import KnownModule, ModuleKind
from webapp.rubrics.versions import put_in_use, store_version
from webapp.submissions import claims, services
from webapp.submissions.models import Submission

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """A page: what it is called in a failure, whose it is (empty: not logged in)."""

    name: str
    who: str
    address: str
    status: int = 200


@dataclass(frozen=True)
class Everything:
    """``words`` stand in every text that a person, a compiler or a guest can make."""

    school: School
    words: str
    attempts: dict[str, Submission]
    proof: Proof
    module: KnownModule
    regrade: Regrade

    def places(self) -> list[Place]:
        return [*self._open(), *self._of_student(), *self._of_instructor()]

    def _open(self) -> list[Place]:
        return [Place("login", "", reverse("login"))]

    def _of_student(self) -> list[Place]:
        school = self.school
        found = [
            Place("home", "student", reverse("home")),
            Place("password", "student", reverse("password_change")),
            Place("course", "student", school.course.get_absolute_url()),
            Place("no such page", "student", "/courses/none/", 404),
            Place("attempts", "student", reverse("attempts", args=["asee", "tp1"])),
            Place("compare", "student", reverse("compare", args=[self.attempts["rich"].pk])),
        ]
        for tp, kind in (("tp1", "open"), ("tp2", "late"), ("tp3", "closed"), ("tp4", "asks")):
            address = reverse("assignment", args=["asee", tp])
            found.append(Place(f"TP, {kind}", "student", address))
        for kind, attempt in self.attempts.items():
            found.append(Place(f"result, {kind}", "student", attempt.get_absolute_url()))
        return found

    def _of_instructor(self) -> list[Place]:
        tp = ["asee", "tp1"]
        version = [*tp, self.proof.rubric.number]
        run = self.proof.runs.order_by("pk").first()
        assert run is not None
        rich = self.attempts["rich"]
        pages = {
            "home": reverse("home"),
            "course": reverse("course", args=["asee"]),
            "class": reverse("assignment", args=tp),
            "gradebook": reverse("gradebook", args=["asee"]),
            "one student": reverse("student", args=["asee", self.school.student.username]),
            "class report": reverse("class-report", args=tp),
            "result": rich.get_absolute_url(),
            "withheld": self.attempts["withheld"].get_absolute_url(),
            "attempts": reverse("attempts", args=tp) + "?student=student",
            "compare": reverse("compare", args=[rich.pk]),
            "new course": reverse("course-new"),
            "new TP": reverse("tp-new", args=["asee"]),
            "TP settings": reverse("tp-settings", args=tp),
            "rubric": reverse("rubric", args=tp),
            "rubric that another is used of": reverse("rubric", args=["asee", "tp2"]),
            "editor": reverse("rubric-edit", args=tp),
            "editor of another": reverse("rubric-edit", args=["asee", "tp2"]),
            "preview": reverse("rubric-preview", args=["asee", "tp2"]),
            "preview of a draft": reverse("rubric-preview", args=tp),
            "version": reverse("rubric-version", args=version),
            "version that was forced": reverse("rubric-version", args=["asee", "tp2", 2]),
            "difference": reverse("rubric-diff", args=tp) + "?old=1&new=3",
            "known modules": reverse("known-modules", args=tp),
            "known module": reverse("known-module", args=[*tp, self.module.pk]),
            "proof": reverse("proof", args=version),
            "proof, forced": reverse("proof", args=["asee", "tp2", 2]),
            "run of a proof": reverse("proof-run", args=[*version, run.pk]),
            "regrades": reverse("regrades", args=tp),
            "new regrade": reverse("regrade-new", args=tp),
            "regrade": self.regrade.get_absolute_url(),
            "extensions": reverse("extensions", args=tp),
            "extensions found": reverse("extensions", args=tp) + "?q=s",
            "extension": reverse("extension", args=[*tp, self.school.student.pk]),
            "audit": reverse("audit", args=["asee"]),
        }
        return [Place(name, "instructor", address) for name, address in pages.items()]


def make_everything(school: School, words: str = "") -> Everything:
    now = timezone.now()
    school.instructor.is_staff = school.instructor.is_superuser = True
    school.instructor.save()
    _tps(school, now)
    attempts = _attempts(school, words)
    _by_hand(school, attempts, words, now)
    module = _known(school, words, now)
    proof = _proof(school, words)
    regrade = _regrade(school, words, now)
    _rubrics(school, words, now)
    record(
        school.instructor, Action.POINTS_SET, f"student {words}", now, course_id=school.course.pk,
        url="/submissions/1/", reason=words, old={"note": words}, new={"note": f"more {words}"},
        names=[words, words],
    )  # fmt: skip
    if words:
        _rename(school, words)
    return Everything(school, words, attempts, proof, module, regrade)


def _tps(school: School, now: dt.datetime) -> None:
    """tp2 takes late work, tp3 is over, tp4 asks for an attribute."""
    for tp, due in (("tp2", now - DAY), ("tp3", now - DAY), ("tp4", now + DAY)):
        assignment = add_tp(school, tp)
        assignment.opens_at, assignment.due_at = now - 9 * DAY, due
        if tp == "tp2":
            assignment.late_days, assignment.late_points_per_day = 5, 1.5
        assignment.save()


def _hand_in(school: School, student: User, mark: str, words: str) -> Submission:
    source = MODULE + f"// {mark}\n// {words}\n".replace("\0", "").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ring.c", source)
        archive.writestr(f"{words}.txt".replace("\0", "").replace("\\", ""), b"left out")
    upload = Upload("ring.zip", packed.getvalue())
    return services.hand_in(student, school.assignment, [upload], timezone.now())


def _attempts(school: School, words: str) -> dict[str, Submission]:
    made = {}
    for kind in ("perfect", "rich", "panic", "no-build", "hostile", "withheld", "waiting"):
        submission = made[kind] = _hand_in(school, school.student, kind, words)
        if kind == "withheld":
            withhold(submission, decided=4)
        elif kind == "rich":
            _finish_rich(submission, words)
        elif kind != "waiting":
            finish(submission, kind)
    return made


def _finish_rich(submission: Submission, words: str) -> None:
    marking, now = marking_of(submission), timezone.now()
    claim = claims.claim(marking.pk, now)
    assert claim is not None
    assert claims.finish(claim, rich_report(submission.seed, words), now)


def _by_hand(school: School, attempts: dict[str, Submission], words: str, now: dt.datetime) -> None:
    rich, by = attempts["rich"], school.instructor
    seen = Seen(marking_of(rich).pk, None)
    set_points(rich, "tp1.order", 1, f"half of it {words}", by, now, seen)
    annul(rich, "tp1.store", f"our fault {words}", by, now, seen)
    comment(rich, "ring.c", 3, f"Why this? {words}", by, now)
    extend(school.assignment, school.student, now + 3 * DAY, f"ill {words}", by, now)


def _known(school: School, words: str, now: dt.datetime) -> KnownModule:
    source = MODULE + f"// of the instructor {words}\n".replace("\0", "").encode()
    tree = read_upload([Upload("ring.c", source)])
    described = Described("loses-order", ModuleKind.DEFECTIVE, f"It does not. {words}",
                          ("tp1.order",), tree)  # fmt: skip
    return store_known(school.assignment, described, 1, now, school.instructor)


def _proof(school: School, words: str) -> Proof:
    """One run of each kind: rich, as due, not as due, broken down, and one that waits."""
    tp = proving.make_tp(school, proving.EXTRA)
    proof = tp.prove()
    runs = proof.runs.select_related("proof__rubric", "module", "marking").order_by("pk")
    first, second, third, fourth, *_ = runs
    claim = claims.claim(first.marking_id, timezone.now())
    assert claim is not None
    report = rich_report(first.module.seed, words, proof.rubric.parsed)
    assert claims.finish(claim, report, timezone.now())
    proving.end_as_due(second)
    proving.end(third, order="fail")
    proving.break_down(fourth, f"QEMU ended {words}")
    return proof


def _regrade(school: School, words: str, now: dt.datetime) -> Regrade:
    """One mark is lost, others stay; one is still being marked."""
    classroom.add_class(school, 6, old={"tp1.order": 0.5}, group=f"=G1{words}")
    version = classroom.second_version(school)
    regrade = classroom.start(school, rubric=version, note=f"too strict {words}")
    markings = list(classroom.Marking.objects.filter(regrade_item__regrade=regrade).order_by("pk"))
    classroom.write_results(markings[:-1], classroom.every_third_loses_order)
    return regrade


def _rubrics(school: School, words: str, now: dt.datetime) -> None:
    """A draft in tp1; of tp2 a version with the words in its texts, in use against its proof."""
    typed = words.replace("\0", "")  # no YAML has it: refused when a draft is saved
    opened = drafts.open_draft(school.assignment)
    drafts.save(school.assignment, f"{opened.text}\n# {typed}\n", opened.token,
                school.instructor, now)  # fmt: skip
    tp2 = school.course.assignments.get(tp="tp2")
    text = proving.RubricVersion.objects.get(assignment=tp2).text
    lines = text.splitlines()
    place = next(n for n, line in enumerate(lines) if line.lstrip().startswith("title: {en:"))
    said = json.dumps(f"It compiles {words}".replace("\0", ""))
    lines[place] = f"    title: {{en: {said}, fr: {said}}}"
    printable = "".join(char for char in words if char.isprintable() or char == "\u202e")
    lines.insert(0, f"# {printable}")
    version = store_version(tp2, "\n".join(lines) + "\n", now, school.instructor, f"milder {words}")
    put_in_use(version, now, school.instructor, forced_because=f"for show {words}")


def _rename(school: School, words: str) -> None:
    """Names as a careless import writes them. User names have a rule of Django's."""
    for user in (school.student, school.fellow, school.instructor):
        user.first_name, user.last_name = f"=cmd() {words}", f"@SUM(A1) {words}"
        user.email = f"+{words}@example.org"
        user.save()
    User.objects.filter(username=school.fellow.username).update(username="-fellow")
    Enrolment.objects.filter(course=school.course).update(group=f"=G1{words}")
    school.course.title = f"Course {words}"
    school.course.save()
    for assignment in school.course.assignments.all():
        assignment.title = f"={assignment.tp} {words}"
        assignment.save()
