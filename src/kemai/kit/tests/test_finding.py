"""「查找」: match after match in the order of the list, over its pages; and the sums below it."""

from decimal import Decimal

import pytest

from kemai.customers.tests.factories import customer
from kemai.kit import doors, finding
from kemai.kit.entity import registry
from kemai.kit.errors import Malformed
from kemai.kit.tests.sample.factories import order
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import Team, again, browser, employee, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


def of_lin(crew: Team, **params):
    return doors.list_of(registry["customer"], again(crew.lin), {"view": "mine", "sort": "name", **params})


@pytest.mark.spec("LST-05")
def test_matches_come_in_the_order_of_the_list_over_its_pages_and_begin_anew(crew: Team) -> None:
    made = {name: customer(f"{name}公司", crew.lin) for name in ("安一恒", "安二", "安三恒", "安四", "安五恒", "安六")}
    order_of = of_lin(crew).ids
    wanted = [pk for pk in order_of if pk in {made[name].pk for name in ("安一恒", "安三恒", "安五恒")}]
    seen, after, page = [], None, 1
    for _ in range(4):
        found = finding.find_next(of_lin(crew, page=page, page_size=2), "name", "恒", after)
        seen.append((found.id, found.wrapped))
        assert order_of[found.position] == found.id
        after, page = found.id, found.position // 2 + 1
    assert seen == [(wanted[0], False), (wanted[1], False), (wanted[2], False), (wanted[0], True)]


@pytest.mark.spec("LST-05")
@pytest.mark.parametrize(("near", "rare"), [(0, 10), (1, 10), (1, 0), (9, 10)])
def test_what_is_far_is_found_by_growing_stretches(crew: Team, monkeypatch: pytest.MonkeyPatch, near, rare) -> None:
    monkeypatch.setattr(finding, "STRETCHES", (1, 2))
    monkeypatch.setattr(finding, "NEAR", near)
    monkeypatch.setattr(finding, "RARE", rare)
    made = [customer(f"第{number:02d}家", crew.lin) for number in range(9)]
    for number in (0, 1, 2, 3, 5, 8):
        assert finding.find_next(of_lin(crew), "name", f"第{number:02d}").id == made[number].pk
    listing = of_lin(crew)
    assert finding.find_next(listing, "name", "第01", listing.ids[5]).wrapped
    assert finding.find_next(listing, "name", "第05", made[5].pk).id == made[5].pk, "the only match is found again"
    assert finding.find_next(of_lin(crew), "name", "没有这家") is None


@pytest.mark.spec("LST-05")
def test_each_kind_of_column_is_searched_by_what_it_shows(crew: Team) -> None:
    level = DictionaryEntry.objects.filter(dictionary__code="customer_level").first()
    customer("甲公司", crew.lin)
    made = customer("乙公司", crew.lin, level=level.pk, phone="0512-6288", tags=["重要"])
    day = made.created_at.astimezone().date().isoformat()
    for column, value in (
        ("level", level.name[:1]),
        ("phone", "6288"),
        ("tags", "重要"),
        ("owner", "小林"),
        ("state", "已领"),
    ):
        assert finding.find_next(of_lin(crew), column, value) is not None, column
    assert finding.find_next(of_lin(crew), "level", level.name).id == made.pk
    assert finding.find_next(of_lin(crew), "created_at", day) is not None
    assert finding.find_next(of_lin(crew), "state", "已终止") is None
    for column, value in (("main_contact", "李"), ("nothing", "x"), ("name", "  "), ("created_at", "明天")):
        with pytest.raises(Malformed):
            finding.find_next(of_lin(crew), column, value)


@pytest.mark.spec("LST-05", "CUS-08")
def test_page_and_api_answer_alike_within_range_and_fields(crew: Team) -> None:
    mine = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62880001")
    customer("别人的恒泰", crew.chen)
    lin = browser(crew.lin)
    asked = {"view": "mine", "column": "name", "value": "恒泰", "after": mine.pk}
    expected = {"found": True, "id": mine.pk, "page": 1, "wrapped": True, "message": "已到末尾，从头找到这一条。"}
    assert lin.get("/customers/find", asked).json() == lin.get("/api/v1/customers/find", asked).json() == expected
    nothing = lin.get("/customers/find", {**asked, "value": "没有"}).json()
    assert nothing == {"found": False, "message": "没有找到符合的记录。"}
    answer = lin.get("/api/v1/customers/find", {"view": "pool", "column": "phone", "value": "0512"})
    assert (answer.status_code, answer.json()["message"]) == (400, "不能在这一列里查找。"), "a field that is not public"
    blind = browser(employee("blind", "门卫"))
    assert {
        blind.get(path, asked).status_code for path in ("/customers/find", "/api/v1/customers/find", "/customers/sums")
    } == {403}


@pytest.mark.spec("LST-17")
def test_sums_go_over_all_that_match_and_what_the_person_sees(crew: Team) -> None:
    rights = ["sample-order.view", "sample-order.add"]
    gu, lu = employee("gu", "顾", rights=rights), employee("lu", "陆", rights=rights)
    for number, price in enumerate(("10.5", "20.25", "30")):
        order(gu, f"展会 {number}", lines=[{"product": "螺栓", "quantity": "1", "price": price}])
    order(lu, "别人的", lines=[{"product": "螺栓", "quantity": "1", "price": "1000"}])
    client = browser(gu)
    assert client.get("/api/v1/sample-orders/sums", {"page_size": 1}).json() == {"sums": {"total": "60.75"}, "total": 3}
    asked = {"filter": '{"rows":[{"field":"subject","cond":"ne","value":"展会 2"}]}'}
    assert client.get("/api/v1/sample-orders/sums", asked).json()["sums"] == {"total": "30.75"}
    page = client.get("/sample-orders?page_size=1").content.decode()
    assert 'hx-get="/sample-orders/sums?view=all" hx-trigger="load"' in page, "the list does not wait for its sums"
    assert "60.75" not in page
    row = client.get("/sample-orders/sums").content.decode()
    assert "60.75" in row
    assert "全部 3 条" in row
    assert "hx-get" not in row
    assert "km-sums" not in browser(crew.lin).get("/customers").content.decode(), (
        "a list without number columns asks for no sums"
    )
    listing = doors.list_of(registry["sample-order"], again(gu), {})
    assert listing.sums(listing.columns) == {"total": Decimal("60.75")}


@pytest.mark.spec("LST-13")
def test_a_row_has_its_colour_and_says_the_same_by_icon_and_word(crew: Team) -> None:
    gu = employee("gu", "顾", rights=["sample-order.view", "sample-order.add", "sample-order.void"])
    plain, gone = order(gu, "照常的"), order(gu, "作废的")
    doors.act(registry["sample-order"], gu, "void", gone.pk, {"reason": "展会取消"}, "page")
    page = browser(gu).get("/sample-orders").content.decode()
    assert f'<tr data-id="{gone.pk}" class="km-row--red">' in page
    assert f'<tr data-id="{plain.pk}">' in page
    assert (
        'km-state km-state--red"><svg class="km-i" aria-hidden="true"><use href="/static/vendor/icons.svg#i-ban"/></svg>已作废</span>'
        in page
    )
