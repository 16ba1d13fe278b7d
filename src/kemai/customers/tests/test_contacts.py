"""Contacts: one main one, the same on both sides, deleted at their customer; private ones of one's own (CON-01, 02, 03, 05)."""

import pytest

from kemai.customers.contact_services import contact_change, contact_create, contact_delete_at_customer
from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import contact, customer, share
from kemai.customers.tests.support import NO_RIGHT, NOT_FOUND, fresh, nothing_changes, with_rights
from kemai.kit.models import RecycleBin
from kemai.people.tests.factories import browser


@pytest.fixture
def shangce(crew):
    """A customer of 小林 with 李四 (main), 赵六 and 孙七, in this order."""
    return customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}, {"name": "孙七"}])


def who(name: str) -> Contact:
    return Contact.objects.get(name=name)


def main_of(what: Customer) -> list[str]:
    """The names of the main contacts: exactly one, once there is any contact."""
    return list(Contact.objects.filter(customer=what, is_main=True).values_list("name", flat=True))


# --- CON-01: the main one ----------------------------------------------------------------------------------------------


@pytest.mark.spec("CON-01")
def test_the_first_contact_becomes_the_main_one(crew, at):
    made = customer("甲公司", crew.lin)
    assert main_of(made) == []
    answer = at(crew.lin).post("contacts", customer=made.pk, name="李四", mobile="13800138000")
    assert (answer.status, answer.json["is_main"]) == (201, True)
    assert at(crew.lin).post("contacts", customer=made.pk, name="赵六").json["is_main"] is False
    assert main_of(made) == ["李四"]


@pytest.mark.spec("CON-01")
@pytest.mark.parametrize(
    ("rows", "main"),
    [
        ([{"name": "李四"}, {"name": "赵六"}], "李四"),
        ([{"name": "李四"}, {"name": "赵六", "is_main": True}], "赵六"),
        ([{"name": "李四", "is_main": True}, {"name": "赵六", "is_main": True}], "赵六"),
        ([{"name": "李四", "is_main": False}], "李四"),
    ],
)
def test_of_several_in_one_form_exactly_one_is_the_main_one(crew, at, rows, main):
    answer = at(crew.lin).post("customers", name="甲公司", contacts=rows)
    assert answer.status == 201
    assert main_of(Customer.objects.get(pk=answer.json["id"])) == [main]


@pytest.mark.spec("CON-01")
def test_another_one_can_be_made_the_main_one(crew, at, shangce):
    assert at(crew.lin).patch(f"contacts/{who('孙七').pk}", is_main=True).json["is_main"] is True
    assert main_of(shangce) == ["孙七"]
    assert at(crew.lin).post("contacts", customer=shangce.pk, name="周八", is_main=True).json["is_main"] is True
    assert main_of(shangce) == ["周八"]


@pytest.mark.spec("CON-01")
def test_taking_the_mark_off_the_main_one_gives_it_to_the_oldest_other(crew, at, shangce):
    at(crew.lin).patch(f"contacts/{who('李四').pk}", is_main=False)
    assert main_of(shangce) == ["赵六"]


@pytest.mark.spec("CON-01")
def test_the_only_one_stays_the_main_one(crew, at):
    made = customer("甲公司", crew.lin, contacts=[{"name": "李四"}])
    assert at(crew.lin).patch(f"contacts/{who('李四').pk}", is_main=False).json["is_main"] is True
    assert main_of(made) == ["李四"]


@pytest.mark.spec("CON-01")
def test_deleting_the_main_one_makes_the_oldest_other_main(crew, at, shangce):
    for gone, following in (("李四", ["赵六"]), ("赵六", ["孙七"]), ("孙七", [])):
        assert at(crew.lin).delete(f"customers/{shangce.pk}/contacts/{who(gone).pk}").status == 204
        assert main_of(shangce) == following


@pytest.mark.spec("CON-01")
def test_deleting_another_one_leaves_the_main_one(crew, at, shangce):
    at(crew.lin).delete(f"customers/{shangce.pk}/contacts/{who('赵六').pk}")
    assert main_of(shangce) == ["李四"]


@pytest.mark.spec("CON-01")
def test_a_contact_that_moves_to_another_customer_leaves_a_main_one_behind(crew, at, shangce):
    other = customer("乙公司", crew.lin)
    answer = at(crew.lin).patch(f"contacts/{who('李四').pk}", customer=other.pk)
    assert (answer.status, answer.json["is_main"]) == (200, True)  # the first one there
    assert (main_of(shangce), main_of(other)) == (["赵六"], ["李四"])
    at(crew.lin).patch(f"contacts/{who('赵六').pk}", customer=other.pk)
    assert (main_of(shangce), main_of(other)) == (["孙七"], ["李四"])


@pytest.mark.spec("CON-01")
def test_all_fields_round_trip(crew, at):
    made = customer("甲公司", crew.lin)
    sent = {
        "name": "李四", "sex": "male", "department": "采购部", "title": "经理", "mobile": "13800138000", "phone": "0571-88886666",
        "wechat": "lisi_wx", "qq": "12345678", "email": "lisi@shangce.example", "birthday": "1985-08-15", "birthday_is_lunar": True,
        "hobbies": "钓鱼、书法", "remarks": "下午联系\n周三不在",
    }  # fmt: skip
    pk = at(crew.lin).post("contacts", customer=made.pk, **sent).json["id"]
    record = at(crew.lin).get(f"contacts/{pk}").json
    assert {name: record[name] for name in sent} == sent
    assert (record["customer"], record["customer_display"], record["sex_display"]) == (made.pk, "甲公司", "男")


@pytest.mark.race
@pytest.mark.spec("CON-01", "REL-02")
@pytest.mark.django_db(transaction=True)
def test_two_who_delete_at_once_leave_exactly_one_main_one(crew, together):
    for _ in range(5):
        Contact.objects.all().delete()
        Customer.objects.all().delete()
        made = customer("甲公司", crew.lin, contacts=[{"name": name} for name in ("李四", "赵六", "孙七", "周八")])
        pair = [who("李四"), who("赵六")]  # the main one and the one that follows it
        results = together(2, lambda number: contact_delete_at_customer(pair[number], by=crew.lin))  # noqa: B023
        assert not [result for result in results if isinstance(result, Exception)]
        assert main_of(made) == ["孙七"]


@pytest.mark.race
@pytest.mark.spec("CON-01", "REL-02")
@pytest.mark.django_db(transaction=True)
def test_many_who_mark_and_add_a_main_one_at_once_leave_exactly_one(crew, together):
    made = customer("甲公司", crew.lin, contacts=[{"name": f"联系人{number}"} for number in range(4)])
    present = list(Contact.objects.order_by("pk"))

    def deed(number: int) -> Contact:
        if number % 2:
            return contact_change(present[number // 2], values={"is_main": True}, by=crew.lin)
        return contact_create({"name": f"新人{number}", "customer": made.pk, "is_main": True}, by=crew.lin)

    results = together(8, deed)
    assert not [result for result in results if isinstance(result, Exception)]
    assert len(main_of(made)) == 1
    assert Contact.objects.filter(customer=made).count() == 8


# --- CON-02: both sides ------------------------------------------------------------------------------------------------


@pytest.mark.spec("CON-02")
def test_what_changes_on_one_side_shows_on_the_other_at_once(crew, at, shangce):
    lin = at(crew.lin)

    def both() -> tuple[list[str], list[str], list[str]]:
        record = [row["name"] for row in lin.get(f"customers/{shangce.pk}").json["contacts"]]
        tab = lin.get(f"customers/{shangce.pk}/contacts").names
        page = lin.get("contacts", page_size=100).names
        return sorted(record), tab, page

    lin.post("contacts", customer=shangce.pk, name="周八")
    assert both() == (sorted(["李四", "赵六", "孙七", "周八"]),) * 3
    lin.patch(f"contacts/{who('周八').pk}", name="周九")
    assert both() == (sorted(["李四", "赵六", "孙七", "周九"]),) * 3
    kept = [{"id": who("李四").pk, "name": "李四改"}, {"id": who("赵六").pk}, {"name": "吴十"}]
    assert lin.patch(f"customers/{shangce.pk}", contacts=kept).status == 200
    assert both() == (sorted(["李四改", "赵六", "吴十"]),) * 3
    lin.delete(f"customers/{shangce.pk}/contacts/{who('吴十').pk}")
    assert both() == (sorted(["李四改", "赵六"]),) * 3


@pytest.mark.spec("CON-02", "CUS-03")
def test_main_contact_and_phone_in_the_list_follow_at_once(crew, at, shangce):
    def shown() -> tuple[str, str]:
        item = at(crew.lin).get("customers").json["items"][0]
        return item["main_contact_display"], item["main_phone"]

    assert shown() == ("李四", "")
    at(crew.lin).patch(f"contacts/{who('李四').pk}", phone="0571-88886666")
    assert shown() == ("李四", "0571-88886666")
    at(crew.lin).patch(f"contacts/{who('李四').pk}", mobile="13800138000")
    assert shown() == ("李四", "13800138000")
    at(crew.lin).patch(f"contacts/{who('赵六').pk}", is_main=True, mobile="13900139000")
    assert shown() == ("赵六", "13900139000")


@pytest.mark.spec("CON-02")
def test_search_follows_at_once(crew, at, shangce):
    at(crew.lin).patch(f"contacts/{who('李四').pk}", name="欧阳锋", mobile="13511112222")
    for text in ("欧阳锋", "ouyangfeng", "13511112222"):
        assert at(crew.lin).names("mine", q=text) == ["杭州商策科技有限公司"]
        assert at(crew.lin).get("contacts", q=text).names == ["欧阳锋"]
    assert at(crew.lin).names("mine", q="李四") == []
    other = customer("乙公司", crew.lin)
    at(crew.lin).patch(f"contacts/{who('欧阳锋').pk}", customer=other.pk)
    assert at(crew.lin).names("mine", q="欧阳锋") == ["乙公司"]
    at(crew.lin).delete(f"customers/{other.pk}/contacts/{who('欧阳锋').pk}")
    assert at(crew.lin).names("mine", q="欧阳锋") == []


@pytest.mark.spec("CON-02")
def test_contacts_travel_inside_a_change_by_difference(crew, at, shangce):
    li, zhao, sun = who("李四"), who("赵六"), who("孙七")
    answer = at(crew.lin).patch(
        f"customers/{shangce.pk}",
        contacts=[
            {"id": sun.pk, "title": "总监", "is_main": True},
            {"id": li.pk},
            {"name": "周八", "mobile": "13700137000"},
        ],
    )
    assert answer.status == 200
    assert {(row["name"], row["title"], row["is_main"]) for row in answer.json["contacts"]} == {
        ("孙七", "总监", True), ("李四", "", False), ("周八", "", False),
    }  # fmt: skip
    assert not Contact.objects.filter(pk=zhao.pk).exists()
    assert RecycleBin.objects.get().title == "赵六"


@pytest.mark.spec("CON-02")
def test_a_change_that_does_not_mention_contacts_leaves_them(crew, at, shangce):
    assert at(crew.lin).patch(f"customers/{shangce.pk}", phone="0571-88886666").status == 200
    assert Contact.objects.filter(customer=shangce).count() == 3
    assert at(crew.lin).patch(f"customers/{shangce.pk}", contacts=[]).status == 200
    assert Contact.objects.count() == 0


@pytest.mark.spec("CON-02")
@pytest.mark.parametrize(
    ("rows", "field", "sentence"),
    [
        ([{"mobile": "13800138000"}], "contacts.0.name", "请填写联系人姓名。"),
        ([{"id": 987654, "name": "某人"}], "contacts.0.id", "这位联系人不在该客户中，可能刚被删除。"),
        ("李四", "contacts", "联系人应是一组行，最多 1,000 行。"),
        ([{"name": "甲", "email": "nonsense"}], "contacts.0.email", "电子邮箱的格式不对，应像 name@example.com。"),
    ],
)
def test_rows_that_make_no_sense_are_refused_with_their_place(crew, at, shangce, rows, field, sentence):
    with nothing_changes():
        answer = at(crew.lin).patch(f"customers/{shangce.pk}", phone="1", contacts=rows)
    assert answer.status == 422
    assert answer.json["fields"] == {field: [sentence]}


@pytest.mark.spec("CON-02")
def test_a_contact_of_another_customer_cannot_be_drawn_in_by_its_id(crew, at, shangce):
    stranger = contact("陌生人", customer("乙公司", crew.chen))
    with nothing_changes():
        answer = at(crew.lin).patch(f"customers/{shangce.pk}", contacts=[{"id": stranger.pk, "name": "改名"}])
    assert answer.json["fields"] == {"contacts.0.id": ["这位联系人不在该客户中，可能刚被删除。"]}


@pytest.mark.spec("CON-02", "FRM-02")
def test_who_saves_an_older_form_does_not_delete_what_came_between(crew, at, shangce):
    form = at(crew.lin).get(f"customers/{shangce.pk}").json
    at(crew.lin).post("contacts", customer=shangce.pk, name="新来的")
    with nothing_changes():
        answer = at(crew.lin).patch(
            f"customers/{shangce.pk}", version=form["version"], contacts=[{"id": row["id"]} for row in form["contacts"]]
        )
    assert answer.status == 409
    assert answer.json["code"] == "version_conflict"


@pytest.mark.spec("CON-02")
def test_on_the_form_of_the_customer_rows_are_changed_added_and_deleted(crew, shangce):
    li, sun = who("李四"), who("孙七")
    answer = browser(crew.lin).post(
        f"/customers/{shangce.pk}",
        {
            "name": shangce.name, "version": fresh(shangce).version, "contacts": "1",
            "contacts-0-id": li.pk, "contacts-0-name": "李四", "contacts-0-mobile": "13800138000", "contacts-0-is_main": "0",
            "contacts-1-id": sun.pk, "contacts-1-name": "孙七", "contacts-1-is_main": "1",
            "contacts-2-id": "", "contacts-2-name": "周八",
            "contacts-3-id": "", "contacts-3-name": "",
        },
    )  # fmt: skip
    assert answer.status_code == 303
    assert sorted(Contact.objects.values_list("name", "mobile", "is_main")) == sorted(
        [("李四", "13800138000", False), ("孙七", "", True), ("周八", "", False)]
    )


# --- CON-03: deleting --------------------------------------------------------------------------------------------------


@pytest.mark.spec("CON-03")
def test_a_linked_contact_is_not_deleted_in_the_list_of_contacts_and_the_customer_is_named(crew, at, shangce):
    sentence = "李四是「杭州商策科技有限公司」的联系人，请到该客户的联系人中删除。"
    with nothing_changes():
        assert at(crew.lin).delete(f"contacts/{who('李四').pk}").error == (422, "linked_contact", sentence)
        page = browser(crew.lin).post(f"/contacts/{who('李四').pk}/delete")
        assert page.status_code == 422
        assert sentence in page.content.decode()


@pytest.mark.spec("CON-03", "LST-09")
def test_nor_many_of_them(crew, at, shangce):
    private = contact("老同学", by=crew.lin)
    answer = at(crew.lin).post("contacts/actions/delete", ids=[who("李四").pk, private.pk])
    assert answer.results == [
        {
            "id": who("李四").pk, "ok": False, "code": "linked_contact",
            "message": "李四是「杭州商策科技有限公司」的联系人，请到该客户的联系人中删除。",
        },
        {"id": private.pk, "ok": True},
    ]  # fmt: skip


@pytest.mark.spec("CON-03")
def test_at_the_customer_it_is_deleted_after_a_question(crew, shangce):
    page, pk = browser(crew.lin), who("李四").pk
    with nothing_changes():
        assert "删除「李四」" in page.get(f"/customers/{shangce.pk}/tabs/contacts/{pk}/delete").content.decode()
    assert page.post(f"/customers/{shangce.pk}/tabs/contacts/{pk}/delete").status_code == 303
    assert not Contact.objects.filter(name="李四").exists()
    assert RecycleBin.objects.get().title == "李四"


@pytest.mark.spec("CON-03")
def test_at_the_customer_the_api_answers_204(crew, at, shangce):
    answer = at(crew.lin).delete(f"customers/{shangce.pk}/contacts/{who('李四').pk}")
    assert (answer.status, answer.text) == (204, "")


@pytest.mark.spec("CON-03")
def test_only_at_its_own_customer(crew, at, shangce):
    other = customer("乙公司", crew.lin)
    with nothing_changes():
        for address in (f"customers/{other.pk}/contacts/{who('李四').pk}", f"customers/{shangce.pk}/contacts/987654"):
            assert at(crew.lin).delete(address).error == (404, "not_found", NOT_FOUND)


# --- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("ORG-05")
def test_who_has_the_right_over_contacts_changes_those_of_others(crew, at, shangce):
    pk = who("李四").pk
    assert at(crew.manager).patch(f"contacts/{pk}", mobile="13800138000").status == 200
    assert at(crew.manager).post("contacts", customer=shangce.pk, name="周八").status == 201
    assert at(crew.manager).delete(f"customers/{shangce.pk}/contacts/{pk}").status == 204
    free = customer("乙公司", contacts=[{"name": "钱九"}])
    assert at(crew.manager).patch(f"contacts/{who('钱九').pk}", mobile="13800138000").status == 200
    assert at(crew.manager).delete(f"customers/{free.pk}/contacts/{who('钱九').pk}").status == 204


@pytest.mark.spec("ORG-05")
def test_who_sees_a_customer_does_not_change_its_contacts_without_that_right(crew, at, shangce):
    share(shangce, crew.zhou)
    refused = (403, "not_owner", "该客户由小林负责，您不能修改它的联系人。")
    with nothing_changes():
        assert at(crew.zhou).patch(f"contacts/{who('李四').pk}", mobile="1").error == refused
        assert at(crew.zhou).delete(f"contacts/{who('李四').pk}").error == refused
        assert at(crew.zhou).delete(f"customers/{shangce.pk}/contacts/{who('李四').pk}").error == refused
        assert at(crew.zhou).post("contacts", customer=shangce.pk, name="周八").error == refused
        assert browser(crew.zhou).post(f"/contacts/{who('李四').pk}", {"name": "改名"}).status_code == 403


@pytest.mark.spec("ORG-05")
def test_the_right_over_customers_is_not_one_over_contacts(crew, at, shangce):
    deputy = with_rights(
        "fushou", "副手", "customer.view", "customer.change", "customer.manage", "contact.view", "contact.add", "contact.change",
        "contact.delete", ranges={"customer": "all"},
    )  # fmt: skip
    rows = [{"id": pk} for pk in Contact.objects.order_by("pk").values_list("pk", flat=True)]
    assert at(deputy).patch(f"customers/{shangce.pk}", phone="0571-88886666", contacts=rows).status == 200
    refused = (403, "not_owner", "该客户由小林负责，您不能修改它的联系人。")
    with nothing_changes():
        assert at(deputy).patch(f"customers/{shangce.pk}", contacts=[*rows, {"name": "周八"}]).error == refused
        assert at(deputy).patch(f"customers/{shangce.pk}", contacts=rows[:1]).error == refused
        assert (
            at(deputy).patch(f"customers/{shangce.pk}", contacts=[{**rows[0], "mobile": "1"}, *rows[1:]]).error
            == refused
        )


@pytest.mark.spec("ORG-08")
@pytest.mark.parametrize(
    ("right", "word", "rows"),
    [("add", "新增", [{"name": "周八"}]), ("change", "修改", "mobile"), ("delete", "删除", [])],
)
def test_rights_over_contacts_hold_inside_the_customer_too(crew, at, right, word, rows):
    rights = [f"contact.{verb}" for verb in ("view", "add", "change", "delete") if verb != right]
    helper = with_rights("zhuli", "助理", "customer.view", "customer.add", "customer.change", *rights)
    made = customer("甲公司", helper)
    Contact.objects.bulk_create(
        [Contact(customer=made, name="李四", is_main=True, created_at=made.created_at, updated_at=made.updated_at)]
    )
    pk = who("李四").pk
    sent = (
        {"mobile": [{"id": pk, "mobile": "1"}]}.get(rows)
        if isinstance(rows, str)
        else [*([{"id": pk}] if rows else []), *rows]
    )
    with nothing_changes():
        answer = at(helper).patch(f"customers/{made.pk}", contacts=sent)
    assert answer.error == (403, "forbidden", f"您没有{word}联系人的权限。")


# --- CON-05: private ones ----------------------------------------------------------------------------------------------


@pytest.mark.spec("CON-05")
def test_a_name_is_always_required(crew, at, shangce):
    with nothing_changes():
        for sent in ({"customer": shangce.pk}, {"is_private": True}, {"customer": shangce.pk, "name": " 　"}):
            answer = at(crew.lin).post("contacts", **sent)
            assert answer.json["fields"] == {"name": ["请填写联系人姓名。"]}
        assert at(crew.lin).patch(f"contacts/{who('李四').pk}", name="").status == 422


@pytest.mark.spec("CON-05")
def test_a_customer_is_required_except_for_a_private_contact(crew, at):
    with nothing_changes():
        answer = at(crew.lin).post("contacts", name="老同学")
        assert answer.json["fields"] == {"customer": ["请选择单位；没有单位的请标为私人联系人。"]}
    answer = at(crew.lin).post("contacts", name="老同学", is_private=True)
    assert (answer.status, answer.json["customer"], answer.json["is_main"]) == (201, None, False)


@pytest.mark.spec("CON-05")
def test_a_private_contact_is_seen_by_its_author_alone(crew, at):
    private = contact("老同学", by=crew.lin, mobile="13800138000")
    assert at(crew.lin).get("contacts").names == ["老同学"]
    with nothing_changes():
        for other in (crew.zhou, crew.manager, crew.boss, crew.admin):  # whatever right they have
            assert at(other).get("contacts").total == 0
            assert at(other).get("contacts", q="13800138000").total == 0
            assert at(other).get(f"contacts/{private.pk}").error == (404, "not_found", NOT_FOUND)
            assert at(other).patch(f"contacts/{private.pk}", name="改名").status == 404
            assert at(other).delete(f"contacts/{private.pk}").status == 404
            assert browser(other).get(f"/contacts/{private.pk}").status_code == 404


@pytest.mark.spec("CON-05", "CON-03")
def test_its_author_deletes_a_private_contact_in_the_list_of_contacts(crew, at):
    private = contact("老同学", by=crew.lin)
    assert at(crew.lin).delete(f"contacts/{private.pk}").status == 204


@pytest.mark.spec("CON-05")
def test_a_private_contact_has_no_customer(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.lin).post("contacts", name="老同学", customer=shangce.pk, is_private=True)
        assert answer.json["fields"] == {"is_private": ["私人联系人不属于任何单位：请去掉单位，或不勾选私人联系人。"]}
        assert at(crew.lin).patch(f"contacts/{who('李四').pk}", is_private=True).status == 422


@pytest.mark.spec("CON-05")
def test_a_private_contact_can_be_given_to_a_customer(crew, at, shangce):
    private = contact("老同学", by=crew.lin)
    answer = at(crew.lin).patch(f"contacts/{private.pk}", customer=shangce.pk, is_private=False)
    assert (answer.status, answer.json["is_main"]) == (200, False)
    share(shangce, crew.zhou)
    assert "老同学" in at(crew.zhou).get("contacts").names


@pytest.mark.spec("CON-05")
def test_only_its_author_makes_a_contact_private(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.manager).patch(f"contacts/{who('李四').pk}", customer=None, is_private=True)
        assert answer.json["fields"] == {"is_private": ["只有录入这位联系人的人可以把它改为私人联系人。"]}
    assert at(crew.lin).patch(f"contacts/{who('李四').pk}", customer=None, is_private=True).status == 200
    assert main_of(shangce) == ["赵六"]


@pytest.mark.spec("ORG-08")
def test_without_the_rights_nobody_comes_near_contacts(crew, at, shangce):
    guest = with_rights("fangke", "访客", "customer.view", ranges={"customer": "all"})
    with nothing_changes():
        assert at(guest).get("contacts").error == (403, "forbidden", NO_RIGHT)
        assert at(guest).get(f"customers/{shangce.pk}/contacts").error == (403, "forbidden", NO_RIGHT)
        assert at(guest).post("contacts", customer=shangce.pk, name="周八").status == 403
        assert at(guest).delete(f"customers/{shangce.pk}/contacts/{who('李四').pk}").status == 403
