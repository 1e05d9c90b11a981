"""A failing check as a shell script for the student's own VM, in the handout's ways."""

from __future__ import annotations

import re

from grader.report import CheckReport, Step

_HEAD = """\
#!/bin/sh
# {title}
# {reason}
#
# As root in your own VM, with your module's file:  sh {name}.sh asee_mod.ko
module=${{1:?"name your module's file"}}
"""


def script_of(check: CheckReport, title: str) -> str:
    """The check's steps as commands, what was due and what was seen as comments beside them.

    Empty if no step can be typed in a shell.
    """
    if not any(step.command for step in check.transcript):
        return ""
    lines = [
        _HEAD.format(title=_plain(title), reason=_plain(check.reason), name=check.id).rstrip("\n")
    ]
    loads = any(step.action == "insmod" for step in check.transcript)
    if not loads:
        lines += ['insmod "$module" || exit 1']
    lines.append("")
    for step in check.transcript:
        lines += _lines(step)
    if not any(step.action == "rmmod" for step in check.transcript):
        lines += ["", 'rmmod "$(basename "$module" .ko)"']
    return "\n".join(lines) + "\n"


def _lines(step: Step) -> list[str]:
    who = _plain(step.actor)
    result = _result(step)
    if step.event == "starts":
        told = f"# {who} starts: {_plain(step.action)}"
        return [
            told,
            f"{_typed(step.command)} {_variable(who)}=$!",
            "sleep 1   # let all come to rest",
        ]
    if step.event == "kills":
        victim = step.action.removeprefix("kill -9 ")
        return [f"kill -9 ${_variable(victim)}   # {_plain(victim)}"]
    if step.action == "insmod":
        return [f'insmod "$module"{result}']
    if step.command:
        lines = [f"# {who}{result}"] if who or result else []
        rest = ["sleep 1   # let all come to rest"] if step.event == "interrupts" else []
        return [*lines, _typed(step.command), *rest]
    return [f"# {who}: {_plain(step.action)}{result}"]


def _result(step: Step) -> str:
    parts = []
    if step.expected:
        parts.append(f"due: {_plain(step.expected)}")
    if step.seen:
        parts.append(f"seen: {_plain(step.seen)}")
    if step.ok is False:
        parts.append("<-- here it went wrong")
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
