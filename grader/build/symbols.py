"""From places in a loaded module to lines of the student's source, with binutils in the sandbox."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.build.kbuild import Module
from grader.build.places import Upload, decode
from grader.build.sandbox import Job, Sandbox
from grader.errors import PlatformFault

_FILE = "module.ko"
#: The arguments are sections; the offsets asked for in the n-th are the lines of file n.
_SCRIPT = (
    "n=0\n"
    'for section in "$@"; do\n'
    '  printf "section %s\\n" "$section"\n'
    f'  addr2line -a -i -f -e {_FILE} -j "$section" <"$n" || exit\n'
    "  n=$((n + 1))\n"
    "done"
)
# objdump -t: value, flags (with F for a function), section, tab, size, name.
_SYMBOL = re.compile(
    r"(?P<value>[0-9a-f]{16}) (?P<flags>.{7}) (?P<section>\S+)\t(?P<size>[0-9a-f]{16}) "
    r"(?:\.hidden )?(?P<name>\S+)"
)
_CODE = re.compile(r"\.(?:init\.|exit\.)?(?:text|noinstr\.text)[\w.]*", re.ASCII)
_PLACE = re.compile(r"(?P<file>.+):(?P<line>\d+)(?: \(discriminator \d+\))?")


@dataclass(frozen=True)
class Query:
    """``offset`` bytes into ``function``, or into ``section`` when no function is named.

    ``is_return``: the place is a return address, so the call is what stands just before it.
    """

    function: str | None
    offset: int
    is_return: bool = False
    section: str = ".text"

    @classmethod
    def at(
        cls, address: int, sections: Mapping[str, int], *, is_return: bool = False
    ) -> Query | None:
        """For a raw address; ``sections`` are the loaded module's (name -> address)."""
        below = {
            base: name
            for name, base in sections.items()
            if _CODE.fullmatch(name) and base <= address
        }
        if not below:
            return None
        base = max(below)
        return cls(None, address - base, is_return, below[base])


@dataclass(frozen=True)
class Place:
    """A line of the upload, and the function that it is in (of inlined ones the innermost)."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class _Symbol:
    section: str
    value: int
    size: int


class Symbols:
    """Looks places of one module up. The symbol table is read once, when first asked."""

    def __init__(self, module: Module, sandbox: Sandbox) -> None:
        self._module = module
        self._sandbox = sandbox
        self._upload = Upload(module.tree.files)
        self._functions: Mapping[str, Sequence[_Symbol]] | None = None
        self._lock = threading.Lock()

    def places(self, queries: Sequence[Query]) -> list[Place | None]:
        """One answer per query, in order, all from one run; None where no line is known.

        Raises:
            PlatformFault: binutils or the sandbox failed.
        """
        wanted = [self._position(query) for query in queries]
        known = self._lines(sorted({position for position in wanted if position is not None}))
        return [known.get(position) if position is not None else None for position in wanted]

    def _position(self, query: Query) -> tuple[str, int] | None:
        """Section and offset in it of what is asked for."""
        back = 1 if query.is_return else 0
        if query.function is None:
            offset = query.offset - back
            return (
                (query.section, offset) if offset >= 0 and _CODE.fullmatch(query.section) else None
            )
        offset = query.offset - back
        for symbol in self._table().get(query.function, ()):
            if 0 <= offset < max(symbol.size, 1):
                return symbol.section, symbol.value + offset
        return None

    def _table(self) -> Mapping[str, Sequence[_Symbol]]:
        with self._lock:
            if self._functions is None:
                self._functions = self._read_table()
            return self._functions

    def _read_table(self) -> Mapping[str, Sequence[_Symbol]]:
        functions: dict[str, list[_Symbol]] = defaultdict(list)
        for line in self._run(["objdump", "-t", _FILE], {}).splitlines():
            match = _SYMBOL.match(line)
            if match is not None and "F" in match["flags"] and _CODE.fullmatch(match["section"]):
                symbol = _Symbol(match["section"], int(match["value"], 16), int(match["size"], 16))
                functions[match["name"]].append(symbol)
        return functions

    def _lines(self, positions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Place | None]:
        if not positions:
            return {}
        offsets: dict[str, list[int]] = defaultdict(list)
        for section, offset in positions:
            offsets[section].append(offset)
        lists = {
            str(n): "".join(f"{offset:#x}\n" for offset in asked).encode()
            for n, asked in enumerate(offsets.values())
        }
        text = self._run(["sh", "-c", _SCRIPT, "lines", *offsets], lists)
        found: dict[tuple[str, int], Place | None] = {}
        section, position, function = "", None, ""
        for line in text.splitlines():
            if line.startswith("section "):
                section = line.removeprefix("section ")
            elif line.startswith("0x"):
                position = (section, int(line, 16))
                found[position] = None
                function = ""
            elif not function:
                function = line
            else:
                if position is not None and found[position] is None:
                    found[position] = self._place(line, function)
                function = ""
        return found

    def _place(self, printed: str, function: str) -> Place | None:
        match = _PLACE.fullmatch(printed)
        file = self._upload.relative(match["file"]) if match is not None else None
        if match is None or file is None or int(match["line"]) == 0:
            return None
        return Place(file, int(match["line"]), function)

    def _run(self, argv: Sequence[str], files: Mapping[str, bytes]) -> str:
        outcome = self._sandbox.run(Job(argv, {_FILE: self._module.debug, **files}))
        if outcome.killed is not None or outcome.exit_code != 0:
            said = decode(outcome.log)[-300:]
            raise PlatformFault(
                f"{argv[0]} could not read the module's symbols "
                f"({outcome.killed or outcome.exit_code}): {said}"
            )
        return decode(outcome.log)
