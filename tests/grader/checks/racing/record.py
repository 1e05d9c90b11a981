"""Make the recordings anew, with the race kernel's image:

.venv/bin/python -m tests.grader.checks.racing.record [NAME...]
"""

from __future__ import annotations

import sys

from grader.build import build_module
from grader.checks.race_evidence import Evidence
from grader.checks.race_stress import Stress, watch
from grader.checks.race_team import load_and_open
from grader.checks.racing import RACE_CPUS, RaceLab
from grader.checks.session import Session
from grader.engine import RaceKernel
from grader.image import ringmark_home
from tests.grader.checks.racing.recordings import names, tree_of, write_recording

#: Long enough for the rare pairs, too.
WRITES = 12_000


def record(name: str, lab: RaceLab) -> Evidence:
    built = build_module(tree_of(name), lab.image, lab.sandbox)
    if built.module is None:
        raise SystemExit(f"{name} does not build:\n{built.report.log}")
    evidence = Evidence(built.module, lab.sandbox)
    with lab.hypervisor.restore(cpus=RACE_CPUS) as guest:
        session = Session(guest)
        size = "/sys/kernel/asee_mod/asee_buf_size"
        team = load_and_open(session, built.module.data, "asee_mod", size)
        assert team is not None
        watch(session)
        Stress(session, team, WRITES).run(lambda log: evidence.take(log) and False)
    return evidence


def main(wanted: list[str]) -> None:
    kernel = RaceKernel(ringmark_home(), "bwrap", lambda text, fraction: None)
    try:
        lab = kernel.lab()
        for name in wanted or names():
            print(name, flush=True)
            write_recording(name, lab.image.release, record(name, lab).races)
    finally:
        kernel.close()


if __name__ == "__main__":
    main(sys.argv[1:])
