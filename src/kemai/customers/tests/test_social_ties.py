"""「社会关系」 of a contact: rows of relation and somebody, who may be another contact (CON-04)."""

import pytest

from kemai.customers import queries
from kemai.customers.contact_services import contact_change, contact_delete_at_customer
from kemai.customers.models import Contact, SocialTie
from kemai.customers.services import customer_delete, customer_release
from kemai.customers.tests.factories import contact, customer
from kemai.kit import doors
from kemai.kit.entity import registry
from kemai.kit.errors import Conflict, Invalid
from kemai.kit.journal import journal
from kemai.kit.models import ChangeSet, RecycleBin, RowChange
from kemai.kit.recycle import put_back
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import Team, again, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("CON-04")]
CONTACTS = registry["contact"]


@pytest.fixture
def crew() -> Team:
    return team()


def relation(name: str) -> int:
    return DictionaryEntry.objects.get(dictionary__code="social_relation", name=name).pk


def ties(of: Contact) -> list[tuple[str, str, str]]:
    rows = of.ties.select_related("relation", "other")
    return [(tie.relation.name, tie.name, tie.other.name if tie.other else "") for tie in rows]


def tied(of: Contact, by, *rows: dict) -> Contact:
    return again(contact_change(of, values={"ties": list(rows)}, by=by))


def test_ties_are_added_changed_and_deleted_in_the_form_one_or_many(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    wu = contact("吴倩", gu.customer)
    page = browser(crew.lin)
    sent = {"name": "顾志明", "customer": gu.customer_id, "ties": "1", "version": again(gu).version,
            "ties-0-relation": relation("配偶"), "ties-0-name": "林芳",
            "ties-1-relation": relation("同学"), "ties-1-other": wu.pk}  # fmt: skip
    assert page.post(f"/contacts/{gu.pk}", sent).status_code == 303
    assert ties(gu) == [("配偶", "林芳", ""), ("同学", "", "吴倩")]
    first, second = gu.ties.all()
    changed = tied(gu, crew.lin, {"id": second.pk, "relation": relation("朋友"), "name": "", "other": wu.pk})
    assert ties(changed) == [("朋友", "", "吴倩")]
    assert not SocialTie.objects.filter(pk=first.pk).exists()
    assert ties(tied(changed, crew.lin)) == []


def test_they_stand_on_the_contact_s_page_and_in_the_api(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    answer = program(crew.lin).patch(
        f"/api/v1/contacts/{gu.pk}", {"ties": [{"relation": "配偶", "name": "林芳"}]}, content_type="application/json"
    )
    assert answer.status_code == 200
    tie = gu.ties.get()
    assert answer.json()["ties"] == [
        {
            "id": tie.pk,
            "relation": tie.relation_id,
            "relation_display": "配偶",
            "name": "林芳",
            "other": None,
            "other_display": "",
        }
    ]
    assert program(crew.lin).get(f"/api/v1/contacts/{gu.pk}/ties").json() == {
        "items": [{"姓名": "林芳", "关系": "配偶", "单位": ""}], "total": 1, "page": 1, "page_size": 50,
    }  # fmt: skip
    assert "林芳" in browser(crew.lin).get(f"/contacts/{gu.pk}/tabs/ties").content.decode()


def test_each_row_names_somebody_and_not_the_contact_itself(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    for row, field, sentence in (
        ({"relation": relation("配偶"), "name": ""}, "name", "请填写姓名，或选择关联的联系人。"),
        ({"relation": relation("配偶"), "name": "", "other": gu.pk}, "other", "关联的联系人不能是本人。"),
    ):
        with pytest.raises(Invalid) as refused:
            tied(gu, crew.lin, row)
        assert refused.value.fields == {f"ties.0.{field}": [sentence]}
    assert ties(gu) == []


def test_a_link_is_made_only_within_the_range_and_stays_when_the_other_leaves_it(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    theirs = contact("钱进", customer("成都蓉欣医疗公司", crew.chen))
    with pytest.raises(Invalid):
        doors.change(CONTACTS, crew.lin, gu.pk, {"ties": [{"relation": "同学", "other": theirs.pk}]}, "page")
    moved = contact("吴倩", customer("无锡远望物流公司", crew.lin))
    tied(gu, crew.lin, {"relation": relation("同学"), "name": "", "other": moved.pk})
    assert queries.tie_rows(gu, crew.lin)[0] == {
        "姓名": "吴倩", "关系": "同学", "单位": "无锡远望物流公司", "href": f"/contacts/{moved.pk}",
    }  # fmt: skip
    customer_release(moved.customer, reason="不再跟进", by=crew.lin)
    lin = again(crew.lin)
    assert queries.tie_rows(gu, lin) == [{"姓名": "吴倩", "关系": "同学", "单位": ""}]
    tie = gu.ties.get()
    sent = {"ties": [{"id": tie.pk, "relation": relation("朋友"), "name": "", "other": str(moved.pk)}]}
    doors.change(CONTACTS, lin, gu.pk, sent, "page")
    assert ties(gu) == [("朋友", "", "吴倩")]


def test_changes_are_in_the_journal_and_raise_the_contact_s_version(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    before = again(gu).version
    after = tied(gu, crew.lin, {"relation": relation("配偶"), "name": "林芳"})
    assert after.version == before + 1
    written = RowChange.objects.filter(change_set=ChangeSet.objects.latest("pk")).values_list("kind", "op")
    assert ("socialtie", "i") in list(written)


def test_they_go_to_the_recycle_bin_with_their_contact_and_come_back(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    tied(gu, crew.lin, {"relation": relation("配偶"), "name": "林芳"})
    contact_delete_at_customer(again(gu), by=crew.lin)
    assert not SocialTie.objects.exists()
    with journal(by=crew.admin, deed="contact.restore") as log:
        put_back(log, RecycleBin.objects.get(kind="contact"))
    assert ties(Contact.objects.get(name="顾志明")) == [("配偶", "林芳", "")]


def test_of_a_linked_contact_that_is_deleted_the_name_stays(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    wu = contact("吴倩", customer("无锡远望物流公司", crew.lin))
    tied(gu, crew.lin, {"relation": relation("同学"), "name": "", "other": wu.pk})
    contact_delete_at_customer(again(wu), by=crew.lin)
    assert ties(gu) == [("同学", "吴倩", "")]


def test_a_customer_s_deletion_takes_contacts_with_their_ties_and_brings_them_back(crew: Team):
    pool = customer("苏州恒泰机械厂", contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    gu, wu = pool.contacts.order_by("pk")
    tied(gu, crew.manager, {"relation": relation("同学"), "name": "", "other": wu.pk})
    customer_delete(again(pool), by=crew.manager)
    assert not SocialTie.objects.exists()
    with journal(by=crew.admin, deed="customer.restore") as log:
        put_back(log, RecycleBin.objects.get(kind="customer"))
    assert ties(Contact.objects.get(name="顾志明")) == [("同学", "", "吴倩")]


def test_a_contact_does_not_come_back_before_the_one_it_is_tied_to(crew: Team):
    gu = contact("顾志明", customer("苏州恒泰机械厂", crew.lin))
    wu = contact("吴倩", gu.customer)
    tied(gu, crew.lin, {"relation": relation("同学"), "name": "", "other": wu.pk})
    contact_delete_at_customer(again(gu), by=crew.lin)
    contact_delete_at_customer(again(wu), by=crew.lin)
    with pytest.raises(Conflict), journal(by=crew.admin, deed="contact.restore") as log:
        put_back(log, RecycleBin.objects.get(title="顾志明"))
