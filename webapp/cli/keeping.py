"""Keep what a marking left, for somebody who wants to look closer."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from grader.report import Report


def keep(report: Report, module: str = "") -> Path:
    """Write the report, and each check's journal and console, under ``var/kept/``."""
    name = "-".join(part for part in (report.tp, module, str(report.seed)) if part)
    folder = Path(settings.BASE_DIR) / "var" / "kept" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.to_json(), encoding="utf-8")
    for criterion in report.criteria:
        for check in criterion.checks:
            for kind in ("journal", "console"):
                if text := getattr(check, kind):
                    (folder / f"{check.id}.{kind}").write_text(text, encoding="utf-8")
    return folder
