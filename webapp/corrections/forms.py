"""What instructors type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.audit.models import Action
from webapp.corrections.comments import MOST_CHARACTERS

MOST_REASON = 2000


class TypedText(forms.CharField):
    """Of a text area: the browser's line ends become plain ones."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class Number(forms.FloatField):
    """2.5 as well as 2,5."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class ReasonForm(forms.Form):
    """Of a correction: ``marking`` and ``seen`` say what was on the screen."""

    criterion = forms.CharField(max_length=100)
    marking = forms.IntegerField()
    seen = forms.IntegerField(required=False)
    reason = TypedText(
        max_length=MOST_REASON,
        error_messages={
            "required": _("Write why: the student reads it, and the audit log has it.")
        },
    )


class PointsForm(ReasonForm):
    points = Number(
        error_messages={
            "required": _("How many points?"),
            "invalid": _("That is no number."),
        }
    )


class CommentForm(forms.Form):
    path = forms.CharField(
        max_length=255, strip=False, error_messages={"required": _("Which file?")}
    )
    line = forms.IntegerField(
        error_messages={"required": _("Which line?"), "invalid": _("A line's number, please.")}
    )
    text = TypedText(
        max_length=MOST_CHARACTERS, error_messages={"required": _("There is nothing to say yet.")}
    )


class ExtensionForm(forms.Form):
    due_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": _("Until when?"),
            "invalid": _("A day and a time, please: 2026-11-30 23:59."),
        },
    )
    reason = TypedText(
        label=_("Reason"),
        max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For your colleagues and the audit log; the student does not see it."),
        error_messages={"required": _("Write why: the audit log has it.")},
    )


class AuditForm(forms.Form):
    """The filter of the audit log. What cannot be read filters nothing and is told."""

    action = forms.ChoiceField(
        label=_("What"), required=False, choices=[("", _("everything")), *Action.choices]
    )
    who = forms.ChoiceField(label=_("Who"), required=False)
    words = forms.CharField(
        label=_("To what or why"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("tp1, a student, a reason")}),
    )  # fmt: skip
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("everybody")), *people]  # type: ignore[attr-defined]
