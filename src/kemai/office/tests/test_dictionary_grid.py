"""A dictionary list edited in a grid: all saved at once or nothing, equal names refused, the fixed row kept (SYS-03)."""

import pytest

from kemai.kit import doors
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Invalid
from kemai.kit.models import ChangeSet, RecycleBin
from kemai.office.models import Dictionary, DictionaryEntry
from kemai.office.queries import entry_options
from kemai.people.tests.factories import Team, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-03")]


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def sizes(crew: Team) -> Dictionary:
    return Dictionary.objects.get(code="customer_size")  # 大型 中型 小型


def rows(of: Dictionary) -> list[dict]:
    return [{"id": entry.pk, "name": entry.name, "enabled": entry.enabled} for entry in of.entries.all()]


def names(of: Dictionary) -> list[str]:
    return [entry.name for entry in of.entries.all()]


def save(of: Dictionary, by, entries: list[dict], door: str = "page") -> None:
    doors.change(registry["dictionary"], by, of.pk, {"entries": entries}, door)


def test_rows_are_added_renamed_ordered_and_deleted_in_one_go(crew: Team, sizes: Dictionary):
    big, middle, small = rows(sizes)
    before = ChangeSet.objects.count()
    save(sizes, crew.admin, [{"name": "特大型"}, {**big, "name": "大 型企业"}, {**small, "enabled": False}])
    assert names(sizes) == ["特大型", "大 型企业", "小型"]
    assert [word for _, word in entry_options("customer_size")] == ["特大型", "大 型企业"]
    assert RecycleBin.objects.get().record_id == middle["id"]
    assert ChangeSet.objects.count() == before + 1
    assert Dictionary.objects.get(pk=sizes.pk).version == sizes.version + 1


def test_two_entries_may_exchange_their_names(crew: Team, sizes: Dictionary):
    big, middle, small = rows(sizes)
    save(sizes, crew.admin, [{**big, "name": "小型"}, middle, {**small, "name": "大型"}])
    assert {entry.pk: entry.name for entry in sizes.entries.all()} == {
        big["id"]: "小型", middle["id"]: "中型", small["id"]: "大型",
    }  # fmt: skip


def test_equal_names_are_an_error_at_their_row_and_nothing_is_saved(crew: Team, sizes: Dictionary):
    with pytest.raises(Invalid) as refused:
        save(sizes, crew.admin, [{"name": "特大型"}, *rows(sizes), {"name": "（大）型"}, {"name": "。"}])
    assert refused.value.fields == {
        "entries.4.name": ["与第 2 行「大型」同名。"], "entries.5.name": ["名称不能只有标点。"],
    }  # fmt: skip
    assert names(sizes) == ["大型", "中型", "小型"]


def test_an_entry_in_use_is_not_deleted_and_neither_is_anything_else_saved(crew: Team, sizes: Dictionary):
    from kemai.customers.tests.factories import customer

    big, middle, _ = rows(sizes)
    customer("恒泰机械厂", crew.lin, size=big["id"])
    with pytest.raises(DomainError) as refused:
        save(sizes, crew.admin, [{**middle, "name": "中等"}])
    assert refused.value.message == "「大型」已在「客户」中使用，不能删除，可以停用。"
    assert names(sizes) == ["大型", "中型", "小型"]


def test_the_first_row_of_the_categories_can_be_neither_changed_deleted_nor_moved(crew: Team):
    categories = Dictionary.objects.get(code="customer_category")
    fixed, supplier, *rest = rows(categories)
    with pytest.raises(Invalid) as refused:
        save(categories, crew.admin, [{**fixed, "name": "别的"}, supplier, *rest])
    assert refused.value.fields == {"entries.0.name": ["「未分类」是固定项，不能修改或删除。"]}
    with pytest.raises(DomainError):
        save(categories, crew.admin, [supplier, *rest])
    save(categories, crew.admin, [supplier, fixed, *rest])
    assert names(categories)[:2] == ["未分类", "供应商"]


def test_the_page_shows_the_fixed_row_without_inputs_and_saves_the_grid(crew: Team):
    categories = Dictionary.objects.get(code="customer_category")
    page = browser(crew.admin)
    html = page.get(f"/dictionaries/{categories.pk}/edit").content.decode()
    assert '<tr class="is-fixed" data-row="0">' in html
    sent = {"title": "客户类型", "version": categories.version, "entries": "1"}
    for number, row in enumerate([*rows(categories), {"id": "", "name": "代理商", "enabled": True}]):
        sent |= {
            f"entries-{number}-id": row["id"],
            f"entries-{number}-name": row["name"],
            f"entries-{number}-enabled": "1",
        }
    assert page.post(f"/dictionaries/{categories.pk}", sent).status_code == 303
    assert names(categories)[-1] == "代理商"
    assert Dictionary.objects.get(pk=categories.pk).title == "客户类型"


def test_the_api_saves_the_grid_too_and_only_for_who_may(crew: Team, sizes: Dictionary):
    sent = {"entries": [*rows(sizes), {"name": "微型"}]}
    address = f"/api/v1/dictionaries/{sizes.pk}"
    assert program(crew.lin).patch(address, sent, content_type="application/json").status_code == 403
    assert DictionaryEntry.objects.filter(name="微型").count() == 0
    answer = program(crew.admin).patch(address, sent, content_type="application/json")
    assert [entry["name"] for entry in answer.json()["entries"]] == ["大型", "中型", "小型", "微型"]
