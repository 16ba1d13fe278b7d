"""「批复」: supervisors comment, the author is told and answers (INT-03)."""

import pytest

from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.support import messages_of
from kemai.people.tests.factories import browser
from kemai.teamwork.models import InteractionComment
from kemai.teamwork.tests.factories import record

pytestmark = pytest.mark.spec("INT-03")


@pytest.fixture
def visit(crew):
    """小林 visited a customer of his own, which 小周 sees too."""
    shangce = customer("杭州商策科技有限公司", crew.lin)
    share(shangce, crew.zhou)
    return record(shangce, crew.lin, "看了三号车间")


def comment(at, who, visit, text):
    return at(who).post(f"interactions/{visit.pk}/comment", text=text)


def test_the_author_is_told_and_answers_and_the_supervisor_is_told(crew, at, visit):
    assert comment(at, crew.manager, visit, "接线图周五前给出。").status == 200
    assert messages_of(crew.lin)[-1] == "王建国批复了您的交往记录（杭州商策科技有限公司）：接线图周五前给出。"
    assert comment(at, crew.boss, visit, "价格守住。").status == 200
    assert comment(at, crew.lin, visit, "好的。").status == 200
    for supervisor in (crew.manager, crew.boss):
        assert messages_of(supervisor)[-1] == "小林回复了交往记录的批复（杭州商策科技有限公司）：好的。"
    page = browser(crew.lin).get(f"/customers/{visit.customer_id}").content.decode()
    for said in ("王建国批复", "接线图周五前给出。", "小林回复"):
        assert said in page
    assert "价格守住。" in browser(crew.zhou).get(f"/interactions/{visit.pk}/tabs/comments").content.decode()


def test_only_supervisors_comment_and_there_is_nothing_to_answer_before(crew, at, visit):
    assert comment(at, crew.zhou, visit, "不错").error == (403, "forbidden", "只有小林的上级可以批复。")
    assert comment(at, crew.lin, visit, "好的").error == (409, "no_comment", "还没有批复，不需要回复。")
    assert comment(at, crew.other_manager, visit, "不错").status == 404
    assert InteractionComment.objects.count() == 0


def test_in_the_tab_the_button_is_grey_for_who_may_not_comment_and_says_why(crew, at, visit):
    def tab(who) -> str:
        return browser(who).get(f"/interactions/{visit.pk}/tabs/comments").content.decode()

    ask = f'hx-get="/interactions/{visit.pk}/comment"'
    assert ask in tab(crew.manager)
    assert 'data-why="只有小林的上级可以批复。"' in tab(crew.zhou)
    assert 'data-why="还没有批复，不需要回复。"' in tab(crew.lin)
    assert ask not in tab(crew.zhou) + tab(crew.lin)
    comment(at, crew.manager, visit, "抓紧。")
    assert ask in tab(crew.lin)


def test_a_comment_is_no_longer_than_its_field(crew, at, visit):
    refused = comment(at, crew.manager, visit, "好" * 501)
    assert (refused.status, refused.json["fields"]) == (422, {"text": ["批复最多 500 个字，现在是 501 个。"]})
    assert comment(at, crew.manager, visit, "好" * 500).status == 200
