"""Long texts, shortened for a page; the whole of them is in the downloads."""

MAX_STEP_TEXT = 1500
MAX_TEXT = 64_000


def cut(text: str, limit: int = MAX_STEP_TEXT) -> str:
    """At most ``limit`` characters, and says how many are missing."""
    missing = len(text) - limit
    return text if missing <= 0 else f"{text[:limit]} … (+{missing})"


def tail(text: str, limit: int = MAX_TEXT) -> str:
    """The end of a long text: what happened last is what one looks for."""
    return text if len(text) <= limit else f"…{text[-limit:]}"
