"""/healthz: what a watching machine asks."""

from unittest import mock

import pytest
from django.db import OperationalError


@pytest.mark.django_db
def test_ready_when_the_database_answers(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db
def test_not_ready_when_it_does_not(client):
    with mock.patch("kemai.config.middleware.connection.cursor", side_effect=OperationalError("gone")):
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable"}


@pytest.mark.django_db
def test_ready_under_any_name(client):
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200
