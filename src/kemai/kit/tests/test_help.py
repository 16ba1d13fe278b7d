"""The manual: who reads what, how it is found, and that its text stays text (USE-05)."""

import pytest

from kemai.kit import help as manual
from kemai.kit.help import HelpPage
from kemai.people.tests.factories import Team, browser, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("USE-05")]


@pytest.fixture
def crew(db) -> Team:
    return team()


def test_the_contents_stand_by_work_area_and_hold_what_one_may_use(crew):
    areas = [chapter.title for chapter in manual.manual(crew.lin)]
    assert areas[0] == "入门"
    assert areas.index("客户") < areas.index("系统")
    names = {page.name for chapter in manual.manual(crew.lin) for page in chapter.pages}
    assert {"start", "customer", "list"} <= names
    assert not {"rights", "log", "settings"} & names
    assert {"rights", "log", "settings"} <= {
        page.name for chapter in manual.manual(crew.admin) for page in chapter.pages
    }


def test_a_page_that_one_may_not_use_has_no_help_for_them(crew):
    page = browser(crew.lin)
    assert page.get("/help/customer").status_code == 200
    assert [page.get(f"/help/{name}").status_code for name in ("rights", "log", "nowhere")] == [404, 404, 404]
    assert page.get("/api/v1/help/rights").status_code == 404


@pytest.mark.parametrize("text", ["归还", "回收站", "hsz", "huishouzhan", "kjj", "预览"])
def test_help_is_found_by_words_and_by_pinyin(crew, text):
    assert manual.find(crew.admin, text)


def test_a_title_comes_before_a_heading_and_a_heading_before_a_sentence(crew):
    hits = manual.find(crew.admin, "回收站")
    assert (hits[0].name, hits[0].heading) == ("recycle-bin", "")
    assert any(hit.heading == "误删了怎么办" and hit.href.startswith("/help/faq#s") for hit in hits)
    assert manual.find(crew.admin, "  ") == []
    assert manual.find(crew.admin, "没有这样的词") == []


def test_the_page_of_contents_and_the_search_box_find_the_same(crew):
    page = browser(crew.lin)
    html = page.get("/help", {"q": "归还"}).content.decode()
    assert 'href="/help/customer' in html
    assert "没有提到「鲸鱼」" in page.get("/help", {"q": "鲸鱼"}).content.decode()
    assert "/help/customer" in page.get("/search", {"q": "归还"}, headers={"KM-Part": "found"}).content.decode()
    assert page.get("/api/v1/search", {"q": "归还"}).json()["help"][0]["href"].startswith("/help/")


def test_the_api_gives_contents_hits_and_pages(crew):
    page = browser(crew.lin)
    facts = page.get("/api/v1/help", {"q": "归还"}).json()
    assert facts["chapters"][0]["title"] == "入门"
    assert {hit["name"] for hit in facts["found"]} >= {"customer"}
    one = page.get("/api/v1/help/customer").json()
    assert (one["title"], one["parts"]) == ("客户", ["list", "record", "form"])
    assert "## 字段" in one["markdown"]


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("[点我](javascript:alert(1))", "<a"),
        ("[别处](https://example.com/)", "<a"),
        ("![图](//example.com/a.png)", "<img"),
    ],
)
def test_text_stays_text_and_links_stay_inside(crew, text, absent):
    assert absent not in manual.html_of(HelpPage("", "试", text), crew.admin)


def test_a_link_to_what_one_may_not_read_is_plain_words(crew):
    page = HelpPage("", "试", "见[参数设置](/help/settings)和[客户](/help/customer#s1)。")
    assert manual.html_of(page, crew.lin) == '<p>见参数设置和<a href="/help/customer#s1">客户</a>。</p>\n'
    assert 'href="/help/settings"' in manual.html_of(page, crew.admin)


def test_every_link_and_picture_of_the_manual_leads_somewhere(crew, settings):
    import re
    from pathlib import Path

    from django.contrib.staticfiles import finders

    for page in manual._every().values():
        for target in re.findall(r"\]\(([^)]+)\)", page.text):
            if target.startswith("/static/"):
                assert finders.find(target.removeprefix("/static/")), f"{page.name}: {target}"
                assert Path(str(finders.find(target.removeprefix("/static/")))).stat().st_size < 100_000
            else:
                assert manual.page_of(crew.admin, target.removeprefix("/help/").partition("#")[0]), (
                    f"{page.name}: {target}"
                )


def test_a_kind_without_a_file_is_told_by_its_declaration(crew):
    page = manual.page_of(crew.admin, "sample-order")
    assert "## 按钮" in page.text
    assert page.parts == ("list", "record", "form")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("没有标题", "does not begin with its title"), ("area: 客户\n没有标题", "does not begin with its title")],
)
def test_a_file_without_a_title_is_told(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        manual.read("x", text)
