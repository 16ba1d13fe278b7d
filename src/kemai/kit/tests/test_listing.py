"""From a question to one page of rows: the same answer whichever way the query is told."""

import pytest

from kemai.kit import doors, listing, tally
from kemai.kit.entity import registry
from kemai.kit.errors import Forbidden, Malformed, NotFound
from kemai.kit.listing import Listing
from kemai.kit.question import Question
from kemai.kit.tests.sample.factories import applicant, order, submitted
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("LST-08", "LST-06")]
ORDERS = registry["sample-order"]
SORTS = ["", "subject", "-subject", "wanted_on", "-wanted_on", "total", "-total", "created_at", "-created_at"]


@pytest.fixture
def people():
    company()
    chief = applicant("chief", "主管", ranges={"sample-order": "all"})
    lin, zhou = applicant("lin", "小林"), applicant("zhou", "小周")
    for number in range(7):
        who = lin if number % 2 else zhou
        day = f"2026-03-{number + 1:02d}" if number % 3 else ""
        line = {"product": f"件{number}", "quantity": str(number + 1), "price": "1"}
        order(who, f"样品 {number % 4}", wanted_on=day, lines=[line] if number % 4 else [])
    submitted(zhou, lin, subject="请小林审批")
    return chief, lin, zhou


def ids(by, **params) -> list[int]:
    return doors.list_of(ORDERS, by, params).ids


@pytest.mark.parametrize(
    ("block", "furthest"), [(400, 400), (2, 100), (1, 1)], ids=["at once", "in two", "from the hits"]
)
@pytest.mark.parametrize("near", [-1, 50_000], ids=["far", "near"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_small_and_a_large_range_give_the_same_rows_in_the_same_order(
    people, monkeypatch, sort, near, block, furthest
):
    asked = [{}, {"q": "样品"}, {"q": "件 5"}, {"q": "y"}, {"q": "样品 1"}, {"page_size": "2", "page": "2"}]
    asked += [{"filter": {"rows": [{"field": "total", "cond": "gte", "value": "2"}]}}]
    for by in people:
        for params in asked:
            small = doors.list_of(ORDERS, by, {**params, "sort": sort})
            quick = (small.ids, small.total, small.all_ids())
            with monkeypatch.context() as patched:
                patched.setattr(listing, "SMALL_RANGE", -1)
                patched.setattr(listing, "NEAR_RANGE", near)
                patched.setattr(listing, "RARE_TERM", 0)
                patched.setattr(listing, "FIRST_BLOCK", block)
                patched.setattr(listing, "FURTHEST", furthest)
                large = doors.list_of(ORDERS, by, {**params, "sort": sort})
                assert large._small is False
                assert (large.ids, large.total, large.all_ids()) == quick
                patched.setattr(listing, "SMALL_RANGE", 5000)
                patched.setattr(listing, "QUICKLY_COUNTED", 0)
                at_length = doors.list_of(ORDERS, by, {**params, "sort": sort})
                assert (at_length.ids, at_length.total, at_length.all_ids()) == quick


def test_the_range_is_ones_own_ones_shared_and_what_a_role_opens(people):
    chief, lin, zhou = people
    assert len(ids(chief)) == 8
    assert len(ids(lin)) == 4  # three of one's own and the one that waits for one's word
    assert len(ids(zhou)) == 5


def test_totals_equal_counts_of_what_is_there(people):
    for by in people:
        answer = doors.list_of(ORDERS, by, {})
        assert answer.total == ORDERS.visible(by).count() == len(answer.all_ids())
    assert sum(tally.table("sample-order").values()) == 8


def test_a_total_without_a_question_reads_no_record(people, django_assert_num_queries):
    chief, *_ = people
    answer = doors.list_of(ORDERS, chief, {})
    with django_assert_num_queries(1):  # the counts by owner
        assert answer.total == 8


def test_the_few_records_of_a_rare_word_are_read_once_for_rows_and_total(people, django_assert_num_queries):
    chief, *_ = people
    answer = doors.list_of(ORDERS, chief, {"q": "样品", "page_size": "2"})
    assert answer.total == 7
    with django_assert_num_queries(0):
        assert len(answer.ids) == 2
    assert doors.list_of(ORDERS, chief, {"q": "样品", "page_size": "2", "page": "2"}).ids == answer.all_ids()[2:4]


def test_equals_are_ordered_by_their_id(people):
    chief, *_ = people
    listed = list(SampleOrder.objects.filter(pk__in=ids(chief, sort="subject")).values_list("subject", "pk"))
    assert [pk for _, pk in sorted(listed)] == ids(chief, sort="subject")
    assert ids(chief, sort="-subject") == ids(chief, sort="subject")[::-1]


def test_empty_values_are_the_smallest_on_both_databases(people):
    chief, *_ = people
    days = [SampleOrder.objects.get(pk=pk).wanted_on for pk in ids(chief, sort="wanted_on")]
    assert days[:4] == [None] * 4
    assert days[4:] == sorted(days[4:])
    assert [SampleOrder.objects.get(pk=pk).wanted_on for pk in ids(chief, sort="-wanted_on")] == days[::-1]


def test_every_row_for_an_export_comes_in_the_order_of_the_list_whatever_the_chunk(people):
    chief, *_ = people
    answer = doors.list_of(ORDERS, chief, {"sort": "subject", "page_size": "2"})
    number = next(column for column in answer.columns if column.name == "number")
    for chunk in (1, 3, 100):
        numbers = [row[0] for row in answer.every_row([number], chunk)]
        assert numbers == [SampleOrder.objects.get(pk=pk).number for pk in ids(chief, sort="subject")]


def test_a_page_beyond_the_last_is_empty(people):
    chief, *_ = people
    answer = doors.list_of(ORDERS, chief, {"page": "9", "page_size": "5"})
    assert (answer.ids, answer.total, answer.pages) == ([], 8, 2)


def test_more_than_a_deed_takes_is_refused(people):
    with pytest.raises(Malformed, match="一次最多处理 3 条"):
        doors.list_of(ORDERS, people[0], {}).all_ids(limit=3)


def test_a_question_asks_back_as_it_was_asked(people):
    params = {
        "view": "all",
        "q": "样品",
        "sort": "-total",
        "filter": '{"op":"and","rows":[{"field":"total","cond":"gt","value":"1"}]}',
    }
    assert Question.of(ORDERS, params, people[0]).as_params() == params


@pytest.mark.parametrize(
    "params", [{"page": "0"}, {"page": "x"}, {"page_size": "501"}, {"q": "长" * 201}, {"sort": "state"}, {"sort": "owner"}, {"sort": "-"}],
)  # fmt: skip
def test_questions_that_cannot_be_are_malformed(people, params):
    with pytest.raises(Malformed):
        assert ids(people[0], **params)


def test_an_unknown_view_is_not_found_and_without_the_right_nothing_is_shown(people):
    with pytest.raises(NotFound):
        ids(people[0], view="nothing")
    with pytest.raises(Forbidden):
        ids(applicant("wu", "吴", without="sample-order.view"))


def test_the_records_of_a_tab_are_listed_as_their_own_kind_lists_them(people):
    chief, lin, _ = people
    records = ORDERS.visible(chief).filter(owner=lin)
    answer = Listing(ORDERS, chief, Question.of(ORDERS, {"sort": "-subject", "q": "样品"}, chief), records=records)
    expected = [pk for pk in ids(chief, sort="-subject") if SampleOrder.objects.get(pk=pk).owner == lin]
    assert (answer.ids, answer.total) == (expected, 3)


def test_search_reads_number_subject_products_and_pinyin(people):
    chief, *_ = people
    made = SampleOrder.objects.get(subject="请小林审批")
    for word in (made.number, "小林审批", "xiaolinshenpi", "不锈钢", "bxg", "请 审批"):
        assert ids(chief, q=word) == [made.pk], word
    assert ids(chief, q="小林 弹簧") == []
