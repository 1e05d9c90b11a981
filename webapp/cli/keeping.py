"""Keep what a marking left, for somebody who wants to look closer."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from grader.report import Report


def keep(report: Report) -> Path:
    """Write the report, and each check's journal and console, under ``var/kept/``."""
    folder = Path(settings.BASE_DIR) / "var" / "kept" / f"{report.tp}-{report.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.to_json(), encoding="utf-8")
    for criterion in report.criteria:
        for check in criterion.checks:
            for kind in ("journal", "console"):
                if text := getattr(check, kind):
                    (folder / f"{check.id}.{kind}").write_text(text, encoding="utf-8")
    return folder
