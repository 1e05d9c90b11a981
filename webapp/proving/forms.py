"""The form that adds a known module. Its files are read apart, as in a hand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grader.intake import SourceTree
from webapp.proving.gate import Judged
from webapp.rubrics.known import Described
from webapp.rubrics.models import ModuleKind


class ModuleForm(forms.Form):
    name = forms.SlugField(
        label=_("Name"),
        max_length=50,
        help_text=_("Letters, digits, hyphens: keeps-the-oldest. It heads a column of the proof."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=ModuleKind, widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("What is right or wrong with it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    loses = forms.MultipleChoiceField(
        label=_("What it must lose"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Exactly these, no more and no less. Of a defective module choose none to say only "
            "that it must lose something."
        ),
    )
    attribute = forms.CharField(
        label=_("Attribute that raises the interrupt (optional)"),
        required=False,
        max_length=64,
        help_text=_("Its file name alone. Without it, its other writable attributes are tried."),
    )

    def __init__(
        self, *args: Any, criteria: Sequence[Judged], asks_attribute: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["loses"].choices = [  # type: ignore[attr-defined]
            (each.id, f"{each.title} ({each.id})") for each in criteria
        ]
        if not asks_attribute:
            del self.fields["attribute"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == ModuleKind.REFERENCE and given.get("loses"):
            self.add_error(
                "loses",
                _("A reference gets full marks: choose nothing here, or call it defective."),
            )
        return given

    def described(self, tree: SourceTree) -> Described:
        """What a valid form says, of these files."""
        given = self.cleaned_data
        return Described(
            name=given["name"],
            kind=ModuleKind(given["kind"]),
            why=given["why"],
            loses=tuple(given["loses"]),
            tree=tree,
            attribute=given.get("attribute", ""),
        )
