"""Entry point for gunicorn: ``webapp.config.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")
application = get_wsgi_application()

# Models can be imported from here on.
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from webapp.fleet.address import announce  # noqa: E402

announce(settings.RINGMARK_URL, timezone.now())
