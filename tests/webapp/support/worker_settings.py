"""Settings of worker processes whose engine is ``paced.PacedMarker``; short waits besides."""

from webapp.config.settings import *  # noqa: F403

RINGMARK_MARKER = "tests.webapp.support.paced.PacedMarker"
RINGMARK_LEASE_SECONDS = 2.0
RINGMARK_SWEEP_SECONDS = 0.2
RINGMARK_BACKOFF_SECONDS = 0.2
# The module is imported, so that its signal handlers are there before the first message.
CELERY_IMPORTS = ("tests.webapp.support.paced",)
