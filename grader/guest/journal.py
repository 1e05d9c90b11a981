"""The guest's journal, fetched through the channel."""

from __future__ import annotations

import time

from grader.guest.channel import AgentChannel
from grader.guest.protocol import calls
from grader.guest.protocol.constants import MAX_DATA
from grader.guest.protocol.errors import (
    ChannelClosed,
    ProtocolViolation,
    Refused,
    Unanswered,
)

#: The most that is kept of one journal, in bytes.
JOURNAL_BYTES = 512 * 1024
#: A file in the guest for it (a tmpfs): one answer of the agent's holds 64 KiB.
JOURNAL_FILE = "/run/ringmark/journal"
#: Where journalctl keeps how far it has shown. The warm-up leaves it in the template, so that a
#: restored guest shows what came since; a guest without one shows its whole boot.
CURSOR_FILE = "/run/ringmark/journal-cursor"
#: What a page or a person has use for; the rest of an entry is ten times as long.
FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_TRANSPORT,_PID,_COMM,_SYSTEMD_UNIT"
COMMAND = (
    "/usr/bin/journalctl", "-o", "json", "--no-pager", "--quiet", "-b",
    f"--output-fields={FIELDS}", f"--cursor-file={CURSOR_FILE}",
)  # fmt: skip


def fetch_journal(channel: AgentChannel, timeout: float) -> bytes:
    """The journal since the template was saved, as JSON lines, the last of them whole; capped.

    Empty when the guest is dead, does not answer within ``timeout`` seconds in all, or has no
    journal.
    """
    until = time.monotonic() + timeout
    try:
        actor = channel.spawn()
        asked = calls.Run(COMMAND, cap=JOURNAL_BYTES, output=JOURNAL_FILE)
        if channel.call(actor, asked, timeout).ret != 0:
            return b""
        text = b""
        while len(text) < JOURNAL_BYTES:
            left = max(0.1, until - time.monotonic())
            wanted = calls.ReadFile(
                JOURNAL_FILE, min(MAX_DATA, JOURNAL_BYTES - len(text)), len(text)
            )
            seen = channel.call(actor, wanted, left)
            if seen.ret <= 0 or not seen.data:
                break
            text += seen.data
        channel.kill(actor)
    except (ChannelClosed, Unanswered, Refused, ProtocolViolation):
        return b""
    return text[: text.rfind(b"\n") + 1]
