"""A failing check as a shell script for the student's own VM, in the handout's ways."""

from __future__ import annotations

import re

from grader.report import CheckReport, Step
from grader.texts import Text

_HEAD = """\
#!/bin/sh
# {title}
# {reason}
#
# {how}  sh {name}.sh asee_mod.ko
module=${{1:?"{missing}"}}
"""
_HOW = Text(
    "As root in your own VM, with your module's file:",
    "En tant que root dans votre propre VM, avec le fichier de votre module :",
)
#: In double quotes, in a shell.
_MISSING = Text("name your module's file", "donnez le fichier de votre module")
_STARTS = Text("starts:", "commence :")
_REST = Text("let all come to rest", "le temps que tout se pose")
_DUE, _SEEN = Text("due:", "attendu :"), Text("seen:", "obtenu :")
_WRONG = Text("<-- here it went wrong", "<-- c'est ici que cela a mal tourné")


def script_of(check: CheckReport, title: str, language: str = "en") -> str:
    """The check's steps as commands, what was due and what was seen as comments beside them.

    Empty if no step can be typed in a shell.
    """
    if not any(step.command for step in check.transcript):
        return ""
    head = _HEAD.format(
        title=_plain(title),
        reason=_plain(check.told(language).reason),
        how=_HOW.get(language),
        name=check.id,
        missing=_MISSING.get(language),
    )
    lines = [head.rstrip("\n")]
    loads = any(step.action == "insmod" for step in check.transcript)
    if not loads:
        lines += ['insmod "$module" || exit 1']
    lines.append("")
    for step in check.transcript:
        lines += _lines(step, language)
    if not any(step.action == "rmmod" for step in check.transcript):
        lines += ["", 'rmmod "$(basename "$module" .ko)"']
    return "\n".join(lines) + "\n"


def _lines(step: Step, language: str) -> list[str]:
    told = step.told(language)
    who = _plain(told.actor)
    result = _result(told, language)
    pause = f"sleep 1   # {_REST.get(language)}"
    if step.event == "starts":
        return [
            f"# {who} {_STARTS.get(language)} {_plain(told.action)}",
            f"{_typed(step.command)} {_variable(who)}=$!",
            pause,
        ]
    if step.event == "kills":
        victim = step.action.removeprefix("kill -9 ")
        return [f"kill -9 ${_variable(victim)}   # {_plain(victim)}"]
    if step.action == "insmod":
        return [f'insmod "$module"{result}']
    if step.command:
        lines = [f"# {who}{result}"] if who or result else []
        rest = [pause] if step.event == "interrupts" else []
        return [*lines, _typed(step.command), *rest]
    return [f"# {who}: {_plain(told.action)}{result}"]


def _result(step: Step, language: str) -> str:
    parts = []
    if step.expected:
        parts.append(f"{_DUE.get(language)} {_plain(step.expected)}")
    if step.seen:
        parts.append(f"{_SEEN.get(language)} {_plain(step.seen)}")
    if step.ok is False:
        parts.append(_WRONG.get(language))
    return f"   # {'; '.join(parts)}" if parts else ""


def _plain(text: str) -> str:
    """One line of printable characters: nothing of it can end a comment."""
    return "".join(char if char.isprintable() else "?" for char in text)[:500]


def _typed(command: str) -> str:
    """A terminal that prints the script must not obey what is in it."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in command)


def _variable(actor: str) -> str:
    name = re.sub(r"\W", "_", actor, flags=re.ASCII)
    return name if name[:1].isalpha() else f"task_{name}"
