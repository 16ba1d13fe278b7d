"""A field of a record changed where it stands (FRM-05): the same right, range, values and versions as the whole form."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from kemai.customers.models import Customer
from kemai.customers.services import customer_change
from kemai.customers.tests.factories import customer
from kemai.people.tests.factories import Team, again, browser, team

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


@pytest.fixture
def made(crew: Team) -> Customer:
    return customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62881190", contacts=[{"name": "顾志明"}])


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", unescape(answer.content.decode())))


def save(client: Client, made: Customer, name: str, value: str, version: int = 1):
    return client.post(
        f"/customers/{made.pk}", {"then": f"field:{name}", name: value, "version": version}, headers=PART
    )


@pytest.mark.spec("FRM-05")
def test_one_field_is_saved_and_the_others_stay(lin: Client, made: Customer) -> None:
    page = lin.get(f"/customers/{made.pk}").content.decode()
    assert f'data-edit="/customers/{made.pk}/field/phone"' in page
    asked = lin.get(f"/customers/{made.pk}/field/phone", headers=PART).content.decode()
    assert 'value="0512-62881190"' in asked
    assert 'name="version" value="1"' in asked
    told = json.loads(save(lin, made, "phone", "0512-66668888")["HX-Trigger"])
    assert told == {"km:toast": {"text": "已保存客户「苏州恒泰机械有限公司」。"}, "km:saved": True}
    made.refresh_from_db()
    assert (made.phone, made.name, made.version) == ("0512-66668888", "苏州恒泰机械有限公司", 2)
    assert [contact.name for contact in made.contacts.all()] == ["顾志明"]


@pytest.mark.spec("FRM-05")
def test_a_mistake_stands_beside_the_field_and_what_was_typed_stays(lin: Client, made: Customer) -> None:
    answer = save(lin, made, "email", "不是邮箱")
    assert answer.status_code == 422
    assert "电子邮箱的格式不对，应像 name@example.com。" in words(answer)
    assert 'value="不是邮箱"' in answer.content.decode()
    empty = save(lin, made, "name", "")
    assert "请填写客户名称。" in words(empty)
    made.refresh_from_db()
    assert (made.email, made.name, made.version) == ("", "苏州恒泰机械有限公司", 1)


@pytest.mark.spec("FRM-02")
def test_who_comes_second_sees_whose_change_came_between_and_may_save_once_more(
    lin: Client, crew: Team, made: Customer
) -> None:
    customer_change(made, by=again(crew.manager), values={"phone": "0512-11112222"}, version=1)
    answer = save(lin, made, "phone", "0512-33334444", version=1)
    assert answer.status_code == 409
    assert "王建国 把电话由「0512-62881190」改为「0512-11112222」" in words(answer)
    assert 'value="0512-33334444"' in answer.content.decode()
    made.refresh_from_db()
    assert made.phone == "0512-11112222"
    assert 'name="version" value="2"' in answer.content.decode()
    save(lin, made, "phone", "0512-33334444", version=2)
    made.refresh_from_db()
    assert made.phone == "0512-33334444"


@pytest.mark.spec("FRM-05")
def test_who_may_not_change_the_record_is_offered_no_field(crew: Team, made: Customer) -> None:
    zhou, service = browser(crew.zhou), browser(crew.service)
    assert zhou.get(f"/customers/{made.pk}/field/phone", headers=PART).status_code == 404
    assert service.get(f"/customers/{made.pk}/field/phone", headers=PART).status_code in (403, 404)
    pool = customer("公海电子商行")
    assert "data-edit" not in browser(crew.lin).get(f"/customers/{pool.pk}?view=pool").content.decode()
    lin = browser(crew.lin)
    for name in ("owner", "version", "nothing", "similar_reason"):
        assert lin.get(f"/customers/{made.pk}/field/{name}", headers=PART).status_code == 404, name


@pytest.mark.spec("FRM-05")
def test_a_warning_that_wants_a_reason_asks_for_it_beside_the_field(lin: Client, crew: Team, made: Customer) -> None:
    customer("无锡远望物流有限公司", crew.lin, phone="0510-85550000")
    answer = save(lin, made, "phone", "0510-85550000")
    assert answer.status_code == 422
    assert "无锡远望物流有限公司" in words(answer)
    assert 'name="similar_reason"' in answer.content.decode()
    sent = {"then": "field:phone", "phone": "0510-85550000", "similar_reason": "同一个园区的总机", "version": 1}
    assert lin.post(f"/customers/{made.pk}", sent, headers=PART).status_code == 200
    made.refresh_from_db()
    assert made.phone == "0510-85550000"
