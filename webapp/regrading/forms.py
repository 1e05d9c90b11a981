"""What is asked before a regrade is started."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grader.errors import RingmarkError
from webapp.courses.models import Assignment
from webapp.regrading import choosing
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Which
from webapp.rubrics.models import RubricVersion
from webapp.submissions.settling import AT_ONCE, slices
from webapp.submissions.templatetags.text import visible_text

#: Most submissions that are ticked one by one.
MOST_TICKED = 5000
_ID = re.compile("[0-9]{1,18}")


class RubricField(forms.ModelChoiceField):
    def label_from_instance(self, obj: RubricVersion) -> str:
        if obj.is_current:
            state = _("in use")
        elif obj.published_at:
            state = _("was in use before")
        else:
            state = _("not published")
        label = _("version %(n)d, %(state)s") % {"n": obj.number, "state": state}
        return f"{label}: {visible_text(obj.note)}" if obj.note else label


class RegradeForm(forms.Form):
    """``chosen``: ids of submissions, with commas, whatever page of the list they are on."""

    which = forms.ChoiceField(
        label=gettext_lazy("Which attempts"),
        choices=[
            (Which.LATEST, gettext_lazy("each student's latest attempt")),
            (Which.BEST, gettext_lazy("each student's best attempt")),
            (Which.ALL, gettext_lazy("every attempt")),
            (Which.CHOSEN, gettext_lazy("only the ones ticked below")),
        ],
        widget=forms.RadioSelect,
        initial=Which.LATEST,
    )
    group = forms.ChoiceField(
        label=gettext_lazy("Of whom"),
        required=False,
        help_text=gettext_lazy("Not for ticked ones: they are taken whatever the group."),
    )
    rubric = RubricField(
        label=gettext_lazy("Rubric"),
        queryset=RubricVersion.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("One that is not published can be tried here as well."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Students whose mark you apply read this beside it."),
    )
    afresh = forms.BooleanField(
        label=gettext_lazy("Mark afresh"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise what this Ringmark has already marked by this rubric with this kernel, of "
            "the same files, is not done again: its result is taken."
        ),
    )
    chosen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, assignment: Assignment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assignment = assignment
        groups = choosing.groups_of(assignment.course)
        everybody = [("", _("everybody"))]
        self._choices("group", everybody + [(each, visible_text(each)) for each in groups])
        versions = RubricVersion.objects.filter(assignment=assignment).order_by("-number")
        self._versions(versions)

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _versions(self, versions: Any) -> None:
        field = self.fields["rubric"]
        assert isinstance(field, RubricField)
        field.queryset = versions
        field.initial = versions.filter(is_current=True).first()

    def clean_rubric(self) -> RubricVersion:
        version: RubricVersion = self.cleaned_data["rubric"]
        try:
            _rubric = version.parsed
        except RingmarkError as problem:
            raise ValidationError(
                _("This version cannot be read by this Ringmark any more: %(problem)s"),
                params={"problem": str(problem)},
            ) from problem
        return version

    def clean_chosen(self) -> tuple[int, ...]:
        return ids(self.cleaned_data["chosen"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "which" not in data or "group" not in data:
            return data
        if data["which"] == Which.CHOSEN:
            data["chosen"] = known(self.assignment, data.get("chosen", ()))
            data["group"] = ""
            if not data["chosen"]:
                self.add_error("which", _("Tick at least one submission in the list."))
            if len(data["chosen"]) > MOST_TICKED:
                problem = _("More than %(n)d are ticked: take a group or every attempt instead.")
                self.add_error("which", problem % {"n": MOST_TICKED})
        else:
            data["chosen"] = ()
            if not choosing.submissions(self.choice).exists():
                self.add_error("which", _("Nobody of these has handed anything in."))
        return data

    @property
    def choice(self) -> Choice:
        data = self.cleaned_data
        return Choice(self.assignment, Which(data["which"]), data["group"], data["chosen"])


def ids(text: str) -> tuple[int, ...]:
    """Numbers with commas; whatever else is there is left out, also what no database counts to."""
    return tuple(int(word) for word in text.split(",") if _ID.fullmatch(word))


def known(assignment: Assignment, submissions: tuple[int, ...]) -> tuple[int, ...]:
    """Those that are of this TP."""
    of_tp = choosing.of_assignment(assignment)
    return tuple(
        pk
        for part in slices(sorted(set(submissions)), AT_ONCE)
        for pk in of_tp.filter(pk__in=part).values_list("pk", flat=True)
    )
