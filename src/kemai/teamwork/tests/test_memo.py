"""A photo and a voice memo go along with 「记一笔」, and the memo is played where it hangs (INT-05)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.tests.factories import customer
from kemai.files.models import Attachment
from kemai.kit.openapi import describe
from kemai.people.tests.factories import browser, employee, program
from kemai.teamwork.models import Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.spec("INT-05")]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
SOUNDS = {
    "录音.weba": (
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04" + b"\0" * 64,
        "audio/webm",
    ),
    "录音.m4a": (b"\x00\x00\x00\x1cftypisom\x00\x00\x02\x00isomiso2mp41" + b"\0" * 64, "audio/mp4"),
    "备忘.m4a": (b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00isomiso2" + b"\0" * 64, "audio/mp4"),
    "录音.mp3": (b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" * 20, "audio/mpeg"),
    "录音.ogg": (b"OggS\x00\x02" + b"\0" * 20 + b"OpusHead" + b"\0" * 64, "audio/ogg"),
    "录音.amr": (b"#!AMR\n" + b"\x3c" * 64, "audio/amr"),
    "录音.wav": (b"RIFF\x24\x08\0\0WAVEfmt " + b"\0" * 64, "audio/x-wav"),
}


@pytest.fixture
def shangce(crew):
    return customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])


def jot(who, of, **files):
    """What the phone sends."""
    return browser(who).post(f"/customers/{of.pk}/log_contact", {"content": "看了现场", **files})


def test_both_hang_on_the_record_as_files(crew, shangce):
    memo = SOUNDS["录音.weba"][0]
    answer = jot(
        crew.lin, shangce, photo=SimpleUploadedFile("现场.png", PNG), voice=SimpleUploadedFile("录音.weba", memo)
    )
    assert answer.status_code == 303
    made = Interaction.objects.get()
    files = Attachment.objects.filter(kind="interaction", record_id=made.pk).order_by("pk")
    assert [(one.name, one.content_type) for one in files] == [("现场.png", "image/png"), ("录音.weba", "audio/webm")]
    tab = browser(crew.lin).get(f"/interactions/{made.pk}/tabs/attachments").content.decode()
    assert f'<audio class="fl-sound" controls preload="none" src="/files/{files[1].pk}"' in tab
    page = browser(crew.lin).get(f"/customers/{shangce.pk}").content.decode()
    assert 'accept="image/*" capture' in page
    assert 'accept="audio/*" capture' in page


@pytest.mark.spec("API-01")
def test_a_program_sends_them_along_as_a_form(crew, shangce):
    files = {
        "photo": SimpleUploadedFile("现场.png", PNG),
        "voice": SimpleUploadedFile("录音.mp3", SOUNDS["录音.mp3"][0]),
    }
    sent = {
        "content": "看了现场",
        "contact": str(shangce.contacts.get().pk),
        "next_contact_at": "2036-03-05T09:00:00+08:00",
    }
    answer = program(crew.lin).post(f"/api/v1/customers/{shangce.pk}/log_contact", {**sent, **files})
    assert (answer.status_code, answer.json()["id"]) == (200, shangce.pk)
    made = Interaction.objects.get()
    assert (made.content, made.contact.name, made.next_contact_at.isoformat()) == (
        "看了现场", "李四", "2036-03-05T01:00:00+00:00",
    )  # fmt: skip
    listed = program(crew.lin).get("/api/v1/attachments", {"kind": "interaction", "record": made.pk}).json()["items"]
    assert sorted(one["name"] for one in listed) == ["录音.mp3", "现场.png"]


@pytest.mark.spec("API-01")
def test_a_program_notes_one_contact_with_a_photo_at_several_customers(crew, shangce):
    other = customer("宁波远洋贸易有限公司", crew.lin, contacts=[{"name": "王五"}])
    theirs = customer("杭州启明灯具厂", crew.zhou, contacts=[{"name": "赵六"}])
    sent = {
        "content": "展会上见了面",
        "ids": f"{shangce.pk},{other.pk},{theirs.pk}",
        "photo": SimpleUploadedFile("展会.png", PNG),
    }
    answer = program(crew.lin).post("/api/v1/customers/actions/log_contact", sent)
    assert [one["ok"] for one in answer.json()["results"]] == [True, True, False]
    assert {one.customer for one in Interaction.objects.all()} == {shangce, other}
    assert Attachment.objects.filter(name="展会.png", size=len(PNG)).count() == 2


@pytest.mark.spec("API-03")
@pytest.mark.parametrize(
    ("path", "sent", "refusal"),
    [
        ("customers/{pk}/log_contact", {"content": "看了现场", "photo": b"<html>"}, (422, "invalid", ["photo"])),
        ("customers/{pk}/log_contact", {"content": "看了现场", "picture": PNG}, (422, "invalid", ["picture"])),
        ("customers/{pk}/log_contact", {"content": "看了现场", "photo": "现场.png"}, (422, "invalid", ["photo"])),
        ("customers/{pk}/release", {"reason": "不做了", "photo": PNG}, (400, "no_files", [])),
    ],
)
def test_a_form_of_a_program_that_is_wrong_is_refused_and_nothing_is_noted(crew, shangce, path, sent, refusal):
    files = {
        name: SimpleUploadedFile("现场.png", value) if isinstance(value, bytes) else value
        for name, value in sent.items()
    }
    answer = program(crew.lin).post(f"/api/v1/{path.format(pk=shangce.pk)}", files)
    told = answer.json()
    assert (answer.status_code, told["code"], list(told["fields"])) == refusal
    assert (Interaction.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.spec("API-03")
def test_a_broken_form_is_refused_in_one_sentence(crew, shangce):
    answer = program(crew.lin).post(
        f"/api/v1/customers/{shangce.pk}/log_contact",
        b"--x\r\nContent-Disposition: form-data; name",
        content_type="multipart/form-data",
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_form")


@pytest.mark.spec("API-01", "ORG-08")
def test_the_right_and_the_range_come_first_for_a_form_too(crew, shangce):
    address = f"/api/v1/customers/{shangce.pk}/log_contact"
    warehouse = employee("cangku", "周师傅", "warehouse_keeper")
    for who, status in ((warehouse, 403), (crew.zhou, 404)):
        answer = program(who).post(address, {"photo": SimpleUploadedFile("现场.png", b"<html>")})
        assert answer.status_code == status
    assert (Interaction.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.spec("API-01")
def test_the_description_tells_of_the_form(crew):
    content = describe()["paths"]["/api/v1/customers/{id}/log_contact"]["post"]["requestBody"]["content"]
    assert [*content] == ["application/json", "multipart/form-data"]
    assert "photo" not in content["application/json"]["schema"]["properties"]
    assert content["multipart/form-data"]["schema"]["properties"]["photo"] == {
        "type": "string", "format": "binary", "title": "照片",
    }  # fmt: skip


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sound_of_a_phone_is_known_by_its_content_and_played(crew, shangce, name):
    memo, content_type = SOUNDS[name]
    jot(crew.lin, shangce, voice=SimpleUploadedFile(name, memo))
    kept = Attachment.objects.get()
    assert kept.content_type == content_type
    answer = browser(crew.lin).get(f"/files/{kept.pk}")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (content_type, "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer["Content-Security-Policy"]
    part = browser(crew.lin).get(f"/files/{kept.pk}", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, memo[2:6], f"bytes 2-5/{len(memo)}")
    assert browser(crew.lin).get(f"/files/{kept.pk}", headers={"Range": "bytes=999999-"}).status_code == 416
    assert browser(crew.zhou).get(f"/files/{kept.pk}", headers={"Range": "bytes=2-5"}).status_code == 404


@pytest.mark.parametrize(
    ("field", "name", "content", "sentence"),
    [
        ("voice", "录音.mp3", b"MZ\x90\x00" + b"\0" * 64, "「录音.mp3」不是录音，请重新选择。"),
        ("voice", "现场.png", PNG, "「现场.png」不是录音，请重新选择。"),
        ("photo", "现场.png", b"<html>", "「现场.png」不是照片，请重新选择。"),
    ],
)
def test_what_is_something_else_is_refused_and_nothing_is_noted(crew, shangce, field, name, content, sentence):
    answer = jot(crew.lin, shangce, **{field: SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert (Interaction.objects.count(), Attachment.objects.count()) == (0, 0)


def test_a_name_is_no_longer_than_its_field(crew, at, shangce):
    refused = at(crew.lin).post(f"customers/{shangce.pk}/log_contact", content="看了现场", contact_name="长" * 121)
    assert (refused.status, refused.json["fields"]) == (
        422,
        {"contact_name": ["其他联系人最多 120 个字，现在是 121 个。"]},
    )
    assert Interaction.objects.count() == 0
