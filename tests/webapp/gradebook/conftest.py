from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.support.fixtures import School


@pytest.fixture
def room(school: School) -> Classroom:
    return Classroom(school, timezone.now())


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client
