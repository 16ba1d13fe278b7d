"""The time line of a record: what people changed, from what to what, and what was added to it (FRM-05)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kemai.customers.contact_services import contact_change
from kemai.customers.models import Customer
from kemai.customers.services import customer_change, customer_release
from kemai.customers.share_services import customer_share
from kemai.customers.tests.factories import contact, customer
from kemai.kit.entity import registry
from kemai.kit.journal import moment
from kemai.kit.timeline import OUT_OF_RANGE, timeline_of
from kemai.people.tests.factories import Team, again, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("FRM-05")]


@pytest.fixture
def crew() -> Team:
    return team()


def told(record, by) -> list[tuple[str, str, str]]:
    found = timeline_of(registry["customer" if isinstance(record, Customer) else "contact"], record, again(by))
    return [(entry.title, entry.text, entry.by) for entry in found]


def later(minutes: int, change) -> None:
    token = moment.set(timezone.now() + timedelta(minutes=minutes))
    try:
        change()
    finally:
        moment.reset(token)


def test_changes_of_one_sitting_are_one_entry_with_old_and_new_values(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62881190")
    lin = again(crew.lin)
    later(1, lambda: customer_change(made, by=lin, values={"phone": "0512-11112222"}))
    later(2, lambda: customer_change(made, by=lin, values={"phone": "0512-33334444", "fax": "0512-33334445"}))
    later(60, lambda: customer_change(made, by=again(crew.manager), values={"fax": ""}))
    changes = [entry for entry in told(made, crew.lin) if entry[0] == "修改资料"]
    assert changes == [
        ("修改资料", "传真：0512-33334445 → —", "王建国"),
        ("修改资料", "电话：0512-62881190 → 0512-33334444\n传真：— → 0512-33334445", "小林"),
    ]


def test_what_was_put_back_at_once_is_not_told(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62881190")
    lin = again(crew.lin)
    later(1, lambda: customer_change(made, by=lin, values={"phone": "0512-11112222"}))
    later(2, lambda: customer_change(made, by=lin, values={"phone": "0512-62881190"}))
    assert "修改资料" not in [title for title, _, _ in told(made, crew.lin)]


@pytest.mark.spec("CUS-18")
def test_owner_changes_and_later_contacts_stand_in_the_time_line(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}])
    later(10, lambda: contact("吴倩", made, by=again(crew.lin)))
    found = told(made, crew.lin)
    assert ("新增联系人", "吴倩", "小林") in found
    assert "顾志明" not in str(found), "made together with the customer"
    page = browser(crew.lin).get(f"/customers/{made.pk}").content.decode()
    assert "新增联系人" in page
    customer_release(made, by=again(crew.lin), reason="没有需求")
    assert ("负责人变更：归还", "由 小林 转给 客户池，原因：没有需求", "小林") in told(made, crew.manager)


def test_a_reference_outside_ones_range_keeps_its_name_to_itself(crew: Team) -> None:
    mine, theirs = customer("苏州恒泰机械有限公司", crew.lin), customer("杭州启明灯具厂", crew.zhou)
    person = contact("顾志明", theirs, by=crew.zhou)
    contact_change(person, by=again(crew.admin), values={"customer": mine.pk})
    person.refresh_from_db()
    texts = [text for _, text, _ in told(person, crew.lin)]
    assert any(text.endswith(f"{OUT_OF_RANGE} → 苏州恒泰机械有限公司") for text in texts), texts
    assert "杭州启明灯具厂" not in str(texts)


def test_the_api_tells_the_same(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62881190")
    customer_change(made, by=again(crew.lin), values={"phone": "0512-33334444"})
    items = program(crew.lin).get(f"/api/v1/customers/{made.pk}/timeline").json()["items"]
    assert items[0]["title"] == "修改资料"
    assert items[0]["text"] == "电话：0512-62881190 → 0512-33334444"


@pytest.mark.spec("PRF-04")
def test_however_much_hangs_on_a_customer_its_page_asks_as_often(crew: Team) -> None:
    few, many = customer("杭州启明灯具厂", crew.lin), customer("苏州恒泰机械有限公司", crew.lin)
    for one, whom, names in (
        (few, [crew.zhou], ["顾志明"]),
        (many, [crew.zhou, crew.manager], ["吴倩", "沈立", "单明亮"]),
    ):
        later(
            10, lambda one=one, whom=whom: customer_share(one, by=again(crew.lin), employees=[who.pk for who in whom])
        )
        for name in names:
            later(20, lambda one=one, name=name: contact(name, one, by=again(crew.lin)))
    page = browser(crew.lin)
    page.get(f"/customers/{few.pk}")
    asked = {}
    for one in (few, many):
        with CaptureQueriesContext(connection) as statements:
            assert page.get(f"/customers/{one.pk}").status_code == 200
        asked[one.pk] = len(statements)
    assert ("新增客户共享", f"{many}：{crew.zhou.name}", "小林") in told(many, crew.lin)
    assert asked[many.pk] == asked[few.pk]
