"""Looking for students: by name, by group, by how a TP went."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment, Enrolment, Role
from webapp.gradebook.book import Book
from webapp.submissions.models import Standing, State
from webapp.submissions.templatetags.text import visible_text


class Went(TextChoices):
    NOTHING = "none", _("nothing handed in")
    WITHHELD = "withheld", _("withheld")
    LOW = "low", _("below half")
    LATE = "late", _("late")


class BookFilter(django_filters.FilterSet):
    """``tp`` alone chooses nothing; with ``state`` it says in which TP, without it in any."""

    q = django_filters.CharFilter(method="by_name", label=_("Name"))
    group = django_filters.ChoiceFilter(label=_("Group"), empty_label=_("all"))
    state = django_filters.ChoiceFilter(
        method="by_state", choices=Went.choices, label=_("Only"), empty_label=_("everybody")
    )
    tp = django_filters.ChoiceFilter(method="nothing_alone", label=_("In"), empty_label=_("any TP"))

    class Meta:
        model = Enrolment
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, book: Book, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = book
        self.filters["group"].extra["choices"] = [
            (each, visible_text(each)) for each in groups_of(book)
        ]
        self.filters["tp"].extra["choices"] = [
            (each.tp, visible_text(each.title)) for each in book.assignments
        ]

    def by_name(self, rows: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        """Every word has to be in the name or the login."""
        for word in value.split()[:8]:
            rows = rows.filter(
                Q(user__last_name__icontains=word)
                | Q(user__first_name__icontains=word)
                | Q(user__username__icontains=word)
            )
        return rows

    def by_state(self, rows: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        chosen = self.form.cleaned_data.get("tp")
        among = [each for each in self.book.assignments if not chosen or each.tp == chosen]
        return rows.filter(went(self.book, Went(value), among))

    def nothing_alone(
        self, rows: QuerySet[Enrolment], name: str, value: str
    ) -> QuerySet[Enrolment]:
        return rows


def groups_of(book: Book) -> list[str]:
    """Those of the students, sorted."""
    enrolled = Enrolment.objects.filter(course=book.course, role=Role.STUDENT).exclude(group="")
    return list(enrolled.order_by("group").values_list("group", flat=True).distinct())


def went(book: Book, state: Went, among: list[Assignment]) -> Q | Exists:
    """On Enrolment: it went so in one of the TPs at least."""
    own = Standing.objects.filter(student=OuterRef("user"))
    if state == Went.NOTHING:
        # Of a TP that is not open yet nobody can have handed anything in.
        missing = Q(pk__in=[])
        for each in among:
            if each.opens_at <= book.now:
                missing |= ~Q(Exists(own.filter(assignment=each)))
        return missing
    own = own.filter(assignment__in=among)
    if state == Went.WITHHELD:
        withheld = Q(last__score=None, last__marking__state=State.ERROR)
        return Exists(own.filter(withheld))
    if state == Went.LATE:
        return Exists(own.filter(book.mark_is(late_days__gt=0)))
    rows = own.annotate(got=book.of_mark("score"), full=book.of_mark("max_score"))
    return Exists(rows.filter(got__lt=F("full") / 2.0))
