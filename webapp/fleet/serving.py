"""A packed part as an answer: from the start, or from where the worker was cut off."""

from __future__ import annotations

import re
import threading

from django.http import FileResponse, HttpResponse

from vm_images.packing import Packed

#: Parts that one web process sends at the same time: the other threads are for people.
AT_ONCE = 2
RETRY_SECONDS = 5

_places = threading.BoundedSemaphore(AT_ONCE)
_FROM = re.compile(r"bytes=(\d{1,18})-")


class PartResponse(FileResponse):
    """Gives its place back when it is closed, however it ends."""

    def __init__(self, packed: Packed, start: int) -> None:
        file = packed.path.open("rb")
        file.seek(start)
        super().__init__(
            file, content_type="application/x-tar", status=206 if start else 200, as_attachment=True
        )
        self["Accept-Ranges"] = "bytes"
        self["ETag"] = f'"{packed.sha256}"'
        if start:
            self["Content-Range"] = f"bytes {start}-{packed.size - 1}/{packed.size}"
        self._holds_place = True

    def close(self) -> None:
        super().close()
        if self._holds_place:
            self._holds_place = False
            _places.release()


def send(packed: Packed, wanted: str, only_if: str) -> HttpResponse | FileResponse:
    """``wanted`` and ``only_if`` are the request's ``Range`` and ``If-Range``.

    Of ranges only ``bytes=N-`` is known; to others the whole is an answer too (RFC 9110, 14.2).
    """
    start = 0
    match = _FROM.fullmatch(wanted.strip())
    if match and only_if.strip() in {"", f'"{packed.sha256}"'}:
        start = int(match[1])
    if start >= packed.size:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{packed.size}"
        return answer
    if not _places.acquire(blocking=False):
        busy = HttpResponse(
            "Other workers are loading; try again in a moment.\n", "text/plain", status=503
        )
        busy["Retry-After"] = str(RETRY_SECONDS)
        return busy
    try:
        return PartResponse(packed, start)
    except BaseException:
        _places.release()
        raise
