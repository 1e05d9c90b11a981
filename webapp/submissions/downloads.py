"""Raw texts: plain and an attachment, so that a browser never runs what a student wrote."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from grader.feedback import script_of
from grader.report import Report

NAMES = {
    "report": "report.json",
    "journal": "journal.json.txt",
    "console": "console.txt",
    "build-log": "build-log.txt",
    "script": "try.sh",
}


def addresses(name: str, *of: object) -> dict[str, str]:
    """Where each part is, for templates: ``addresses.build_log``. ``name``: of the URL."""
    return {kind.replace("-", "_"): reverse(name, args=[*of, kind]) for kind in NAMES}


def text(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def part_of(report: Report, kind: str, check: str) -> HttpResponse:
    """Raises Http404 for a check that the report does not have, or an unknown kind."""
    if kind not in NAMES:
        raise Http404
    if kind == "report":
        response = text(report.to_json().encode(), NAMES[kind])
        response["Content-Type"] = "application/json"
        return response
    if kind == "build-log":
        return _encoded(report.build.log, NAMES[kind])
    language = get_language() or "en"
    if check:
        for criterion in report.criteria:
            for each in criterion.checks:
                if each.id == check and kind == "script":
                    words = criterion.texts.get(language)
                    title = words.title if words else criterion.title
                    return _encoded(script_of(each, title, language), f"{check}.sh")
                if each.id == check:
                    part = each.journal if kind == "journal" else each.console
                    return _encoded(part, f"{check}-{NAMES[kind]}")
        raise Http404
    if kind == "script":
        raise Http404
    return _encoded(report.journal if kind == "journal" else report.console, NAMES[kind])


def _encoded(part: str, name: str) -> HttpResponse:
    return text(part.encode("utf-8", errors="replace"), name)
