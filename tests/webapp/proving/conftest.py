import pytest

from tests.webapp.support.fixtures import School
from tests.webapp.support.proving import Tp, make_tp


@pytest.fixture
def tp(school: School) -> Tp:
    """Version 2 of TP1's rubric, and known modules that lose each of its criteria."""
    return make_tp(school)
