"""Questions to quick search and to the search box of the top bar, held against answers worked out in plain Python (LST-02, WRK-03).

Three hundred customers, six people: for each question exactly the records are found that the person may see and that have the words in what
they may see, on every list and in the box. Initials are worked out from the readings that stand beside the words here.
"""

import random
import unicodedata

import pytest

from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_create
from kemai.customers.tests.factories import share
from kemai.kit import listing
from kemai.people.tests.factories import browser, employee

PLACES = {
    "深圳": "shen zhen",
    "北京": "bei jing",
    "苏州": "su zhou",
    "重庆": "chong qing",
    "厦门": "xia men",
    "长沙": "chang sha",
}
WORDS = {"恒泰": "heng tai", "云图": "yun tu", "蓝海": "lan hai", "金砾": "jin li", "瑞达": "rui da", "吕氏": "lv shi"}
TRADES = {"科技": "ke ji", "机械": "ji xie", "物流": "wu liu", "食品": "shi pin"}
SIGNS = ["", "A8", "Beta", "100%", "a_1", "O'7", 'x"9', "c\\5", "🚀"]
PEOPLE = {"李雷": "li lei", "欧阳静": "ou yang jing", "单田芳": "shan tian fang", "曾国强": "zeng guo qiang"}
COUNT = 300


def folded(text):
    """Width and case made alike, blanks and punctuation dropped: what counts of a text that is searched."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] not in "ZPC")


@pytest.fixture
def world(crew):
    """Customers of 小林, 小周, the manager, another team and nobody, some of them shared; each with what is known of it."""
    chance = random.Random(7)
    other = crew.chen
    owners = [crew.lin, crew.zhou, crew.manager, other, None]
    known = []
    for number in range(COUNT):
        place, word, trade = (chance.choice(list(table)) for table in (PLACES, WORDS, TRADES))
        sign, person = chance.choice(SIGNS), chance.choice(list(PEOPLE))
        name = f"{place}{word}{sign}{number}{trade}有限公司"
        mobile, phone = f"139{number:04d}{chance.randrange(10_000):04d}", f"0755-{8000_0000 + number * 7919}"
        owner = owners[number % 5]
        made = customer_create(
            {"name": name, "phone": phone, "contacts": [{"name": person, "mobile": mobile}]}, by=crew.admin, into="pool",
            assign_to=owner.pk if owner else None, similar_reason="测试",
        )  # fmt: skip
        readings = f"{PLACES[place]} {WORDS[word]}".split()
        known.append(
            {
                "id": made.pk, "name": name, "owner": owner, "shared": False, "phone": phone, "mobile": mobile, "person": person,
                "initials": "".join(one[0] for one in readings), "person_initials": "".join(one[0] for one in PEOPLE[person].split()),
            }
        )  # fmt: skip
        if owner == crew.zhou and number % 3 == 0:
            share(Customer.objects.get(pk=made.pk), crew.lin)
            known[-1]["shared"] = True
    return known


def digits(text):
    return "".join(sign for sign in text if sign.isdigit())


def literal(word):
    """Whether a customer has the word as a part of its name, or of what only those who see it whole may search."""
    wanted = folded(word)

    def public(one):
        return wanted in folded(one["name"])

    def whole(one):
        numbers = digits(one["phone"]), one["mobile"]
        return (
            public(one)
            or wanted in folded(one["person"])
            or (wanted.isdigit() and any(wanted in each for each in numbers))
        )

    return public, whole


def initials(word):
    """The same for initials, which begin where the name begins."""
    return lambda one: one["initials"].startswith(
        word
    ), lambda one: one["initials"].startswith(word) or word in one["person_initials"]


def questions(world):
    """Question and the two answers: by public fields, and by all."""
    one, other = world[17], world[142]
    texts = [
        "深圳", "云图", "科技", "圳恒", "苏州蓝海", "单田芳", "阳静", one["mobile"][-4:], other["mobile"][3:9], digits(one["phone"])[-5:],
        "ｂｅｔａ", "BETA", "a8", "Ａ８", "100%", "a_1", "O'7", 'x"9', "c\\5", "🚀", "没有的", "长" * 150,
    ]  # fmt: skip
    for text in texts:
        yield text, *literal(text)
    for text in ("szht", "bjyt", "cqlh"):
        yield text, *initials(text)


def seen(world, crew, who, view):
    """The customers of a list, and whether only their public fields are searched there."""
    everybody = view == "pool"
    if everybody:
        return world, True
    mine = [one for one in world if one["owner"] == who]
    if view == "mine":
        return mine, False
    line = {crew.manager: {crew.lin, crew.zhou}, crew.other_manager: {crew.chen}}.get(who, set())
    return [one for one in world if one["owner"] in line or (one["shared"] and who == crew.lin)], False


def asked(client, view, text):
    answer = client.get("/api/v1/customers", {"view": view, "q": text, "page_size": 500}).json()
    assert answer["total"] == len(answer["items"])
    return {item["id"] for item in answer["items"]}


@pytest.mark.spec("LST-02", "CUS-08", "PRF-02")
def test_every_list_finds_what_the_person_may_see_and_nothing_else(crew, world, monkeypatch):
    people = [
        crew.lin,
        crew.zhou,
        crew.manager,
        crew.chen,
        crew.other_manager,
        employee("nobody", "无客户", "sales_rep"),
    ]
    assert lists_differ(crew, world, people) == []
    monkeypatch.setattr(listing, "SMALL_RANGE", -1)  # ranges and terms are told to the database as at a million
    monkeypatch.setattr(listing, "RARE_TERM", 0)
    assert lists_differ(crew, world, people[:1]) == []
    monkeypatch.setattr(listing, "NEAR_RANGE", -1)
    assert lists_differ(crew, world, people[:3]) == []


def lists_differ(crew, world, people):
    """Where a list answers otherwise than worked out: who, where, what, how many too many and too few."""
    wrong = []
    for who in people:
        client = browser(who)
        for view in ("mine", "shared", "pool"):
            records, public_only = seen(world, crew, who, view)
            for text, public, whole in questions(world):
                right = {one["id"] for one in records if (public if public_only else whole)(one)}
                found = asked(client, view, text)
                if found != right:
                    wrong.append((who.name, view, text, len(found - right), len(right - found)))
    return wrong


@pytest.mark.spec("WRK-03", "CUS-08")
def test_the_box_of_the_top_bar_finds_the_same_as_the_lists_and_leads_to_them(crew, world):
    wrong = []
    for who in (crew.lin, crew.manager, crew.chen):
        client = browser(who)
        for text, public, whole in questions(world):
            answer = client.get("/api/v1/search", {"q": text}).json()
            shown = {}
            for group in answer["groups"]:
                if group["kind"] == "customer":
                    shown[group["view"]] = {item["id"] for item in group["items"]}
            before = set()
            for view in ("mine", "shared", "pool"):
                records, public_only = seen(world, crew, who, view)
                right = {one["id"] for one in records if (public if public_only else whole)(one)} - before
                found = shown.get(view, set())
                if not found <= right or len(found) != min(5, len(right)):
                    wrong.append((who.name, view, text, found - right, len(found), len(right)))
                before |= found
            contacts = {
                item["id"] for group in answer["groups"] if group["kind"] == "contact" for item in group["items"]
            }
            reached = {one["id"] for view in ("mine", "shared") for one in seen(world, crew, who, view)[0]}
            if who == crew.manager:  # who manages customers sees those of nobody too
                reached |= {one["id"] for one in world if one["owner"] is None}
            leaked = set(Contact.objects.filter(pk__in=contacts).values_list("customer_id", flat=True)) - reached
            if leaked:
                wrong.append((who.name, "contacts", text, leaked))
    assert wrong == []
    answer = browser(crew.lin).get("/api/v1/search", {"q": "科技"}).json()
    (mine,) = [group for group in answer["groups"] if group["view"] == "mine" and group["kind"] == "customer"]
    assert mine["more"] is True
    assert mine["href"] == "/customers?view=mine&q=%E7%A7%91%E6%8A%80"
    assert len(mine["items"]) == 5
    assert mine["items"][0]["href"].startswith("/customers/")
    one = browser(crew.lin).get("/api/v1/search", {"q": "k"}).json()
    assert one["groups"] == []
    assert {page["title"] for page in one["pages"]} >= {"客户管理"}
    assert browser(crew.lin).get("/api/v1/search", {"q": "khgl"}).json()["pages"][0]["href"] == "/customers"


@pytest.mark.spec("WRK-03")
def test_the_page_of_the_box_writes_what_it_found_as_text(crew):
    page = browser(crew.lin).get("/search", {"q": "<b>甲"}).content.decode()
    assert "没有找到「&lt;b&gt;甲」" in page
