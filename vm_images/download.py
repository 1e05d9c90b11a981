"""Getting things from the platform over HTTP, with a token. Goes on where it was cut off."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from grader.errors import PlatformFault
from vm_images.parts import file_digest
from vm_images.progress import Progress, Report

T = TypeVar("T")
_CHUNK = 256 * 1024
_TIMEOUT = 60.0
#: Seconds between tries that bring nothing; a try that brings something starts over at the first.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
#: Times that a site may say "busy, come again" (its Retry-After is five seconds: an hour).
BUSY_TIMES = 720


class FetchFailed(PlatformFault):
    """The platform cannot be reached, refuses, or sends something else than it said."""


class _Again(Exception):
    """Worth another try; the text says what happened."""


class _Busy(_Again):
    """Other workers are loading; the site said in how many seconds to come again."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(what)
        self.seconds = seconds


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to another place."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Platform:
    """Where the site is, as this host reaches it, and the worker's token."""

    url: str
    token: str
    pause: Callable[[float], None] = time.sleep

    def document(self, path: str, progress: Report) -> dict[str, Any]:
        """A JSON document.

        Raises:
            FetchFailed: it cannot be had; the message says why and what to do.
        """

        def read() -> dict[str, Any]:
            # Packing for the first worker of a new image takes its time.
            with self._open(path, {}, timeout=600) as answer:
                text = answer.read()
            try:
                value = json.loads(text)
            except ValueError:
                value = None
            if not isinstance(value, dict):
                raise FetchFailed(f"{self.url}/{path} is no answer of Ringmark's: {_tail(text)}")
            return value

        return self._again(read, lambda: 0, progress)

    def file(self, path: str, target: Path, wanted: tuple[str, int], progress: Report) -> None:
        """A file of known digest and size; what ``target`` holds of it is not loaded again.

        Raises:
            FetchFailed: it cannot be had, or is not what was announced; the message says why.
        """
        digest, size = wanted

        def have() -> int:
            return target.stat().st_size if target.exists() else 0

        def load() -> None:
            if have() > size:
                target.unlink()
            if have() < size:
                self._append(path, target, digest, size, progress)
            if have() < size:
                raise _Again(f"the connection ended at {have()} of {size} bytes")

        self._again(load, have, progress)
        found = file_digest(target)
        if found != digest:
            target.unlink()
            raise FetchFailed(
                f"{path} from {self.url} has the digest {found[:16]}…, not {digest[:16]}… as"
                " announced. It was thrown away. Start the worker again; if the same happens,"
                " remove the file of that name from 'packed' in the platform's RINGMARK_HOME"
            )

    def _append(self, path: str, target: Path, digest: str, size: int, progress: Report) -> None:
        start = target.stat().st_size if target.exists() else 0
        headers = {"Range": f"bytes={start}-", "If-Range": f'"{digest}"'} if start else {}
        with self._open(path, headers) as answer:
            goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            if (
                goes_on
                and answer.headers.get("Content-Range") != f"bytes {start}-{size - 1}/{size}"
            ):
                raise FetchFailed(
                    f"{path}: asked for the bytes from {start} on, {self.url} answered with"
                    f" {answer.headers.get('Content-Range')!r}; is a proxy in between?"
                )
            done = start if goes_on else 0
            with target.open("ab" if goes_on else "wb") as file:
                while piece := _read(answer):
                    done += len(piece)
                    if done > size:
                        raise FetchFailed(
                            f"{path} from {self.url} is longer than the {size} bytes announced"
                        )
                    file.write(piece)
                    progress(_loading(path, done, size))

    def _open(self, path: str, headers: dict[str, str], timeout: float = _TIMEOUT) -> Any:
        request = urllib.request.Request(  # noqa: S310  (the scheme is checked)
            f"{self.url}/{path}", headers={**headers, "Authorization": f"Bearer {self.token}"}
        )
        if request.type not in {"http", "https"}:
            raise FetchFailed(
                f"RINGMARK_URL is {self.url}; it has to begin with http:// or https://"
            )
        try:
            return urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(path, error) from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise _Again(f"{self.url} cannot be reached: {reason}") from None

    def _refused(self, path: str, error: urllib.error.HTTPError) -> Exception:
        said = _tail(error.read(2000))
        if error.code == http.HTTPStatus.UNAUTHORIZED:
            return FetchFailed(
                f"{self.url} refuses this token: {said} An administrator makes one with"
                " 'python manage.py worker_token create NAME'; give it as RINGMARK_TOKEN"
            )
        if error.code in {301, 302, 303, 307, 308}:
            return FetchFailed(
                f"{self.url} sends us on to {error.headers.get('Location')}: give the right"
                " address as RINGMARK_URL"
            )
        if error.code == http.HTTPStatus.BAD_REQUEST:
            return FetchFailed(
                f"{self.url} does not answer to that name: put its host into RINGMARK_URL or"
                " ALLOWED_HOSTS of the web process"
            )
        later = error.headers.get("Retry-After", "")
        if error.code == http.HTTPStatus.SERVICE_UNAVAILABLE and later.isdecimal():
            return _Busy(f"{self.url} is busy: {said}", min(float(later), PAUSES[-1]))
        if error.code >= 500:
            return _Again(f"{self.url} answers {error.code}: {said}")
        return FetchFailed(f"{self.url}/{path} answers {error.code}: {said}")

    def _again(self, once: Callable[[], T], have: Callable[[], int], progress: Report) -> T:
        """Try until it works; give up after as many tries in a row as there are pauses."""
        in_vain = busy = 0
        while True:
            before = have()
            try:
                return once()
            except _Again as what:
                if isinstance(what, _Busy):
                    busy += 1
                    wait = what.seconds
                else:
                    in_vain = 0 if have() > before else in_vain + 1
                    wait = PAUSES[min(max(in_vain - 1, 0), len(PAUSES) - 1)]
                if in_vain > len(PAUSES) or busy > BUSY_TIMES:
                    raise FetchFailed(
                        f"{what}. Gave up after {in_vain + busy} tries: is the site up, and is"
                        " RINGMARK_URL the address under which this host reaches it?"
                    ) from None
                progress(Progress("waiting", 0, 0, f"{what}; again in {wait:.0f} s"))
                self.pause(wait)


def _loading(path: str, done: int, size: int) -> Progress:
    return Progress(path.rpartition("/")[2], done, size, f"{done / 1e6:.0f} of {size / 1e6:.0f} MB")


def _read(answer: IO[bytes]) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _Again(f"the connection broke: {error}") from None


def _tail(text: bytes) -> str:
    """An answer's words, on one line: it may be a page of a proxy."""
    return " ".join(text[:300].decode(errors="replace").split())
