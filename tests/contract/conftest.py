"""The people of the contract, and the parametrisation over all that is declared."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kemai.kit.doors import form_specs
from kemai.kit.entity import Entity, registry, rights
from kemai.kit.testing import Maker
from kemai.people.models import Employee
from kemai.people.services import role_set_rights
from kemai.people.tests.factories import again, browser, company, employee
from tests.contract.makers import MAKERS

KINDS = sorted(registry)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests with `case` run for every kind, with `action` for every deed of every kind. `only(entity, maker)` on the module narrows."""
    wanted = getattr(metafunc.function, "only", lambda entity: True)
    kinds = [kind for kind in KINDS if wanted(registry[kind])]
    if "verb" in metafunc.fixturenames:
        deeds = [(kind, action.verb) for kind in kinds for action in registry[kind].actions]
        metafunc.parametrize(("kind", "verb"), deeds)
    elif "case" in metafunc.fixturenames:
        metafunc.parametrize("kind", kinds)


@dataclass
class Case:
    """One kind with somebody who sees its records, somebody who has the same rights and does not, and both ways to ask."""

    entity: Entity
    admin: Employee
    insider: Employee
    outsider: Employee

    @property
    def maker(self) -> Maker:
        return MAKERS[self.entity.name]

    @property
    def everybody(self) -> bool:
        return self.maker.everybody

    def make(self, number: int = 1) -> Model:
        return self.maker.make(again(self.insider), number)

    def records(self, count: int) -> list[Model]:
        return [again(self.make(number)) for number in range(1, count + 1)]

    def limit(self, who: Employee, codes: Iterable[str]) -> Employee:
        """The same person with these rights only; what they own stays theirs."""
        role_set_rights(again(who.roles.get()), codes=sorted(codes), ranges={}, by=self.admin)
        return again(who)

    def without(self, who: Employee, *codes: str) -> Employee:
        """The same person with every right but these."""
        return self.limit(who, set(rights) - set(codes))

    def looker(self) -> Employee:
        """The insider, who may now only look."""
        return self.limit(self.insider, {self.entity.right("view"), *self.maker.along})

    @cached_property
    def base(self) -> str:
        return f"/{self.entity.slug}"

    @cached_property
    def api(self) -> str:
        return f"/api/v1/{self.entity.slug}"


@pytest.fixture
def case(kind: str, db: None) -> Case:
    if kind not in MAKERS:
        pytest.fail(
            f"The kind {kind!r} has no maker: add it to tests/contract/makers.py, so that the contract covers it."
        )
    admin = company()
    insider = employee("insider", "内部人", rights=list(rights))
    outsider = employee("outsider", "局外人", rights=list(rights))
    return Case(registry[kind], admin, insider, outsider)


def send(client: Client, method: str, path: str, data: Any = None) -> Any:
    """A call of the API with a JSON body; an infinite number goes as 1e400, which JSON can write."""
    body = json.dumps(data if data is not None else {}).replace("Infinity", "1e400")
    return client.generic(method, path, body, content_type="application/json")


def typed(entity: Entity) -> bool:
    """Whether a new record comes as JSON; files come as a form does."""
    return all(spec.kind != "file" for spec in form_specs(entity))


def statements(client: Client, path: str) -> int:
    """How many statements a page costs when everything that is remembered is remembered."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured.captured_queries)


@pytest.fixture
def page(case: Case) -> Client:
    """The insider's browser."""
    return browser(case.insider)
