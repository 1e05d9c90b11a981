"""``python -m deploy``: make the images that docker-compose.yml names."""

from __future__ import annotations

import argparse
import sys

from deploy.images import build
from grader.errors import RingmarkError
from vm_images.progress import Progress


def main(arguments: list[str]) -> int:
    """0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="roots anew: Debian's updates")
    parser.add_argument("--tag", default="latest", help="of the images (default: latest)")
    given = parser.parse_args(arguments)
    last = [""]

    def say(progress: Progress) -> None:
        line = progress.step + (f" {progress.percent // 10 * 10}%" if progress.total else "")
        if line != last[0]:
            last[0] = line
            print(line, flush=True)

    try:
        build(say, refresh=given.refresh, tag=given.tag)
    except RingmarkError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
