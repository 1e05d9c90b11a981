"""Real reports for the tests of pages, without what is not ours: logs and the kernel's texts.

manage.py grade tp3 tests/submissions/tp3/writer-busy --json --seed 7 > report.json
python -m tests.webapp.recorded.record report.json tests/webapp/recorded/tp3-writer-busy.json
"""

from __future__ import annotations

import sys
from pathlib import Path

from grader.report import CheckReport, CriterionReport, Report

NO_LOGS = {"journal": "", "console": ""}


def without_logs(report: Report) -> Report:
    return report.model_copy(
        update={
            **NO_LOGS,
            "criteria": tuple(map(_criterion, report.criteria)),
            "findings": tuple(f.model_copy(update={"text": ""}) for f in report.findings),
            "build": report.build.model_copy(update={"log": ""}),
        }
    )


def _criterion(report: CriterionReport) -> CriterionReport:
    checks = tuple(_check(each) for each in report.checks)
    return report.model_copy(update={"checks": checks})


def _check(report: CheckReport) -> CheckReport:
    return report.model_copy(update=NO_LOGS)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    whole = Report.model_validate_json(source.read_text(encoding="utf-8"))
    target.write_text(without_logs(whole).to_json() + "\n", encoding="utf-8")
