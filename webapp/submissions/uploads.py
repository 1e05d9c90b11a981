"""Reading an upload without letting it fill memory or disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grader.errors import UnusableInput
from grader.intake import Upload


class CountingUploadHandler(FileUploadHandler):
    """First of the handlers: stops storing when files or bytes are too many.

    The rest of the request is drained, so that the browser gets the answer and not a broken
    connection; :func:`uploads_of` then says what was wrong.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.files = 0
        self.bytes = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        if self.files > settings.UPLOAD_MAX_FILES:
            self._stop("files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.bytes += len(raw_data)
        if self.bytes > settings.UPLOAD_MAX_BYTES:
            self._stop("bytes")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _stop(self, what: str) -> None:
        if self.request is not None:
            self.request.META["ringmark.upload_stopped"] = what
        raise StopUpload(connection_reset=False)


def uploads_of(request: HttpRequest) -> list[Upload]:
    """The files of the form, in memory.

    Raises:
        UnusableInput: nothing was chosen, or more than can be taken.
    """
    files = request.FILES.getlist("files")
    stopped = request.META.get("ringmark.upload_stopped")
    if stopped == "bytes":
        raise UnusableInput(
            _(
                "The upload is larger than %(limit)s, the most that is taken. "
                "Send your .c and .h files only."
            )
            % {"limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}
        )
    if stopped == "files":
        raise UnusableInput(
            ngettext(
                "More than %(limit)d file was sent. Send your .c and .h files only.",
                "More than %(limit)d files were sent. Send your .c and .h files only.",
                settings.UPLOAD_MAX_FILES,
            )
            % {"limit": settings.UPLOAD_MAX_FILES}
        )
    if not files:
        raise UnusableInput(_("No file was chosen. Choose your .c file, or a zip or tar.gz of it."))
    return [Upload(name=file.name or "", data=file.read()) for file in files]
