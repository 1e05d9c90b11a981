"""Reading the gradebook as it is shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse


class _Table(HTMLParser):
    """The texts of a page's first table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table" and not self._done:
            self._inside = True
        elif self._inside and tag == "tr":
            self.rows.append([])
        elif self._inside and tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._inside:
            self._inside, self._done = False, True

    def handle_data(self, data: str) -> None:
        if self._inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def table(html: str) -> list[list[str]]:
    """Without its head."""
    parser = _Table()
    parser.feed(html)
    return [[re.sub(r"\s+", " ", cell).strip() for cell in row] for row in parser.rows[1:]]


def opened(client: Client, query: str = "", course: str = "asee") -> str:
    response = client.get(f"{reverse('gradebook', args=[course])}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def rows(client: Client, query: str = "") -> dict[str, list[str]]:
    """User name -> the cells after it, in the order shown."""
    found = table(opened(client, query))
    return {row[0].rpartition(" ")[2]: row[1:] for row in found if len(row) > 1}


def names(client: Client, query: str = "") -> list[str]:
    return list(rows(client, query))
