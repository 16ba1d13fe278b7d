"""Files at records: taken by content, kept safe, reached through their record and in no other way (FRM-06, SEC-04)."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.services import customer_delete, customer_release
from kemai.customers.tests.factories import contact, customer, share
from kemai.files import queries, services
from kemai.files.models import Attachment
from kemai.files.tests.samples import EXE, HTML, PDF, PNG, SVG, XLSX
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Forbidden, Invalid, NotFound
from kemai.kit.journal import journal
from kemai.kit.models import ChangeSet, RecycleBin
from kemai.kit.recycle import put_back
from kemai.kit.timeline import timeline_of
from kemai.office.services import settings_save
from kemai.people.tests.factories import Team, again, browser, employee, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def own(crew):
    """A customer of 小林."""
    return customer("宁波北仑注塑有限公司", crew.lin)


def add(record, by, name="报价.pdf", content=PDF, purpose="file") -> Attachment:
    kind = record._meta.model_name
    return services.attachment_add(
        {"kind": kind, "record": record.pk, "purpose": purpose, "file": ContentFile(content, name=name)}, by=by
    )


# --- taking ------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("FRM-06", "SEC-04")
def test_a_file_keeps_its_bytes_and_says_what_it_is(crew, own):
    made = add(own, crew.lin)
    assert (made.name, made.size, made.content_type) == ("报价.pdf", len(PDF), "application/pdf")
    assert services.path_of(made).read_bytes() == PDF
    assert ChangeSet.objects.get(deed="attachment.create").title == "报价.pdf"


@pytest.mark.spec("SEC-04")
def test_a_file_lies_under_a_random_name_that_only_the_server_reads(crew, own, settings):
    first, second = add(own, crew.lin), add(own, crew.lin)
    assert first.stored != second.stored
    assert "报价" not in first.stored
    path = services.path_of(first)
    assert path.is_relative_to(settings.MEDIA_ROOT)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.spec("FRM-06")
def test_the_size_limit_is_a_parameter(crew, own):
    settings_save({"attachment_max_mb": 1}, by=crew.admin)
    with pytest.raises(Invalid, match="超过 1 MB"):
        add(own, crew.lin, "大图.png", PNG + b"\x00" * 1024 * 1024)
    assert not Attachment.objects.exists()


def test_a_stream_that_says_it_is_small_is_measured_all_the_same(crew, own):
    settings_save({"attachment_max_mb": 1}, by=crew.admin)
    liar = ContentFile(PNG + b"\x00" * 2 * 1024 * 1024, name="大图.png")
    liar.size = 10
    with pytest.raises(Invalid, match="超过 1 MB"):
        services.attachment_add({"kind": "customer", "record": own.pk, "file": liar}, by=crew.lin)
    assert not stored_files()


@pytest.mark.spec("SEC-04")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("报价.exe", EXE, "程序文件"),
        ("照片.png", EXE, "程序文件"),
        ("启动.bat", b"@echo off\r\ndel *.*\r\n", "程序文件"),
        ("照片.png", PDF, "与扩展名 .png 不符"),
        ("合同.pdf", HTML, "与扩展名 .pdf 不符"),
        ("头像.jpg", SVG, "与扩展名 .jpg 不符"),
        ("空.txt", b"", "空文件"),
    ],
)
def test_what_is_not_what_it_says_is_refused_in_one_sentence(crew, own, name, content, sentence):
    with pytest.raises(Invalid, match=sentence):
        add(own, crew.lin, name, content)
    assert not Attachment.objects.exists()
    assert not stored_files()


def test_nothing_stays_on_the_disk_when_the_row_cannot_be_written(crew, own, monkeypatch):
    def refuse(*args, **kwargs):
        raise DomainError("refused", "不行。")

    monkeypatch.setattr(services, "_attachment_create", refuse)
    with pytest.raises(DomainError):
        add(own, crew.lin)
    assert not stored_files()


def test_a_full_disk_is_one_plain_sentence(crew, own, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services, "_write", full)
    with pytest.raises(DomainError, match="磁盘可能已满") as caught:
        add(own, crew.lin)
    assert caught.value.status == 503
    assert not Attachment.objects.exists()


def test_a_kind_that_carries_no_files_takes_none(crew):
    with pytest.raises(Invalid, match="不能带附件"):
        services.attachment_add(
            {"kind": "employee", "record": crew.lin.pk, "file": ContentFile(PDF, name="a.pdf")}, by=crew.admin
        )


# --- who may ------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("SEC-04", "ORG-08")
def test_the_right_is_asked_first_then_the_range(crew, own):
    nobody = employee("nobody", "甲", rights=["customer.view"], ranges={"customer": "all"})
    with pytest.raises(Forbidden):
        add(own, nobody)
    with pytest.raises(NotFound):
        add(own, crew.chen)
    assert not stored_files()


@pytest.mark.spec("SEC-04")
def test_files_are_seen_by_exactly_who_sees_the_record(crew, own):
    made = add(own, crew.lin)
    share(own, crew.service)
    seen_by = {
        name for name in ("admin", "boss", "manager", "lin", "zhou", "other_manager", "chen", "marketing", "service")
        if queries.visible_attachments(getattr(crew, name)).filter(pk=made.pk).exists()
    }  # fmt: skip
    assert seen_by == {"admin", "boss", "manager", "lin", "service"}


@pytest.mark.spec("SEC-04")
def test_files_of_a_returned_customer_are_gone_with_it(crew, own):
    made = add(own, crew.lin)
    customer_release(own, reason="没有需求", by=crew.lin)
    assert not queries.visible_attachments(again(crew.lin)).exists()
    assert browser(crew.lin).get(f"/files/{made.pk}").status_code == 404


@pytest.mark.spec("CON-05", "SEC-04")
def test_files_of_a_private_contact_are_private(crew):
    friend = contact("老同学", by=crew.lin)
    made = add(friend, crew.lin)
    assert queries.visible_attachments(crew.lin).filter(pk=made.pk).exists()
    assert not queries.visible_attachments(crew.boss).filter(pk=made.pk).exists()


def test_without_the_right_to_see_the_kind_its_files_are_not_seen(crew, own):
    made = add(own, crew.lin)
    looker = employee("looker", "乙", rights=["attachment.view", "contact.view"], ranges={"customer": "all"})
    assert not queries.visible_attachments(looker).filter(pk=made.pk).exists()
    assert browser(looker).get(f"/files/{made.pk}").status_code == 404


def test_author_owner_and_who_may_change_the_record_delete_files(crew, own):
    share(own, crew.service, crew.zhou)
    by_service = add(own, crew.service)
    with pytest.raises(DomainError, match="只有上传人、负责人") as caught:
        services.attachment_delete(by_service, by=crew.zhou)
    assert caught.value.status == 403
    for who in (crew.service, crew.lin, crew.boss):
        made = add(own, crew.service)
        services.attachment_delete(made, by=who)
        assert not Attachment.objects.filter(pk=made.pk).exists()


# --- deleting ------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("SYS-11")
def test_a_deleted_file_can_be_put_back_with_its_bytes(crew, own):
    made = add(own, crew.lin)
    services.attachment_delete(made, by=crew.lin)
    kept = RecycleBin.objects.get(kind="attachment", record_id=made.pk)
    with journal(by=crew.admin, deed="attachment.restore") as log:
        put_back(log, kept)
    assert browser(crew.lin).get(f"/files/{made.pk}").getvalue() == PDF


def test_a_deleted_customer_takes_its_files_along(crew):
    unclaimed = customer("无人领用的公司")
    add(unclaimed, crew.admin)
    customer_delete(unclaimed, by=crew.admin)
    assert not Attachment.objects.exists()


@pytest.mark.spec("CON-01")
def test_a_contact_has_one_picture_and_a_new_one_takes_its_place(crew, own):
    someone = contact("张三", own)
    first = add(someone, crew.lin, "旧.png", PNG, "picture")
    second = add(someone, crew.lin, "新.png", PNG, "picture")
    assert list(Attachment.objects.values_list("pk", flat=True)) == [second.pk]
    assert RecycleBin.objects.filter(kind="attachment", record_id=first.pk).exists()


def test_a_picture_is_a_picture(crew, own):
    with pytest.raises(Invalid, match="不是图片"):
        add(contact("张三", own), crew.lin, "简历.pdf", PDF, "picture")


# --- over HTTP -----------------------------------------------------------------------------------------------------------


def send(client, record, *files, purpose="file", headers=None):
    data = {"kind": record._meta.model_name, "record": record.pk, "purpose": purpose,
            "file": [SimpleUploadedFile(name, content) for name, content in files]}  # fmt: skip
    return client.post("/attachments/upload", data, headers=headers or {})


@pytest.mark.spec("FRM-06")
def test_many_files_at_once_each_for_itself(crew, own):
    answer = send(
        browser(crew.lin), own, ("报价.pdf", PDF), ("病毒.exe", EXE), ("现场.png", PNG), headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert set(Attachment.objects.values_list("name", flat=True)) == {"报价.pdf", "现场.png"}
    assert "「病毒.exe」是程序文件" in page
    assert "现场.png" in page


def test_without_scripts_the_form_leads_back_to_the_record(crew, own):
    answer = send(browser(crew.lin), own, ("报价.pdf", PDF))
    assert (answer.status_code, answer["Location"]) == (303, f"/customers/{own.pk}?tab=attachments")


@pytest.mark.spec("SEC-02")
def test_an_upload_without_its_token_is_refused(crew, own):
    assert send(browser(crew.lin, csrf=True), own, ("报价.pdf", PDF)).status_code == 403
    assert not Attachment.objects.exists()


@pytest.mark.spec("SEC-04")
@pytest.mark.parametrize(
    ("name", "content", "content_type", "shown"),
    [
        ("报价 (1).pdf", PDF, "application/pdf", True),
        ("现场.png", PNG, "image/png", True),
        ("页面.html", HTML, "application/octet-stream", False),
        ("图.svg", SVG, "application/octet-stream", False),
        ("客户.csv", "名称,电话\n甲,1".encode(), "application/octet-stream", False),
        ("客户.xlsx", XLSX, "application/octet-stream", False),
    ],
)
def test_only_pictures_and_pdf_are_shown_and_nothing_ever_runs(crew, own, name, content, content_type, shown):
    made = add(own, crew.lin, name, content)
    answer = browser(crew.lin).get(f"/files/{made.pk}")
    assert answer.getvalue() == content
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert ("sandbox" in answer["Content-Security-Policy"]) is (content_type != "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    assert browser(crew.lin).get(f"/files/{made.pk}?download=1")["Content-Disposition"].startswith("attachment")


@pytest.mark.spec("SEC-04", "ORG-08")
def test_no_door_gives_a_file_to_who_does_not_see_its_record(crew, own):
    made = add(own, crew.lin)
    page, api = browser(crew.chen), program(crew.chen)
    assert page.get(f"/files/{made.pk}").status_code == 404
    assert page.get(f"/attachments/{made.pk}").status_code == 404
    assert page.get(f"/attachments/{made.pk}/show", headers={"HX-Request": "true"}).status_code == 404
    assert page.get(f"/attachments/{made.pk}/delete").status_code == 404
    assert page.post(f"/attachments/{made.pk}/delete").status_code == 404
    assert page.get(f"/customers/{own.pk}/tabs/attachments").status_code == 404
    assert "报价.pdf" not in page.get("/attachments").content.decode()
    assert send(page, own, ("报价.pdf", PDF)).status_code == 404
    assert api.get(f"/api/v1/attachments/{made.pk}").status_code == 404
    assert api.get(f"/api/v1/attachments/{made.pk}/content").status_code == 404
    assert api.delete(f"/api/v1/attachments/{made.pk}").status_code == 404
    assert api.get(f"/api/v1/customers/{own.pk}/attachments").status_code == 404
    assert api.get("/api/v1/attachments").json()["total"] == 0
    assert api.get(f"/api/v1/attachments?kind=customer&record={own.pk}").json()["items"] == []
    upload = {"kind": "customer", "record": own.pk, "file": SimpleUploadedFile("报价.pdf", PDF)}
    assert api.post("/api/v1/attachments", upload).status_code == 404
    assert list(Attachment.objects.values_list("pk", flat=True)) == [made.pk]


@pytest.mark.spec("CUS-08", "SEC-04")
def test_the_pool_shows_nothing_of_files(crew, own):
    made = add(own, crew.lin)
    pool = browser(crew.chen).get(f"/customers/{own.pk}?view=pool")
    assert pool.status_code == 200
    assert "报价.pdf" not in pool.content.decode()
    assert f"/files/{made.pk}" not in pool.content.decode()
    assert "attachments" not in program(crew.chen).get(f"/api/v1/customers/{own.pk}?view=pool").json()


def test_without_the_right_no_file_is_seen_at_all(crew, own):
    made = add(own, crew.lin)
    blind = employee("blind", "丙", rights=["customer.view", "token.add"], ranges={"customer": "all"})
    assert browser(blind).get(f"/files/{made.pk}").status_code == 403
    assert browser(blind).get(f"/customers/{own.pk}/tabs/attachments").status_code == 403
    assert program(blind).get(f"/api/v1/customers/{own.pk}/attachments").status_code == 403


@pytest.mark.spec("FRM-06")
def test_the_tab_shows_pictures_and_says_who_added_what(crew, own):
    made = add(own, crew.lin, "现场.png", PNG)
    page = browser(crew.lin).get(f"/customers/{own.pk}/tabs/attachments").content.decode()
    assert f'src="/files/{made.pk}"' in page
    assert "小林" in page
    shown = browser(crew.lin).get(f"/attachments/{made.pk}/show", headers={"HX-Request": "true"}).content.decode()
    assert f'<img src="/files/{made.pk}"' in shown


def test_the_contact_page_shows_the_picture(crew, own):
    someone = contact("张三", own)
    made = add(someone, crew.lin, "张三.png", PNG, "picture")
    page = browser(crew.lin).get(f"/contacts/{someone.pk}/tabs/attachments").content.decode()
    assert f'<img src="/files/{made.pk}" alt="张三的照片">' in page
    assert "还没有附件" in page


@pytest.mark.spec("API-01", "FRM-06")
def test_programs_add_list_read_and_delete_files(crew, own):
    api = program(crew.lin)
    upload = {"kind": "customer", "record": own.pk, "file": SimpleUploadedFile("../../etc/报价.pdf", PDF)}
    answer = api.post("/api/v1/attachments", upload)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["name"], made["kind"], made["record"], made["size"]) == ("报价.pdf", "customer", own.pk, len(PDF))
    listed = api.get(f"/api/v1/attachments?kind=customer&record={own.pk}").json()
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    assert api.get("/api/v1/attachments?kind=contact").json()["total"] == 0
    assert api.get(f"/api/v1/customers/{own.pk}/attachments").json()["items"][0]["name"] == "报价.pdf"
    assert api.get(f"/api/v1/attachments/{made['id']}/content").getvalue() == PDF
    assert api.delete(f"/api/v1/attachments/{made['id']}").status_code == 204
    assert api.get(f"/api/v1/attachments/{made['id']}").status_code == 404


@pytest.mark.spec("API-03")
def test_a_program_is_told_what_is_wrong_with_its_upload(crew, own):
    api = program(crew.lin)
    plain = api.post("/api/v1/attachments", {"kind": "customer"}, content_type="application/json")
    assert (plain.status_code, plain.json()["code"]) == (400, "not_multipart")
    nothing = api.post("/api/v1/attachments", {"kind": "customer", "record": own.pk})
    assert (nothing.status_code, list(nothing.json()["fields"])) == (422, ["file"])
    no_record = api.post("/api/v1/attachments", {"kind": "customer", "file": SimpleUploadedFile("a.pdf", PDF)})
    assert (no_record.status_code, list(no_record.json()["fields"])) == (422, ["record"])
    program_file = api.post(
        "/api/v1/attachments", {"kind": "customer", "record": own.pk, "file": SimpleUploadedFile("a.exe", EXE)}
    )
    assert (program_file.status_code, list(program_file.json()["fields"])) == (422, ["file"])


@pytest.mark.spec("API-02")
def test_a_key_that_only_reads_uploads_nothing(crew, own):
    answer = program(crew.lin, "read").post(
        "/api/v1/attachments", {"kind": "customer", "record": own.pk, "file": SimpleUploadedFile("报价.pdf", PDF)}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "out_of_scope")


def test_lists_of_files_cost_the_same_for_any_number(crew, own, django_assert_max_num_queries):
    api = program(crew.lin)
    for number in range(12):
        add(own, crew.lin, f"{number}.pdf")
    api.get("/api/v1/attachments")
    with django_assert_max_num_queries(20):
        assert api.get("/api/v1/attachments").json()["total"] == 12


@pytest.mark.spec("FRM-06")
def test_the_tab_sends_file_by_file_and_hears_what_was_refused(crew, own):
    client, accepts = browser(crew.lin), {"Accept": "application/json"}
    assert send(client, own, ("报价.pdf", PDF), headers=accepts).json() == {"taken": 1, "refused": []}
    told = send(client, own, ("病毒.exe", EXE), headers=accepts).json()
    assert told["taken"] == 0
    assert "「病毒.exe」是程序文件" in told["refused"][0]
    assert list(Attachment.objects.values_list("name", flat=True)) == ["报价.pdf"]


@pytest.mark.spec("FRM-06")
def test_the_tab_says_how_large_a_file_may_be_as_the_parameter_has_it(crew, own):
    settings_save({"attachment_max_mb": 3}, by=crew.admin)
    assert "单个文件不超过 3 MB" in browser(crew.lin).get(f"/customers/{own.pk}/tabs/attachments").content.decode()


@pytest.mark.spec("FRM-06")
def test_from_a_picture_one_walks_to_the_next_file_that_is_shown(crew, own):
    first = add(own, crew.lin, "甲.png", PNG)
    add(own, crew.lin, "说明.txt", b"words")
    last = add(own, crew.lin, "乙.pdf", PDF)
    part = {"HX-Request": "true"}
    shown = browser(crew.lin).get(f"/attachments/{last.pk}/show", headers=part).content.decode()
    assert "1 / 2" in shown
    assert f'hx-get="/attachments/{first.pk}/show"' in shown
    shown = browser(crew.lin).get(f"/attachments/{first.pk}/show", headers=part).content.decode()
    assert "2 / 2" in shown
    assert f'hx-get="/attachments/{last.pk}/show"' in shown


@pytest.mark.spec("FRM-06", "FRM-05")
def test_many_files_are_deleted_at_once_and_the_time_line_tells_of_it(crew, own):
    kept, gone = add(own, crew.lin, "报价.pdf"), [add(own, crew.lin, f"现场{n}.png", PNG) for n in (1, 2)]
    page = browser(crew.lin)
    assert (
        'data-tab-delete="/attachments/actions/delete"'
        in page.get(f"/customers/{own.pk}/tabs/attachments").content.decode()
    )
    assert page.post("/attachments/actions/delete", {"ids": ",".join(str(one.pk) for one in gone)}).status_code == 303
    assert list(Attachment.objects.values_list("pk", flat=True)) == [kept.pk]
    told = [(entry.title, entry.text, entry.by) for entry in timeline_of(registry["customer"], own, again(crew.lin))]
    for wanted in (
        ("新增附件", "报价.pdf", "小林"),
        ("删除附件", "现场1.png", "小林"),
        ("删除附件", "现场2.png", "小林"),
    ):
        assert wanted in told


@pytest.mark.spec("CUS-21")
def test_the_names_of_files_stand_on_the_print(crew, own):
    add(own, crew.lin, "报价.pdf")
    page = browser(crew.lin).get(f"/customers/{own.pk}/print").content.decode()
    assert "附件（1）" in page
    assert "报价.pdf" in page
