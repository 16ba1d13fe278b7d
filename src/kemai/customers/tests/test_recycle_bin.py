"""「回收站」: customers, contacts and files come back with all that hung on them, by who may, in time (SYS-11)."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import counts_are_true, last_log, nothing_changes
from kemai.files.models import Attachment
from kemai.files.services import attachment_add, path_of
from kemai.kit import jobs
from kemai.kit.models import ChangeSet, Job, RecycleBin
from kemai.office.services import settings_save
from kemai.people.tests.factories import again, browser

pytestmark = pytest.mark.spec("SYS-11")


@pytest.fixture
def free(crew):
    """An unclaimed customer with two contacts and a file."""
    made = customer("杭州商策科技有限公司", contacts=[{"name": "李四"}, {"name": "赵六", "is_main": True}])
    file = ContentFile(b"words", name="合同.txt")
    attachment_add({"kind": "customer", "record": made.pk, "file": file}, by=again(crew.manager))
    return made


def dump():
    return [list(model.objects.order_by("pk").values()) for model in (Customer, Contact, OwnershipChange, Attachment)]


def free_file(customer):
    return Attachment.objects.get(kind="customer", record_id=customer.pk)


def bin_of(person, **params):
    return browser(person).get("/api/v1/recycle-bin", params).json()


def restore(person, pk):
    return browser(person).post(f"/api/v1/recycle-bin/{pk}/restore", content_type="application/json")


def test_the_list_says_what_was_deleted_by_whom_when_with_how_much_and_until_when(crew, at, free):
    at(crew.manager).delete(f"customers/{free.pk}")
    (item,) = bin_of(crew.manager)["items"]
    shown = ("kind", "kind_display", "title", "hanging", "by", "by_display", "record_id")
    assert [item[name] for name in shown] == [
        "customer", "客户", "杭州商策科技有限公司", 3, crew.manager.pk, crew.manager.name, free.pk,
    ]  # fmt: skip
    assert item["until"] > item["at"]
    page = browser(crew.manager).get("/recycle-bin").content.decode()
    assert "杭州商策科技有限公司" in page
    assert "恢复" in page
    assert "彻底删除" not in page


def test_a_customer_comes_back_whole_and_the_log_tells(crew, at, free):
    before = dump()
    at(crew.manager).delete(f"customers/{free.pk}")
    kept = RecycleBin.objects.get()
    assert restore(crew.manager, kept.pk).json() == {"kind": "customer", "record": free.pk}
    assert dump() == before
    entry = last_log(free)
    assert (entry.deed, entry.by, entry.title) == ("customer.restore", crew.manager, "杭州商策科技有限公司")
    assert at(crew.manager).get("customers", view="pool", q="商策").total == 1
    assert bin_of(crew.manager)["total"] == 0
    counts_are_true()


@pytest.mark.spec("CUS-05")
def test_a_name_taken_meanwhile_is_an_error_that_names_the_holder_and_its_owner(crew, at, free):
    at(crew.manager).delete(f"customers/{free.pk}")
    customer("杭州商策（科技）有限公司", crew.lin)
    with nothing_changes():
        answer = restore(crew.manager, RecycleBin.objects.get().pk)
    assert answer.status_code == 409
    assert answer.json()["message"] == (
        f"已有同名客户「杭州商策（科技）有限公司」，由{crew.lin.name}负责。请先改掉它的名称，再恢复。"
    )


@pytest.mark.spec("CON-01")
def test_a_contact_comes_back_as_a_further_one_where_there_is_another_main_one(crew, at):
    made = customer("甲公司", crew.lin, contacts=[{"name": "李四", "is_main": True}, {"name": "赵六"}])
    li = Contact.objects.get(name="李四")
    version = again(made).version
    at(crew.lin).delete(f"customers/{made.pk}/contacts/{li.pk}")
    assert restore(crew.lin, RecycleBin.objects.get().pk).status_code == 200
    assert dict(made.contacts.values_list("name", "is_main")) == {"赵六": True, "李四": False}
    assert again(made).version == version + 2


@pytest.mark.spec("CON-01")
def test_the_only_contact_comes_back_as_the_main_one(crew, at):
    made = customer("甲公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}])
    zhao, li = Contact.objects.get(name="赵六"), Contact.objects.get(name="李四")
    for contact in (zhao, li):
        at(crew.lin).delete(f"customers/{made.pk}/contacts/{contact.pk}")
    restore(crew.lin, RecycleBin.objects.get(record_id=zhao.pk).pk)
    assert dict(made.contacts.values_list("name", "is_main")) == {"赵六": True}


def test_a_contact_of_a_deleted_customer_waits_for_it(crew, at):
    made = customer("甲公司", contacts=[{"name": "李四"}, {"name": "赵六"}])
    li = Contact.objects.get(name="李四")
    at(crew.manager).delete(f"customers/{made.pk}/contacts/{li.pk}")
    at(crew.manager).delete(f"customers/{made.pk}")
    of_contact, of_customer = RecycleBin.objects.order_by("pk")
    answer = restore(crew.manager, of_contact.pk)
    assert (answer.status_code, answer.json()["message"]) == (
        409, "联系人「李四」的客户已经删除，请先在回收站里恢复客户。",
    )  # fmt: skip
    assert restore(crew.manager, of_customer.pk).status_code == 200
    assert restore(crew.manager, of_contact.pk).status_code == 200
    assert {one.name for one in made.contacts.all()} == {"李四", "赵六"}


def test_a_customer_whose_upper_one_was_deleted_after_it_waits_for_that_one(crew, at):
    upper = customer("集团总公司")
    lower = customer("分公司甲厂", parent=upper.pk)
    at(crew.manager).delete(f"customers/{lower.pk}")
    at(crew.manager).delete(f"customers/{upper.pk}")
    of_lower, of_upper = RecycleBin.objects.order_by("pk")
    assert (
        restore(crew.manager, of_lower.pk).json()["message"]
        == "它所属的客户「集团总公司」也在回收站里，请先恢复那一条。"
    )
    browser(crew.admin).post(f"/api/v1/recycle-bin/{of_upper.pk}/purge", content_type="application/json")
    assert restore(crew.manager, of_lower.pk).status_code == 200
    assert Customer.objects.get(pk=lower.pk).parent_id is None


def test_others_see_neither_my_deletions_nor_those_of_kinds_that_they_may_not_delete(crew, at, free):
    made = customer("甲公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}])
    at(crew.lin).delete(f"customers/{made.pk}/contacts/{Contact.objects.get(name='李四', customer=made).pk}")
    at(crew.manager).delete(f"customers/{free.pk}")
    of_contact, of_customer = RecycleBin.objects.order_by("pk")
    seen = {
        person.name: [item["title"] for item in bin_of(person)["items"]] for person in (crew.lin, crew.zhou, crew.admin)
    }
    assert seen == {
        crew.lin.name: ["李四"], crew.zhou.name: [], crew.admin.name: ["杭州商策科技有限公司", "李四"],
    }  # fmt: skip
    with nothing_changes():
        assert restore(crew.zhou, of_contact.pk).status_code == 404
        assert restore(crew.lin, of_customer.pk).status_code == 404
        assert (
            browser(crew.manager)
            .post(f"/api/v1/recycle-bin/{of_customer.pk}/purge", content_type="application/json")
            .status_code
            == 403
        )


def test_many_at_once_each_with_its_verdict(crew, at):
    made = [customer(f"{word}公司") for word in ("甲", "乙")]
    for one in made:
        at(crew.manager).delete(f"customers/{one.pk}")
    customer("甲公司", crew.lin)
    kept = {entry.title: entry.pk for entry in RecycleBin.objects.all()}
    answer = browser(crew.manager).post(
        "/api/v1/recycle-bin/actions/restore", {"ids": list(kept.values())}, content_type="application/json"
    )
    assert {one["id"]: one.get("code") for one in answer.json()["results"]} == {
        kept["甲公司"]: "same_name",
        kept["乙公司"]: None,
    }


def test_filtered_by_kind_and_found_by_name(crew, at, free):
    made = customer("甲公司", contacts=[{"name": "李四"}, {"name": "赵六"}])
    at(crew.manager).delete(f"customers/{made.pk}/contacts/{Contact.objects.get(name='赵六', customer=made).pk}")
    at(crew.manager).delete(f"customers/{free.pk}")
    assert [item["title"] for item in bin_of(crew.manager, kind="contact")["items"]] == ["赵六"]
    assert [item["title"] for item in bin_of(crew.manager, q="商策")["items"]] == ["杭州商策科技有限公司"]


@pytest.mark.django_db(transaction=True)
def test_after_its_days_it_is_gone_with_its_files_and_the_log_says_so(crew, at, free):
    path = path_of(free_file(free))
    at(crew.manager).delete(f"customers/{free.pk}")
    settings_save({"recycle_days": 3}, by=crew.admin)
    kept = RecycleBin.objects.get()
    RecycleBin.objects.update(at=timezone.now() - timedelta(days=3, minutes=1))
    assert bin_of(crew.admin)["total"] == 0
    assert restore(crew.admin, kept.pk).status_code == 404
    assert path.exists()
    jobs._functions["recycle-bin.empty"]()
    assert not RecycleBin.objects.exists()
    assert not path.exists()
    entry = ChangeSet.objects.latest("pk")
    assert (entry.deed, entry.by, entry.title, entry.note) == (
        "customer.purge", None, "杭州商策科技有限公司", "超过保留期限，自动清理",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_administrator_empties_an_entry_for_good_after_a_question(crew, at, free):
    path = path_of(free_file(free))
    at(crew.manager).delete(f"customers/{free.pk}")
    kept = RecycleBin.objects.get()
    question = browser(crew.admin).get(f"/recycle-bin/{kept.pk}/purge").content.decode()
    assert "彻底删除后，记录和它的附件都不能再恢复。" in question
    assert path.exists()
    browser(crew.admin).post(f"/recycle-bin/{kept.pk}/purge")
    assert not RecycleBin.objects.exists()
    assert not path.exists()


def test_the_night_empties_once_however_often_it_is_planned(crew):
    jobs.plan_nights()
    jobs.plan_nights()
    (row,) = Job.objects.filter(name="recycle-bin.empty")
    assert timezone.localtime(row.run_at).strftime("%H:%M") == "03:30"
    assert timezone.now() < row.run_at <= timezone.now() + timedelta(days=1)


def test_the_message_after_a_deletion_takes_it_back(crew, at, free):
    answer = browser(crew.manager).post(
        "/customers/actions/delete?view=pool", {"ids": free.pk}, headers={"HX-Request": "true"}
    )
    kept = RecycleBin.objects.get()
    assert f'"undo": {{"url": "/recycle-bin/actions/restore", "ids": [{kept.pk}]}}' in answer["HX-Trigger"]
    browser(crew.manager).post("/recycle-bin/actions/restore", {"ids": kept.pk}, headers={"HX-Request": "true"})
    assert Customer.objects.filter(pk=free.pk).exists()
