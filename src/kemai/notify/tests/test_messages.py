"""What the product tells people, and that it is theirs alone (WRK-02)."""

import pytest

from kemai.kit.errors import NotFound
from kemai.notify.models import Message
from kemai.notify.queries import unread_count
from kemai.notify.services import message_read, tell
from kemai.people.tests.factories import Team, again, browser, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


def told(who, text="老总把客户「甲」指派给您。") -> Message:
    tell(who, text)
    return Message.objects.filter(employee=who).latest("pk")


def test_a_message_is_counted_until_it_is_read(crew):
    first = told(crew.lin)
    told(crew.lin)
    assert unread_count(crew.lin) == 2
    message_read(first, by=crew.lin)
    assert unread_count(crew.lin) == 1
    read_at = again(first).read_at
    message_read(again(first), by=crew.lin)
    assert again(first).read_at == read_at


@pytest.mark.spec("ORG-08")
def test_nobody_reads_the_messages_of_others(crew):
    secret = told(crew.lin)
    for who in (crew.zhou, crew.boss, crew.admin):
        assert program(who).get("/api/v1/messages").json()["total"] == 0
        assert program(who).get(f"/api/v1/messages/{secret.pk}").status_code == 404
        assert (
            program(who).post(f"/api/v1/messages/{secret.pk}/read", {}, content_type="application/json").status_code
            == 404
        )
        assert "指派给您" not in browser(who).get("/messages").content.decode()
    assert again(secret).read_at is None


def test_one_reads_many_at_once(crew):
    ids = [told(crew.lin).pk for _ in range(3)]
    answer = program(crew.lin).post("/api/v1/messages/actions/read", {"ids": ids}, content_type="application/json")
    assert [result["ok"] for result in answer.json()["results"]] == [True, True, True]
    assert unread_count(crew.lin) == 0


def test_a_message_that_is_gone_cannot_be_read(crew):
    gone = told(crew.lin)
    Message.objects.all().delete()
    with pytest.raises(NotFound):
        message_read(gone, by=crew.lin)


def test_a_long_text_is_cut_and_not_lost(crew):
    assert len(told(crew.lin, "长" * 400).text) == 300
