"""What is wrong with a rubric, in English and French.

Pydantic's own messages are kept in English; the common ones have French words here by their type
(``pydantic_core.list_all_errors``). One that has none is told in English in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.texts import Text, same


class Wrong(ValueError):
    """Raised by the schema's own validators: pydantic keeps it as the error's context."""

    def __init__(self, en: str, fr: str):
        self.text = Text(en, fr)
        super().__init__(en)


_NO_NUMBER = "il faut un nombre"
_NO_WHOLE = "il faut un nombre entier"
_NO_MAPPING = "il faut des champs « nom: valeur »"
_NO_LIST = "il faut une liste"

#: Pydantic's type of error -> French, with the error's context put in.
_FRENCH = {
    "missing": "ce champ manque",
    "extra_forbidden": "il n'y a pas de champ de ce nom",
    "string_type": "il faut un texte",
    "string_too_short": "le texte est trop court : au moins {min_length} caractère(s)",
    "string_too_long": "le texte est trop long : au plus {max_length} caractères",
    "string_pattern_mismatch": "le texte doit suivre le modèle « {pattern} »",
    "int_type": _NO_WHOLE,
    "int_parsing": _NO_WHOLE,
    "int_from_float": _NO_WHOLE,
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "finite_number": "il faut un nombre fini",
    "bool_type": "il faut true ou false",
    "bool_parsing": "il faut true ou false",
    "greater_than": "le nombre doit être supérieur à {gt}",
    "greater_than_equal": "le nombre doit être au moins {ge}",
    "less_than": "le nombre doit être inférieur à {lt}",
    "less_than_equal": "le nombre doit être au plus {le}",
    "literal_error": "il faut une de ces valeurs : {expected}",
    "list_type": _NO_LIST,
    "tuple_type": _NO_LIST,
    "too_short": "la liste est trop courte : {actual_length} au lieu de {min_length} au moins",
    "too_long": "la liste est trop longue : {actual_length}, au plus {max_length}",
    "dict_type": _NO_MAPPING,
    "model_type": _NO_MAPPING,
    "model_attributes_type": _NO_MAPPING,
    "union_tag_not_found": "il manque le champ {discriminator}, qui dit de quoi il s'agit",
    "union_tag_invalid": "« {tag} » n'est pas une valeur de {discriminator} ; il faut une de "
    "celles-ci : {expected_tags}",
}


def text_of(error: Mapping[str, Any]) -> Text:
    """One of ``ValidationError.errors()``, with the place of the value before it."""
    place = ".".join(str(part) for part in error["loc"])
    words = _words(error)
    return Text(f"{place}: {words.en}", f"{place}: {words.fr}") if place else words


def _words(error: Mapping[str, Any]) -> Text:
    context = error.get("ctx", {})
    if isinstance(context.get("error"), Wrong):
        wrong: Wrong = context["error"]
        return wrong.text
    en = error["msg"].removeprefix("Value error, ")
    french = _FRENCH.get(error["type"])
    return same(en) if french is None else Text(en, french.format(**_or_in_french(context)))


def _or_in_french(context: Mapping[str, Any]) -> dict[str, Any]:
    """Pydantic lists values as ``'a', 'b' or 'c'``."""
    return {
        name: value.replace("' or '", "' ou '") if name == "expected" else value
        for name, value in context.items()
    }
