"""Every kind's list: sorted, filtered, counted and exported as an independent reading of the records says."""

import json

import pytest
from django.db.models import CharField, TextField

from kemai.kit import doors
from kemai.kit.columns import bound_columns
from kemai.kit.journal import journal
from kemai.kit.selfcheck import indexes_are_true
from kemai.kit.testing import filter_questions, filtered_by_hand, sorted_by_hand, value_at
from kemai.people.tests.factories import again, browser
from tests.contract.conftest import Case, statements

RECORDS = 5
FEW_SETTINGS = {"dictionary"}  # kinds of which nobody makes new ones


def seen_by(case: Case):
    """All records that the insider sees in the first list, with their columns and the texts of the columns by record."""
    listing = doors.list_of(case.entity, again(case.insider), {"page_size": "500"})
    records = list(case.entity.model._base_manager.filter(pk__in=listing.ids))
    texts = {column.name: {} for column in listing.columns}
    for row in listing.rows_of(listing.ids, listing.columns):
        for column, cell in zip(listing.columns, row.cells, strict=True):
            texts[column.name][row.id] = cell.text
    return records, listing.columns, texts


@pytest.mark.spec("LST-06")
def test_every_column_that_sorts_sorts_both_ways_as_by_hand(case: Case, page):
    case.records(RECORDS)
    records, columns, _ = seen_by(case)
    for column in columns:
        if not column.sort_path:
            answer = page.get(case.api, {"sort": column.name})
            assert (answer.status_code, answer.json()["code"]) == (400, "not_sortable"), column.name
            continue
        for falling in (False, True):
            sort = f"-{column.name}" if falling else column.name
            answer = page.get(case.api, {"sort": sort, "page_size": 500}).json()
            expected = sorted_by_hand(records, column.sort_path, falling=falling)
            assert [item["id"] for item in answer["items"]] == expected, sort
            html = page.get(case.base, {"sort": sort, "page_size": 100}).content.decode()
            rows = [int(part.partition('"')[0]) for part in html.split('data-id="')[1:]]
            assert rows == expected[:100], sort


@pytest.mark.spec("LST-06")
def test_without_a_wish_the_list_stands_in_the_declared_order(case: Case, page):
    case.records(RECORDS)
    records, columns, _ = seen_by(case)
    order = case.entity.order.lstrip("-")
    column = next((column for column in columns if column.name == order and column.sort_path), None)
    path = column.sort_path if column else order
    expected = sorted_by_hand(records, path, falling=case.entity.order.startswith("-"))
    assert [item["id"] for item in page.get(case.api, {"page_size": 500}).json()["items"]] == expected


@pytest.mark.spec("LST-08", "LST-04")
def test_every_condition_of_every_column_finds_what_a_look_at_every_record_finds(case: Case, page):
    case.records(RECORDS)
    records, columns, texts = seen_by(case)
    by, asked_for = again(case.insider), 0
    for column in columns:
        if column.column.fetch or not column.column.filters:
            continue
        for cond, asked in filter_questions(column, records):
            asked_for += 1
            question = {"rows": [{"field": column.name, "cond": cond, "value": asked}]}
            listing = doors.list_of(case.entity, by, {"filter": question, "page_size": "500"})
            expected = filtered_by_hand(records, column, cond, asked, texts[column.name])
            assert set(listing.ids) == expected, (column.name, cond, asked)
            assert listing.total == len(expected), (column.name, cond, asked)
    assert asked_for >= 3
    last = json.dumps(question)
    assert page.get(case.api, {"filter": last}).json()["total"] == len(expected)
    assert page.get(case.base, {"filter": last}).status_code == 200


@pytest.mark.spec("LST-04")
def test_conditions_are_joined_by_and_and_by_or(case: Case):
    case.records(RECORDS)
    records, columns, texts = seen_by(case)
    usable = [column for column in columns if column.column.filters and not column.column.fetch]
    rows, found = [], []
    for column in (usable[0], usable[-1]):
        cond, asked = next((cond, asked) for cond, asked in filter_questions(column, records) if cond == "eq")
        rows.append({"field": column.name, "cond": cond, "value": asked})
        found.append(filtered_by_hand(records, column, cond, asked, texts[column.name]))
    for op, expected in (("and", found[0] & found[1]), ("or", found[0] | found[1])):
        params = {"filter": {"op": op, "rows": rows}, "page_size": "500"}
        assert set(doors.list_of(case.entity, again(case.insider), params).ids) == expected


def test_what_cannot_be_filtered_by_is_refused_in_one_sentence(case: Case, page):
    hidden = [column.name for column in bound_columns(case.entity) if column.column.fetch or not column.column.filters]
    for name in [*hidden, "password", "owner__password", "pk", ""]:
        asked = json.dumps({"rows": [{"field": name, "cond": "eq", "value": "1"}]})
        answer = page.get(case.api, {"filter": asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter"), name


@pytest.mark.spec("LST-08")
def test_pages_come_one_after_the_other_without_gap_or_repetition(case: Case, page):
    case.records(RECORDS)
    whole = [item["id"] for item in page.get(case.api, {"page_size": 500}).json()["items"]]
    parts = []
    for number in range(1, len(whole) // 2 + 2):
        answer = page.get(case.api, {"page_size": 2, "page": number}).json()
        assert answer["total"] == len(whole)
        parts += [item["id"] for item in answer["items"]]
    assert parts == whole


@pytest.mark.spec("LST-14")
def test_a_list_costs_the_same_statements_for_one_and_for_many(case: Case, page):
    case.make(1)
    everything = f"{case.api}?page_size=500"
    one = [statements(page, case.base), statements(page, everything)]
    for number in range(2, 8) if case.entity.name not in FEW_SETTINGS else ():
        case.make(number)
    many = [statements(page, case.base), statements(page, everything)]
    assert many == one
    assert max(many) <= 30


def test_what_the_api_shows_is_what_the_record_holds(case: Case, page):
    case.records(RECORDS)
    records, columns, texts = seen_by(case)
    shown = {item["id"]: item for item in page.get(case.api, {"page_size": 500}).json()["items"]}
    for column in columns:
        if column.column.fetch or column.kind in ("time", "date", "number", "money"):
            continue
        for record in records:
            assert shown[record.pk][column.name] == value_at(record, column.path), column.name
            if f"{column.name}_display" in shown[record.pk]:
                assert shown[record.pk][f"{column.name}_display"] == texts[column.name][record.pk]


def test_quick_search_finds_a_record_by_its_name(case: Case, page):
    record, *_ = case.records(RECORDS)
    if case.entity.search is None and case.entity.title_field == "id":
        pytest.skip("these records have no name")
    title = str(value_at(record, case.entity.title_field))
    for client in (page, browser(case.admin) if case.everybody else page):
        found = client.get(case.api, {"q": title, "page_size": 500}).json()
        assert record.pk in [item["id"] for item in found["items"]]
        assert found["total"] == len(found["items"])
    assert page.get(case.api, {"q": "绝不会有的名称甲乙丙"}).json()["total"] == 0


def test_a_search_of_any_sign_is_answered(case: Case, page):
    case.make()
    for text in (
        "%",
        "_",
        "'",
        '"',
        "\\",
        "*",
        "(",
        ")",
        "-",
        "a AND b",
        "NEAR(a b)",
        "🚀",
        "\x00",
        " ",
        "？！",
        "a'b\"c",
        "１２３",
    ):
        assert page.get(case.api, {"q": text}).status_code == 200, text
        assert page.get(case.base, {"q": text}).status_code == 200, text


def test_wrong_questions_are_answered_with_one_sentence(case: Case, page):
    wrong = [
        {"page": "0"}, {"page": "x"}, {"page": "-1"}, {"page_size": "0"}, {"page_size": "501"}, {"page_size": "1e3"}, {"q": "长" * 201},
        {"filter": "{"}, {"filter": "[]"}, {"filter": '{"rows": 1}'}, {"filter": '{"op": "xor", "rows": []}'}, {"sort": "nothing"},
        {"filter": '{"rows": [{"field": "version", "cond": "drop", "value": 1}]}'}, {"sort": "owner__password"}, {"sort": "-"},
    ]  # fmt: skip
    for params in wrong:
        answer = page.get(case.api, params)
        assert answer.status_code == 400, params
        assert set(answer.json()) >= {"code", "message", "fields"}
        assert page.get(case.base, params).status_code == 400, params
    assert page.get(case.api, {"view": "nothing"}).status_code == 404
    assert page.get(case.base, {"view": "nothing"}).status_code == 404


@pytest.mark.spec("LST-02")
def test_the_search_index_stays_true_whichever_field_changes(case: Case):
    if case.entity.search is None:
        pytest.skip("these records are not searched")
    (record,) = case.records(1)
    texts = [one for one in record._meta.concrete_fields if isinstance(one, CharField | TextField) and not one.choices]
    assert texts
    for field in texts:
        with journal(by=case.insider, deed="test") as log:
            log.update(record, **{field.name: "13912345678"[: field.max_length]})
        assert list(indexes_are_true()) == [], field.name
