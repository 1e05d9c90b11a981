"""Forms for courses and TPs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from grader.rubric.schema import FILE_NAME, TP_NAME
from webapp.authoring.copies import Names, Source
from webapp.courses.models import Assignment, Course

#: Would be addresses of the site's own.
RESERVED = frozenset({"new-course"})

_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
_DATES = {"opens_at": _MOMENT, "due_at": _MOMENT}
_LATE = ("counts", "late_days", "late_points_per_day")


class CourseForm(forms.ModelForm):
    class Meta:
        model = Course
        fields: ClassVar = ["title", "slug"]
        help_texts: ClassVar = {"slug": _("As in /courses/os-2027/; it cannot be changed later.")}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if slug in RESERVED:
            raise forms.ValidationError(_("This name is taken by the site itself."))
        if Course.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("There is a course of this name already."))
        return slug


def _name_field(label: Any) -> forms.CharField:
    message = _("Letters, digits, “_” and “-” only, at most 64.")
    return forms.CharField(
        label=label,
        required=False,
        max_length=64,
        validators=[RegexValidator(FILE_NAME, message)],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class BeginForm(forms.Form):
    """A rubric to begin with, and what its module is called here."""

    start_from = forms.ChoiceField(label=_("Start from the rubric of"))
    device = _name_field(_("Name of the device in /dev"))
    folder = _name_field(_("Folder in /sys/kernel"))
    size = _name_field(_("Attribute of the size"))
    count = _name_field(_("Attribute of the count"))
    attribute = _name_field(_("Attribute that raises the interrupt"))

    def __init__(self, sources: Sequence[Source], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, sources)

    @property
    def names(self) -> Names:
        return names_of(self)


def choose_from(form: forms.BaseForm, sources: Sequence[Source]) -> None:
    choices = [(each.key, each.label) for each in sources]
    form.fields["start_from"].choices = choices  # type: ignore[attr-defined]
    form.fields["device"].help_text = _(
        "Empty names stay as they are in that rubric. Given ones are replaced in its settings and "
        "in all its texts."
    )


def names_of(form: forms.BaseForm) -> Names:
    given = form.cleaned_data
    return Names(**{name: given[name] for name in Names.__dataclass_fields__})


class SettingsForm(forms.ModelForm):
    """A TP's dates and late policy."""

    late_days = forms.IntegerField(
        label=_("Days that late attempts are taken"), min_value=0, max_value=366,
    )  # fmt: skip

    class Meta:
        model = Assignment
        fields: ClassVar = ["title", "opens_at", "due_at", *_LATE]
        widgets: ClassVar = _DATES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = self.fields["late_points_per_day"]
        points.validators.append(MaxValueValidator(100))
        points.help_text = _("For every day begun after it was due.")


class TpForm(SettingsForm):
    """A new TP: its own values, the rubric to begin with, and names as in :class:`BeginForm`."""

    tp = forms.CharField(
        label=_("Short name"),
        max_length=32,
        help_text=_("In addresses and criterion ids, as chan1; it cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    title_fr = forms.CharField(
        label=_("Title in French"), max_length=200, required=False,
        help_text=_("Of the rubric; empty: as the title."),
    )  # fmt: skip
    start_from = forms.ChoiceField(label=_("Start from the rubric of"))
    device = _name_field(_("Name of the device in /dev"))
    folder = _name_field(_("Folder in /sys/kernel"))
    size = _name_field(_("Attribute of the size"))
    count = _name_field(_("Attribute of the count"))
    attribute = _name_field(_("Attribute that raises the interrupt"))

    field_order: ClassVar = ["tp", "title", "title_fr", "opens_at", "due_at", *_LATE]

    def __init__(
        self, course: Course, sources: Sequence[Source], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        choose_from(self, sources)

    def clean_tp(self) -> str:
        tp: str = self.cleaned_data["tp"]
        if not re.fullmatch(TP_NAME, tp):
            raise forms.ValidationError(
                _("A small letter, then small letters, digits and hyphens only.")
            )
        if Assignment.objects.filter(course=self.course, tp=tp).exists():
            raise forms.ValidationError(_("This course has a TP of this name already."))
        return tp

    @property
    def names(self) -> Names:
        return names_of(self)
