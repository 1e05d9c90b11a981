from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webapp.fleet.store import make_store
from webapp.fleet import tokens


@pytest.fixture
def platform_home(tmp_path: Path, settings: Settings) -> Path:
    """The site's store of images."""
    home = tmp_path / "platform"
    make_store(home)
    settings.RINGMARK_HOME = home
    return home


@pytest.fixture
def token(db: None) -> str:
    return tokens.create("lab-1", timezone.now())
