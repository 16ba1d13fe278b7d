"""Who may view customers and not contacts meets no contact, through whichever door of the customer one comes (ORG-08, CON-01)."""

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kemai.customers.jobs import remind_of_birthdays
from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import contact, customer
from kemai.customers.tests.support import NO_RIGHT, nothing_changes
from kemai.notify.models import Message
from kemai.people.models import Role
from kemai.people.tests.factories import browser, employee

pytestmark = pytest.mark.spec("ORG-08")
SECRETS = ["李四", "13800138000", "王五", "0571-88886666"]


@pytest.fixture
def he(crew):
    """小何 does what 销售代表 do, and exports and prints, but has no right to contacts."""
    rights = {*Role.objects.get(code="sales_rep").rights, "customer.export", "customer.print"}
    return employee(
        "xiaohe",
        "小何",
        supervisor=crew.manager,
        rights=sorted(right for right in rights if not right.startswith("contact.")),
    )


@pytest.fixture
def shangce(he):
    """A customer of 小何 with two contacts that an administrator has added."""
    made = customer("杭州商策科技有限公司", he)
    helper = employee("bangshou", "帮手", "sysadmin")
    contact("李四", made, by=helper, mobile="13800138000", birthday=timezone.localdate().replace(year=1992))
    contact("王五", made, by=helper, phone="0571-88886666")
    return made


def leaks(text: str) -> list[str]:
    return [word for word in SECRETS if word in text]


@pytest.mark.parametrize(
    "path",
    [
        "/customers?view=mine", "/customers?view=mine&q=商策", "/customers/{pk}", "/customers/{pk}/edit", "/customers/{pk}/pane",
        "/customers/{pk}/print", "/customers/{pk}/timeline", "/workbench", "/search?q=商策",
    ],
)  # fmt: skip
def test_no_page_tells_of_a_contact(he, shangce, path):
    answer = browser(he).get(path.format(pk=shangce.pk), follow=True)
    assert answer.status_code in (200, 404)
    assert leaks(answer.content.decode()) == []


def test_the_page_has_no_tab_no_grid_and_no_column_of_contacts(he, shangce):
    page = browser(he)
    assert 'data-grid="contacts"' not in page.get(f"/customers/{shangce.pk}/edit").content.decode()
    listed = page.get("/customers?view=mine").content.decode()
    assert "杭州商策科技有限公司" in listed
    assert "主联系人" not in listed
    assert "联系人电话" not in listed
    assert page.get(f"/customers/{shangce.pk}/tabs/contacts").status_code in (403, 404)


def test_the_api_gives_the_customer_without_them(at, he, shangce):
    record = at(he).get(f"customers/{shangce.pk}")
    assert record.status == 200
    assert {"contacts", "main_contact", "main_contact_display", "main_phone"} & set(record.json) == set()
    listed = at(he).get("customers").json["items"][0]
    assert {"main_contact", "main_contact_display", "main_phone"} & set(listed) == set()
    assert leaks(at(he).get(f"customers/{shangce.pk}/timeline").text) == []
    for path in ("contacts", f"customers/{shangce.pk}/contacts"):
        assert at(he).get(path).error == (403, "forbidden", NO_RIGHT)


@pytest.mark.parametrize("word", ["李四", "lisi", "ls", "13800138000", "8000", "88886666"])
def test_nobody_is_found_by_a_contact_that_they_may_not_see(at, crew, he, shangce, word):
    assert at(he).get("customers", q=word).total == 0
    assert at(he).get("search", q=word).text.count("商策") == 0
    assert at(crew.manager).get("customers", view="shared", scope="all", q=word).names == ["杭州商策科技有限公司"]


def test_an_export_has_no_column_of_them(he, shangce, tmp_path):
    answer = browser(he).get("/customers/export?view=mine")
    file = tmp_path / "kunden.xlsx"
    file.write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert any("杭州商策科技有限公司" in map(str, row) for row in rows)
    assert leaks(str(rows)) == []
    assert not {"主联系人", "联系人电话"} & {str(cell) for row in rows for cell in row}


@pytest.mark.parametrize("rows", [[], [{"name": "赵六"}], "x", None])
def test_rows_that_are_sent_all_the_same_are_refused_before_anything_is_read(at, he, shangce, rows):
    kept = set(Contact.objects.values_list("name", flat=True))
    with nothing_changes():
        assert at(he).patch(f"customers/{shangce.pk}", contacts=rows).error == (403, "forbidden", NO_RIGHT)
        assert at(he).patch("customers/999999", contacts=rows).error == (403, "forbidden", NO_RIGHT)
        assert at(he).post("customers", name="宁波远洋贸易有限公司", contacts=rows).error == (
            403,
            "forbidden",
            NO_RIGHT,
        )
        sent = {"lines": "contacts", "first": "name", "text": "赵六"}
        assert at(he).post("customers/paste", **sent).error == (403, "forbidden", NO_RIGHT)
    assert set(Contact.objects.values_list("name", flat=True)) == kept


def test_the_form_is_saved_without_touching_them(he, shangce):
    page = browser(he)
    version = Customer.objects.get(pk=shangce.pk).version
    answer = page.post(f"/customers/{shangce.pk}", {"name": "杭州商策软件有限公司", "version": version})
    assert answer.status_code == 303
    assert set(Contact.objects.filter(customer=shangce).values_list("name", flat=True)) == {"李四", "王五"}
    assert page.post(f"/customers/{shangce.pk}", {"name": "杭州商策软件有限公司", "contacts": "1"}).status_code == 403
    assert Contact.objects.filter(customer=shangce).count() == 2


@pytest.mark.spec("WRK-02")
def test_nobody_is_reminded_of_birthdays_of_contacts_that_they_may_not_see(he, shangce, crew):
    seen = customer("宁波远洋贸易有限公司", crew.lin)
    contact("孙七", seen, birthday=timezone.localdate().replace(year=1992))
    remind_of_birthdays()
    assert {message.employee for message in Message.objects.filter(key__startswith="birthday:")} == {crew.lin}
