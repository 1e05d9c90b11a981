"""A bad line between worker and site: a TCP proxy that cuts answers short."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class CuttingProxy:
    """Cuts the first ``cuts`` answers about a part after ``after`` bytes; keeps what was asked."""

    def __init__(self, url: str, after: int, cuts: int) -> None:
        to = urlsplit(url)
        self._to = (to.hostname, to.port)
        self._after = after
        self._cuts = cuts
        self.requests: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                asking, _ = self._listening.accept()
            except OSError:
                return
            with asking, socket.create_connection(self._to) as site:
                self._one(asking, site)

    def _one(self, asking: socket.socket, site: socket.socket) -> None:
        """One request and its answer; urllib asks for the connection's end after each."""
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += asking.recv(4096)
        self.requests.append(asked.decode())
        site.sendall(asked)
        left = 1 << 40
        if b" /fleet/parts/kernel" in asked and self._cuts:
            self._cuts -= 1
            left = self._after
        while left > 0 and (piece := site.recv(min(65536, left))):
            asking.sendall(piece)
            left -= len(piece)
