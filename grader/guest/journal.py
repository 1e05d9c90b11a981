"""The guest's journal, fetched through the channel."""

from __future__ import annotations

from grader.guest.channel import Actor, AgentChannel
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
#: Our image follows its journal into this file (vm_images/rootfs, ringmark-journal.service): to
#: start a journalctl for each check would cost a second of it under TCG.
FOLLOWED = "/run/ringmark-journal.json"
#: On other images journalctl writes here: one answer of the agent's holds 64 KiB.
JOURNAL_FILE = "/run/ringmark/journal"
#: What a page or a person has use for; the rest of an entry is ten times as long.
FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_TRANSPORT,_PID,_COMM,_SYSTEMD_UNIT"
COMMAND = (
    "/usr/bin/journalctl", "-o", "json", "--no-pager", "--quiet", "-b",
    f"--output-fields={FIELDS}",
)  # fmt: skip


def fetch_journal(channel: AgentChannel, timeout: float, until: str = "") -> bytes:
    """The journal as JSON lines, the last of them whole; capped.

    On our image: since the template was saved, waiting until a line with the text ``until`` is in
    (the journal runs behind the kernel log). On others: of the whole boot. Empty when the guest
    is dead, does not answer within ``timeout`` seconds in all, or has no journal.
    """
    deadline = channel.now() + timeout
    try:
        actor = channel.spawn()
        if channel.call(actor, calls.Stat(FOLLOWED), timeout).ret == 0:
            text = _read(channel, actor, FOLLOWED, deadline, until)
        else:
            asked = calls.Run(COMMAND, cap=JOURNAL_BYTES, output=JOURNAL_FILE)
            if channel.call(actor, asked, timeout).ret != 0:
                return b""
            text = _read(channel, actor, JOURNAL_FILE, deadline)
        channel.kill(actor)
    except (ChannelClosed, Unanswered, Refused, ProtocolViolation):
        return b""
    return text[: text.rfind(b"\n") + 1]


def forget_journal(channel: AgentChannel, timeout: float) -> None:
    """Empty the followed file, so that a restored guest shows only what came after.

    Raises:
        ChannelClosed, Unanswered: the guest does not answer.
    """
    truncate = 0o1001  # O_WRONLY | O_TRUNC, Linux x86-64; the writer appends
    actor = channel.spawn()
    channel.call(actor, calls.Open(FOLLOWED, truncate), timeout)
    channel.call(actor, calls.Close(calls.LAST_FD), timeout)
    channel.kill(actor)


def _read(
    channel: AgentChannel, actor: Actor, path: str, deadline: float, until: str = ""
) -> bytes:
    """All of a file that grows, up to a line with ``until`` or the deadline."""
    wanted = until.encode()
    text = b""
    while len(text) < JOURNAL_BYTES:
        left = max(0.1, deadline - channel.now())
        part = calls.ReadFile(path, min(MAX_DATA, JOURNAL_BYTES - len(text)), len(text))
        seen = channel.call(actor, part, left)
        if seen.ret < 0:
            break
        text += seen.data
        if not seen.data and (wanted in text or channel.now() > deadline):
            break
    return text
