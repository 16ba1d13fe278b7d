"""What pickers offer: within the range, told apart, chosen lately first, with their parent, and what is missing made on the spot."""

import pytest

from kemai.customers.models import Customer
from kemai.customers.tests.factories import contact, customer
from kemai.kit.models import RowChange
from kemai.kit.tests.sample.factories import applicant, approved, parcel
from kemai.kit.tests.sample.models import SampleParcel
from kemai.people.tests.factories import Team, browser, company, employee, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


def offered(by, kind: str, **params):
    return browser(by).get(f"/pick/{kind}", params).json()


def texts(answer) -> list[str]:
    return [item["text"] for item in answer["items"]]


@pytest.mark.spec("FRM-03")
def test_a_picker_offers_mine_shared_and_my_subordinates_customers_and_never_the_pool(crew: Team):
    customer("恒泰机械厂", crew.lin)
    customer("恒泰物流公司", crew.chen)
    customer("恒泰电子商行")
    assert texts(offered(crew.lin, "customer", q="恒泰")) == ["恒泰机械厂"]
    assert "恒泰物流公司" not in texts(offered(crew.manager, "customer", q="ht"))


@pytest.mark.spec("FRM-03")
def test_equal_names_are_told_apart(crew: Team):
    for name in ("恒泰机械厂", "远望物流公司"):
        contact("王伟", customer(name, crew.lin), title="采购经理")
    assert [item["hint"] for item in offered(crew.lin, "contact", q="王伟")["items"]] == [
        "远望物流公司 采购经理", "恒泰机械厂 采购经理",
    ]  # fmt: skip


@pytest.mark.spec("FRM-03")
def test_a_name_that_several_have_is_not_taken_for_one_of_them(crew: Team):
    mine = customer("恒泰机械厂", crew.lin)
    gu, one, _ = (contact(name, mine) for name in ("顾志明", "王伟", "王伟"))
    tie = {"relation": "同学", "other": "王伟"}
    answer = program(crew.lin).patch(f"/api/v1/contacts/{gu.pk}", {"ties": [tie]}, content_type="application/json")
    assert answer.json()["fields"] == {"ties.0.other": ["关联的联系人「王伟」有同名的几条，请从列表中选择。"]}
    answer = program(crew.lin).patch(
        f"/api/v1/contacts/{gu.pk}", {"ties": [{**tie, "other": one.pk}]}, content_type="application/json"
    )
    assert answer.json()["ties"][0]["other"] == one.pk


@pytest.mark.spec("FRM-03")
def test_what_was_chosen_lately_comes_first_unless_it_is_out_of_range(crew: Team):
    old, _, newest = (customer(f"恒泰{number}厂", crew.lin) for number in "一二三")
    theirs = customer("恒泰别人厂", crew.chen)
    recent = f"{theirs.pk},{old.pk}"
    assert texts(offered(crew.lin, "customer", q="恒泰", recent=recent)) == ["恒泰一厂", "恒泰三厂", "恒泰二厂"]
    assert texts(offered(crew.lin, "customer", recent=f"x,{newest.pk},-1"))[0] == "恒泰三厂"


@pytest.mark.spec("FRM-03")
def test_twenty_are_offered_and_more_is_said(crew: Team):
    made = [customer(f"恒泰{number:02d}号厂", crew.lin) for number in range(20)]
    assert offered(crew.lin, "customer", q="恒泰")["more"] is False
    customer("恒泰20号厂", crew.lin)
    answer = offered(crew.lin, "customer", q="恒泰")
    assert (len(answer["items"]), answer["more"]) == (len(made), True)


@pytest.mark.spec("FRM-03")
def test_one_letter_is_not_looked_up(crew: Team):
    customer("恒泰机械厂", crew.lin)
    answer = offered(crew.lin, "customer", q="h")
    assert (answer["items"], answer["note"]) == ([], "请再输入一个字母或数字。")
    assert texts(offered(crew.lin, "customer", q="恒")) == ["恒泰机械厂"]


@pytest.mark.spec("FRM-03")
def test_a_dependent_choice_must_belong_to_its_parent():
    company()
    lin, approver = applicant("lin", "小林"), employee("approver", "审批人", rights=["sample-order.approve"])
    one, other = (approved(lin, approver, subject=subject) for subject in ("展会", "客户"))
    first = parcel(one, "SF001")
    assert texts(offered(lin, "sample-parcel", depends="order", value=str(other.pk))) == []
    assert texts(offered(lin, "sample-parcel", depends="order", value=str(one.pk))) == ["SF001"]
    sent = {"order": other.pk, "waybill": "SF002", "sent_on": "2026-03-01", "replaces": first.pk}
    answer = program(lin).post("/api/v1/sample-parcels", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["fields"]) == (
        422, {"replaces": ["所选的补寄自不属于所选的样品单，请重新选择。"]},
    )  # fmt: skip
    assert SampleParcel.objects.count() == 1
    answer = program(lin).post("/api/v1/sample-parcels", sent | {"order": one.pk}, content_type="application/json")
    assert answer.json()["replaces_display"] == "SF001"


@pytest.mark.spec("FRM-11")
def test_what_is_missing_is_offered_to_be_made_by_who_may_make_it(crew: Team):
    assert offered(crew.lin, "customer", q="新客户")["new"] == {
        "title": "客户", "href": "/customers/new?dialog=1", "field": "name",
    }  # fmt: skip
    reader = employee("reader", "读者", rights=["customer.view", "contact.view", "contact.add"])
    assert offered(reader, "customer", q="新客户")["new"] is None


@pytest.mark.spec("FRM-11")
def test_the_form_in_a_dialog_hands_over_what_it_made(crew: Team):
    page, part = browser(crew.lin), {"headers": {"HX-Request": "true"}}
    form = page.get("/customers/new?dialog=1&name=苏州恒泰", **part).content.decode()
    assert 'id="d-name"' in form
    assert 'value="苏州恒泰"' in form
    assert 'data-grid="contacts"' not in form
    wrong = page.post("/customers?dialog=1", {"name": "", "similar_reason": ""}, **part)
    assert wrong.status_code == 422
    assert "请填写客户名称。" in wrong.content.decode()
    made = page.post("/customers?dialog=1", {"name": "苏州恒泰"}, **part)
    customer_made = Customer.objects.get()
    assert (made.status_code, made.content, customer_made.owner) == (200, b"", crew.lin)
    assert f'"km:picked": {{"kind": "customer", "id": {customer_made.pk}' in made["HX-Trigger"]
    assert RowChange.objects.filter(kind="customer", record_id=customer_made.pk, op="i").exists()
