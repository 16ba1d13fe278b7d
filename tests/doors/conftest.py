"""The world of the matrix, made once for all tests of a module; the full matrix over HTTP waits for `make soak`."""

import os
from collections.abc import Iterator

import pytest

from tests.doors.world import World, built


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """People and records, inside a transaction that is taken back at the end; each test has its own inside it."""
    with django_db_blocker.unblock(), built() as made:
        yield made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked slow in this folder run when KEMAI_SOAK is set."""
    if os.environ.get("KEMAI_SOAK"):
        return
    left_out = [item for item in items if item.get_closest_marker("slow") and "tests/doors/" in item.nodeid]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
