"""The matrix is only worth what it catches: one leak is planted at every door, and the matrix turns red (SEC-01)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kemai.customers import queries
from kemai.files import queries as file_queries
from kemai.files import views as file_views
from kemai.kit import columns, doors, listing, pages_deed, pages_pick, pages_record, tabs
from kemai.kit.entity import registry
from kemai.kit.reach import EVERYTHING
from tests.doors import http, matrix
from tests.doors.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SEC-01")]
ROLES = ["sales_rep"]


def anything(entity: Any, by: Any, pk: int, reach: Any = None) -> Any:
    """A door that forgets the range."""
    record = entity.model._base_manager.filter(pk=pk).first()
    if record is None:
        raise doors.NotFound
    return record


def no_rights(by: Any, right: str) -> None:
    """A door that forgets the right."""


def red(
    world: World, answer: Callable[[World, matrix.Case], str], kind: str, *names: str, roles: list[str] | None = None
) -> list[str]:
    """What the matrix says of these doors now."""
    matrix.forget()
    try:
        return matrix.disagreements(world, matrix.cases(kinds=[kind], doors=names, roles=roles or ROLES), answer)
    finally:
        matrix.forget()


def everything(by: Any, **options: Any) -> Any:
    return replace(EVERYTHING, tally="customer")


def widen(monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    """A list that forgets whose it is."""
    customers = registry["customer"]
    views = [replace(one, reach=everything, where=None) if one.name == view else one for one in customers.views]
    monkeypatch.setattr(customers, "views", views)
    customers.__dict__.pop("all_views", None)


@pytest.fixture(autouse=True)
def _views_as_declared():
    yield
    registry["customer"].__dict__.pop("all_views", None)


def whole_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public view that shows every column."""

    def every(by: Any, entity: Any, view: Any) -> Any:
        return columns.bound_columns(entity)

    for module in (columns, listing, doors):
        monkeypatch.setattr(module, "columns_for", every)


def test_without_a_leak_nothing_is_red(world: World):
    assert red(world, matrix.at_the_resolver, "customer", "read", "list:mine", "change") == []
    assert red(world, http.over_page, "customer", "read", "change") == []


def test_page_list(world: World, monkeypatch: pytest.MonkeyPatch):
    widen(monkeypatch, "mine")
    assert red(world, http.over_page, "customer", "list:mine")


def test_api_list(world: World, monkeypatch: pytest.MonkeyPatch):
    widen(monkeypatch, "shared")
    assert red(world, http.over_api, "customer", "list:shared")
    assert red(world, matrix.at_the_resolver, "customer", "list:shared")


def test_pool_that_shows_what_is_not_public(world: World, monkeypatch: pytest.MonkeyPatch):
    whole_columns(monkeypatch)
    assert red(world, matrix.at_the_resolver, "customer", "list:pool")
    assert red(world, http.over_page, "customer", "read:pool")
    assert red(world, http.over_api, "customer", "list:pool")


def test_page_record(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages_record.doors, "find", anything)
    assert red(world, http.over_page, "customer", "read")


def test_api_read(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "find", anything)
    assert red(world, http.over_api, "customer", "read")
    assert red(world, matrix.at_the_resolver, "customer", "read")


def test_change(world: World, monkeypatch: pytest.MonkeyPatch):
    own = registry["customer"].form.change
    bare = own.__wrapped__

    def unguarded(record: Any, *, by: Any, values: Any, version: Any = None, **options: Any) -> Any:
        return record  # as if it had been saved

    assert bare is not None
    monkeypatch.setattr(registry["customer"], "form", replace(registry["customer"].form, change=unguarded))
    assert red(world, http.over_api, "customer", "change")
    assert red(world, matrix.at_the_resolver, "customer", "change")


def test_delete(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "require", no_rights)
    monkeypatch.setattr(pages_deed, "require", no_rights)
    assert red(world, http.over_api, "customer", "delete")
    assert red(world, matrix.at_the_resolver, "customer", "delete")


def test_action(world: World, monkeypatch: pytest.MonkeyPatch):
    actions = [
        replace(action, right="") if action.verb == "recall" else action for action in registry["customer"].actions
    ]
    monkeypatch.setattr(registry["customer"], "actions", actions)
    assert red(world, http.over_page, "customer", "do:recall")
    assert red(world, matrix.at_the_resolver, "customer", "do:recall")


def test_action_that_reaches_too_far(world: World, monkeypatch: pytest.MonkeyPatch):
    actions = [
        replace(action, reach=queries.every_customer) if action.verb == "release" else action
        for action in registry["customer"].actions
    ]
    monkeypatch.setattr(registry["customer"], "actions", actions)
    assert red(world, matrix.at_the_resolver, "customer", "do:release")


def test_bulk_action(world: World, monkeypatch: pytest.MonkeyPatch):
    def blindly(entity: Any, by: Any, verb: str, ids: Any, raw: Any, door: str) -> list[doors.Result]:
        return [doors.Result(pk, True) for pk in ids]

    monkeypatch.setattr(doors, "act_many", blindly)
    assert red(world, http.over_api, "customer", "do:release")
    assert red(world, http.over_page, "customer", "do:release")


def test_tab(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "find", anything)
    assert red(world, http.over_page, "customer", "tab:ownership")
    assert red(world, http.over_api, "customer", "tab:shares")
    assert red(world, matrix.at_the_resolver, "customer", "tab:contacts")


def test_delete_in_a_tab(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry["customer-share"], "delete", lambda record, *, by: None)
    assert red(world, http.over_api, "customer", "tab-delete:shares")


def test_search(world: World, monkeypatch: pytest.MonkeyPatch):
    own = listing.Listing.matching

    def unbounded(self: Any, *, walk: bool = False) -> Any:
        if not self.question.q:
            return own(self, walk=walk)
        return self.entity.model._base_manager.filter(self._narrowed)

    monkeypatch.setattr(listing.Listing, "matching", unbounded)
    assert red(world, http.over_page, "customer", "list:mine")
    assert red(world, http.over_api, "customer", "list:mine")


def test_filter(world: World, monkeypatch: pytest.MonkeyPatch):
    own = listing.Listing.matching

    def unbounded(self: Any, *, walk: bool = False) -> Any:
        if not self.question.filter:
            return own(self, walk=walk)
        return self.entity.model._base_manager.filter(self._narrowed)

    monkeypatch.setattr(listing.Listing, "matching", unbounded)
    assert red(world, http.over_api, "customer", "list:mine")


def test_sort(world: World, monkeypatch: pytest.MonkeyPatch):
    own = listing.Listing.matching

    def unbounded(self: Any, *, walk: bool = False) -> Any:
        return self.entity.model._base_manager.all() if self.question.sort else own(self, walk=walk)

    monkeypatch.setattr(listing.Listing, "matching", unbounded)
    assert red(world, http.over_page, "customer", "list:mine")
    assert red(world, http.over_api, "customer", "list:mine")


def test_export(world: World, monkeypatch: pytest.MonkeyPatch):
    def all_ids(self: Any) -> list[int]:
        return list(self.entity.model._base_manager.values_list("pk", flat=True))

    monkeypatch.setattr(listing.Listing, "every_id", all_ids)
    assert red(world, http.over_page, "customer", "export:mine", roles=["marketing"])
    assert red(world, http.over_api, "customer", "export:mine", roles=["marketing"])
    assert red(world, matrix.at_the_resolver, "customer", "export:mine", roles=["marketing"])


def test_picker(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry["contact"], "reach", lambda by: EVERYTHING)
    assert red(world, http.over_page, "contact", "pick")


def test_picker_that_forgets_the_right(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages_pick.doors, "require_pick", lambda entity, by: None)
    assert red(world, http.over_page, "log", "pick")
    assert red(world, http.over_page, "role", "pick")


def test_address_of_an_attachment(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        file_views, "_found", lambda request, pk: anything(registry["attachment"], request.employee, pk)
    )
    assert red(world, http.over_page, "attachment", "content")
    assert red(world, http.over_api, "attachment", "content")


def test_list_of_attachments(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry["attachment"], "reach", lambda by, **options: EVERYTHING)
    assert file_queries.visible_attachments is not None
    assert red(world, matrix.at_the_resolver, "attachment", "read")


def test_timeline(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "find", anything)
    assert red(world, http.over_api, "customer", "timeline")
    assert red(world, matrix.at_the_resolver, "customer", "timeline")


def test_a_right_that_the_table_does_not_give(world: World, monkeypatch: pytest.MonkeyPatch):
    for module in (doors, pages_record, tabs):
        monkeypatch.setattr(module, "require", no_rights)
    assert red(world, matrix.at_the_resolver, "log", "read")
    assert red(world, http.over_page, "log", "tab:values")
