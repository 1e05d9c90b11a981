"""``python -m vm_images build|list|verify|pack|prune``: the same as ``manage.py images``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from grader.errors import PlatformFault
from grader.image import ringmark_home
from vm_images.build import build_images, linked, list_images
from vm_images.progress import Progress
from vm_images.prune import prune
from vm_images.publish import index
from vm_images.verify import verify_image


class Shower:
    """Progress on a terminal: one line, rewritten; elsewhere a line per step and per 10 %."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._said: tuple[str, int, str] | None = None
        self._open = False

    def __call__(self, progress: Progress) -> None:
        """Show it, unless it says nothing new."""
        step = 1 if self._terminal else 10
        tail = "" if progress.total and not self._terminal else progress.detail
        key = (progress.step, progress.percent // step, tail)
        if key == self._said:
            return
        self._said = key
        done = f"{progress.percent:3d}%" if progress.total else "    "
        line = f"{progress.step:<20} {done}  {progress.detail}".rstrip()
        if self._terminal:
            print(f"\r\x1b[K{line}", end="\n" if done == "100%" else "", flush=True)
            self._open = done != "100%"
        else:
            print(line, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            print()
            self._open = False


def main(argv: list[str] | None = None) -> int:
    """Exit 0: done; 1: verify found something; 3: a fault of the platform; 130: interrupted."""
    arguments = _parser().parse_args(argv)
    home: Path = arguments.home or ringmark_home()
    try:
        return int(arguments.run(home, arguments))
    except PlatformFault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("interrupted: run it again to go on where it was", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vm_images", description=__doc__)
    parser.add_argument("--home", type=Path, help="instead of $RINGMARK_HOME")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", help="build what is missing")
    build.add_argument("--kernel-source", type=Path, help="instead of $KERNEL_SOURCE")
    build.set_defaults(run=_build)
    commands.add_parser("list", help="built images").set_defaults(run=_list)
    verify = commands.add_parser("verify", help="read every file of an image again")
    verify.add_argument("image", nargs="*", help="instead of those in use")
    verify.set_defaults(run=_verify)
    commands.add_parser("pack", help="pack what workers of other hosts load").set_defaults(
        run=_pack
    )
    remove = commands.add_parser("prune", help="remove what the newest images do not need")
    remove.add_argument("--keep", type=int, default=1)
    remove.set_defaults(run=_prune)
    return parser


def _build(home: Path, arguments: argparse.Namespace) -> int:
    named = arguments.kernel_source or os.environ.get("KERNEL_SOURCE")
    shower = Shower(sys.stdout.isatty())
    try:
        images = build_images(home, kernel_source=Path(named) if named else None, progress=shower)
    finally:
        shower.end()
    for image in images:
        print(f"image {image.id}: {image.release}, {image.folder}")
    return 0


def _list(home: Path, arguments: argparse.Namespace) -> int:
    names = {image: link for link, image in linked(home).items()}
    for image in list_images(home):
        facts = image.manifest
        line = f"{image.id}  {facts['created']}  {facts['flavour']:<10}  {image.release}"
        print(f"{line}  {names.get(image.id, '')}".rstrip())
    return 0


def _verify(home: Path, arguments: argparse.Namespace) -> int:
    wrong = False
    for image in arguments.image or linked(home) or ["default"]:
        problems = verify_image(home, image)
        for problem in problems:
            print(problem)
        if not problems:
            print(f"{image}: every file is as it was built")
        wrong = wrong or bool(problems)
    return 1 if wrong else 0


def _pack(home: Path, arguments: argparse.Namespace) -> int:
    for part, facts in index(home, linked(home))["parts"].items():
        print(f"{part}: {facts['size'] / 1e6:.0f} MB, sha256 {facts['sha256'][:16]}…")
    return 0


def _prune(home: Path, arguments: argparse.Namespace) -> int:
    pruned = prune(home, arguments.keep)
    for name in pruned.names:
        print(f"removed {name}")
    print(f"{pruned.bytes / 1e6:.0f} MB freed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
