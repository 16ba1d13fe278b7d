"""The company of 老总, 王建国, 小林, 小周 and their colleagues, and a way to speak to the API as each of them."""

from collections.abc import Callable

import pytest

from kemai.customers.tests.support import Api
from kemai.people.models import Employee
from kemai.people.tests.factories import Team, team


@pytest.fixture
def crew(db: None) -> Team:
    """老总 over 王建国 (小林, 小周) and 孙经理 (小陈); 市场专员 and 客服专员."""
    return team()


@pytest.fixture
def at(crew: Team) -> Callable[[Employee], Api]:
    """`at(crew.lin).post("customers/3/claim")`: 小林 at the API, with a token of his own."""
    known: dict[int, Api] = {}

    def of(who: Employee) -> Api:
        return known.setdefault(who.pk, Api(who))

    return of
