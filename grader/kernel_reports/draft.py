"""One report while its lines come in: which part of it a line belongs to, and when it is over."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.kernel_reports import sections
from grader.kernel_reports.formats import MARK, RECLASSIFIED, End, Format
from grader.kernel_reports.frames import frames_in, handler, stack_line
from grader.kernel_reports.lines import Line
from grader.kernel_reports.model import Entry, Frame, KernelReport
from grader.report import FindingKind

#: Lines of one report at most; the longest that lockdep prints are about 300.
MOST_LINES = 1000
#: Lines between an End.MARK report's stack and its mark; KASAN's page dump takes about 50.
MOST_TAIL = 120
#: Lines of others that may stand in the middle of a stack when the console names no caller.
MOST_FOREIGN = 8
LONGEST_TITLE = 160

_TAG = re.compile(r" ?<(/?)[A-Z#]\w{0,20}>$")
_REGISTERS = re.compile(r"(?:R[A-Z\d]{2}|RIP|ORIG_RAX|Code|EFLAGS|CR2|CS|FS|PKRU|DR\d): ")
#: Code segment 0x33 is user space: such a RIP is where the task entered the kernel from.
_KERNEL_RIP = re.compile(r"RIP: 00(?:10|08):(?:(?:0x)?([0-9a-f]{1,16})$)?")
#: Titles of the same defect should be the same: no addresses, no offsets, none of the endings that
#: gcc gives to the copies and parts that it makes of a function.
_SHORTER = (
    (re.compile(r"\[<[0-9a-f]{16}>\] "), ""),
    (re.compile(r"\b(?:0x)?[0-9a-f]{16}\b"), "ADDR"),
    (re.compile(r"\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}(?: \[[\w-]{1,64}\])?"), ""),
    (re.compile(r"\.(?:constprop|isra|part|cold)(?:\.\d{1,4})?\b"), ""),
)
_INJECTED = re.compile(r"should_fail|fail_dump$")


class Draft:
    """A report being read from one caller's lines. ``take`` until it says no, then ``finish``."""

    def __init__(
        self, form: Format, found: re.Match[str], before: Sequence[Line], first: Line
    ) -> None:
        self.form = form
        self.has_stack = False
        self.found = found
        self._before = [line.text for line in before if "[ cut here ]" not in line.text]
        self._index = before[0].index if before else first.index
        self._lines = [line.text for line in before]
        self._head = len(before) + 1 + form.head
        self._followed: list[str] = []
        self._frames: list[Frame] = []
        self._entries: list[Entry] = []
        self._addresses: list[int] = []
        self._who: tuple[str, int] | None = None
        self._section: sections.Section | None = None
        self._lock = ""
        self._lost = False
        self._open_tags = 0
        self._foreign = 0
        self._tail = 0
        self._over = False
        for text in self._before:
            self._entries += [Entry("hint", frame) for frame in frames_in(text)]
            self._addresses += sections.addresses(text)
        returns = form.kind != "warn"  # WARN() names the place itself, KASAN its caller
        self._entries += [
            Entry("title", frame) for frame in frames_in(first.text, is_return=returns)
        ]
        if module := found.groupdict().get("init_of"):
            start = Frame("init_module", 0, 0, module, certain=True, is_return=False)
            self._entries.append(Entry("hint", start))
        self.add(first.text)

    @property
    def is_continued(self) -> bool:
        """Whether another header may still bring its stack."""
        return bool(self.form.continued) and not self.has_stack

    def is_continued_by(self, text: str) -> bool:
        """Whether this header brings its stack."""
        return self.is_continued and re.match(self.form.continued, text) is not None

    def take(self, text: str) -> bool:
        """Whether the line is the report's. After a no, it is over and the line is another's."""
        if self._over or len(self._lines) >= MOST_LINES or not self._accept(text):
            return False
        self._lines.append(text)
        return True

    def add(self, text: str) -> None:
        """Put a line in that is known to be the report's, wherever it stands."""
        self._lines.append(text)
        self._note(text)

    def follow(self, text: str) -> None:
        """Put a line at the end that came later, from whomever: the panic that this led to."""
        self._followed.append(text)

    def include(self, other: Draft) -> None:
        """Take in what another processor printed for this report (a stall's NMI backtrace)."""
        self._lines += other._lines
        self._frames += other._frames
        self._addresses += other._addresses

    def finish(self) -> KernelReport | None:
        """The report, or None if it turned out to be none."""
        if self.form.kind is None or (self.form.vague and not self._frames):
            return None
        if any(frame.certain and _INJECTED.match(frame.function) for frame in self._frames):
            return None
        kind = self._kind(self.form.kind)
        task, pid = self._who or (None, None)
        return KernelReport(
            kind=kind,
            title=self._title(kind),
            text="\n".join((*self._lines, *self._followed)).rstrip("\n"),
            frames=tuple(self._frames),
            line=self._index,
            task=task,
            pid=pid,
            addresses=tuple(dict.fromkeys(self._addresses)),
            entries=tuple(self._entries),
        )

    def _accept(self, text: str) -> bool:
        if self.form.end is End.MARK and MARK.match(text):
            self._over = True
            return True
        if self._section is not None and self._continues_section(text):
            return True
        self._section = None
        opened = sections.section(text)
        if opened == "stack":
            self._open_stack()
        elif opened is not None:
            self._section = opened
            self._lock = sections.lock_name(text) if opened == "dependency" else ""
        elif self.has_stack:
            if not self._in_tail(text):
                return False
        elif self._stackless_end(text):
            return False
        self._note(text)
        return True

    def _open_stack(self) -> None:
        """A stack begins. After the report's own, others are read over."""
        if self.form.many_stacks or not self.has_stack:
            self._section = "stack"
        self.has_stack = True
        self._open_tags = self._foreign = 0

    def _continues_section(self, text: str) -> bool:
        item = stack_line(text)
        if item is None and self._section == "handler":
            item = handler(text)
        if item is not None:
            self._record(item)
            return True
        if self._section == "stack":
            return self._decorates_stack(text)
        return text == "..."  # lockdep.c, print_bad_irq_dependency()

    def _record(self, item: Frame | int) -> None:
        self._foreign = 0
        if isinstance(item, int):
            self._addresses.append(item)
        elif self._section == "stack":
            self._frames.append(item)
        elif self._section is not None:
            self._entries.append(Entry(self._section, item, self._lock))

    def _decorates_stack(self, text: str) -> bool:
        """``<IRQ>`` and the like, registers, or a stranger's line inside the tags."""
        if tag := _TAG.match(text):
            self._open_tags += -1 if tag[1] else 1
            return True
        if not self._open_tags:
            return False
        if _REGISTERS.match(text):
            self._note(text)
            return True
        self._foreign += 1
        return self._foreign <= MOST_FOREIGN

    def _in_tail(self, text: str) -> bool:
        """Whether a line after the stack still belongs."""
        if self.form.end is End.MARK:
            self._tail += 1
            return self._tail <= MOST_TAIL
        return bool(self.form.tail and re.match(self.form.tail, text))

    def _stackless_end(self, text: str) -> bool:
        """Whether the report is over without ever having had a stack."""
        if self.form.end is End.LOCKS and self._entries:
            return not text.lstrip().startswith("#")
        if len(self._lines) < self._head:
            return False
        if self.form.end is not End.LOCKS:
            del self._lines[self._head - self.form.head :]  # those were others' lines
        return True

    def _note(self, text: str) -> None:
        """Take from a line what it says besides its place in a stack."""
        if self._who is None:
            self._who = sections.task(text)
        self._addresses += sections.addresses(text)
        self._entries += sections.entries(text)
        if (self._section == "stack" or not self.has_stack) and (rip := _KERNEL_RIP.match(text)):
            if rip[1]:
                self._addresses.append(int(rip[1], 16))
                self._lost = self._lost or not self.has_stack
            self._frames += frames_in(text, is_return=False)

    def _kind(self, kind: FindingKind) -> FindingKind:
        if kind != "warn":
            return kind
        told = "\n".join((*self._before, self.found.string))
        return next((other for other, pattern in RECLASSIFIED if pattern.search(told)), kind)

    def _title(self, kind: FindingKind) -> str:
        parts = {name: value or "" for name, value in self.found.groupdict().items()}
        if "file" in parts:
            parts["file"] = _short_path(parts["file"])
        parts.setdefault("trap", "")
        message = self._before[0].strip() if self._before else ""
        form = self.form.told if message and self.form.told else self.form.title
        title = form.format(**parts, message=message, where=self._place())
        if kind != self.form.kind:  # a WARN() that is something more telling
            title = title.removeprefix("WARNING: ")
        for pattern, instead in _SHORTER:
            title = pattern.sub(instead, title)
        return title[:LONGEST_TITLE].strip()

    def _place(self) -> str:
        """Where the processor was, if the report says it: RIP, else the stack; of a stall the
        innermost function of a module.
        """
        sure = [frame for frame in self._frames if frame.certain]
        if self._lost:  # it jumped to where no code is
            return f" in a call from {sure[0].function}" if sure else ""
        names = [frame.function for frame in sure if not frame.is_return]
        names += [frame.function for frame in sure]
        if self.form.kind == "stall":
            # Taken somewhere in a loop, as often as not in a helper that the loop calls: the
            # module's own function is the same every time.
            names = [frame.function for frame in sure if frame.module] + names
        name = next((name for name in names if not name.startswith("dump_stack")), None)
        return f" in {name}" if name else ""


def _short_path(path: str) -> str:
    """A kernel file keeps its path in the tree; one built elsewhere keeps its name alone."""
    if path.startswith("/"):
        return path.rpartition("/")[2]
    return re.sub(r"^(?:\.{1,2}/)+", "", path)
