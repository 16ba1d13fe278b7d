"""A photo and a voice memo go along with 「记一笔」, and the memo is played where it hangs (INT-05)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.tests.factories import customer
from kemai.files.models import Attachment
from kemai.people.tests.factories import browser
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
