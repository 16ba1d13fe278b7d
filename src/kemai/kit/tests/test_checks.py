"""A mistake in a declaration is told when the program starts, in one sentence with a number."""

from dataclasses import replace

import pytest
from django.core.management import call_command

from kemai.kit import columns, entity
from kemai.kit.checks import check_declarations
from kemai.kit.entity import (
    Action,
    Column,
    Field,
    Form,
    Group,
    Lines,
    Search,
    Tab,
    View,
    contribute,
    register,
    registry,
)
from kemai.kit.lines import lines_tab
from kemai.kit.reach import EVERYTHING
from kemai.kit.workflow import deed, transition

ORDERS = registry["sample-order"]
LINES = ORDERS.form.lines[0]


def form(*fields, lines=()):
    return Form(groups=[Group("基本信息", fields)], lines=lines, create=ORDERS.form.create, change=ORDERS.form.change)


@transition("sample-order.lose", source="draft", target="lost", right="sample-order.void")
def lose(order, *, by, log):
    """Moves to a state that there is not."""


@deed("sample-order.wish", right="sample-order.wish")
def wish(order, *, by, log):
    """Needs a right that nobody declared."""


MISTAKES = [
    ("kit.E001", {"columns": [Column("number", title=True), Column("subject", title=True)]}, "more than one column is the title"),
    ("kit.E002", {"columns": [Column("number"), Column("number")]}, "column 'number' is declared twice"),
    ("kit.E003", {"columns": [Column("nubmer")]}, "column 'nubmer' names no field 'nubmer'"),
    ("kit.E004", {"columns": [Column("number", sort="nubmer")]}, "column 'number' sorts by 'nubmer', which is no field"),
    ("kit.E005", {"columns": [Column("remarks", sort="remarks")]}, "has no index"),
    ("kit.E006", {"order": "-nothing"}, "the order names no field 'nothing'"),
    ("kit.E007", {"columns": [Column("subject", sums=True)]}, "column 'subject' is summed, but holds no stored number"),
    ("kit.E010", {"owner": "boss"}, "no field 'boss' to be the owner"),
    ("kit.E011", {"search": Search({"number": "nubmer"}, docs=ORDERS.search.docs)}, "search speaks of the column 'nubmer'"),
    ("kit.E011", {"search": None, "search_in": ["custmer"]}, "search speaks of the column 'custmer'"),
    ("kit.E012", {"views": [View("open", "公开", lambda by: EVERYTHING, public=True)]}, "view 'open' is public"),
    ("kit.E013", {"columns": [Column("number")], "row_tone": lambda facts: "red"}, "no column says the same by its marks"),
    ("kit.E014", {"imports": replace(ORDERS.imports, repeats={"parts": 2})}, "an import repeats 'parts', which are no lines of the form"),
    ("kit.E020", {"form": form("subjct")}, "the form names no field 'subjct'"),
    ("kit.E025", {"form": form("subject", "state")}, "the choice 'state' cannot be empty"),
    ("kit.E021", {"form": form(Field("groups", kind="references"))}, "points to a kind that is not declared"),
    ("kit.E022", {"form": form("subject", lines=[Lines("rows", "行", ["product"])])}, "there are no lines 'rows'"),
    ("kit.E023", {"form": form("subject", lines=[Lines("lines", "行", ["prodct"])])}, "lines 'lines' name no field 'prodct'"),
    ("kit.E024", {"form": form("subject", lines=[replace(LINES, worked_out=["amuont"])])}, "work out 'amuont', which is no field"),
    ("kit.E030", {"actions": [Action("wish", "许愿", wish)]}, "needs the right 'sample-order.wish', which is not declared"),
    ("kit.E031", {"actions": [Action("lose", "弄丢", lose)]}, "speaks of unknown states ['lost']"),
    ("kit.E032", {"actions": [replace(ORDERS.actions[0], views=["mine"])]}, "stands in a view 'mine' that does not exist"),
    ("kit.E033", {"right_names": {"add": "sample-order.wish"}}, "the right 'sample-order.wish' is not declared"),
    ("kit.E040", {"tabs": [Tab("x", "甲", kind="nothing", by="order")]}, "shows a kind 'nothing' that is not declared"),
    ("kit.E041", {"tabs": [Tab("x", "甲", kind="sample-parcel", by="ordr")]}, "joins by 'ordr', which is no field of 'sample-parcel'"),
    ("kit.E042", {"tabs": [Tab("x", "甲")]}, "has neither kind nor rows nor template"),
    ("kit.E043", {"tabs": [replace(lines_tab("sample-order", LINES), adds="grow")]}, "adds by an action 'grow' that does not exist"),
]  # fmt: skip


@pytest.fixture
def declared(monkeypatch):
    """Puts declarations, rights and what follows from them back as they were."""
    for name in ("registry", "rights", "_by_model", "_by_slug", "_blockers"):
        kept = getattr(entity, name)
        before = dict(kept)
        monkeypatch.setattr(entity, f"_kept_{name}", before, raising=False)
    yield
    for name in ("registry", "rights", "_by_model", "_by_slug", "_blockers"):
        kept = getattr(entity, name)
        kept.clear()
        kept.update(getattr(entity, f"_kept_{name}"))
    columns._bound.pop("broken", None)


def test_all_declarations_of_the_product_are_sound():
    assert check_declarations() == []
    call_command("check", fail_level="WARNING")


@pytest.mark.parametrize(("code", "changes", "sentence"), MISTAKES, ids=[code for code, *_ in MISTAKES])
def test_each_mistake_has_its_number_and_its_sentence(declared, code, changes, sentence):
    entity.registry["broken"] = replace(ORDERS, name="broken", slug="broken", **changes)
    mistakes = [error for error in check_declarations() if error.id == code]
    assert len(mistakes) == 1, [f"{error.id} {error.msg}" for error in check_declarations()]
    assert mistakes[0].msg.startswith("broken: ")
    assert sentence in mistakes[0].msg


def test_a_name_or_an_address_is_given_once(declared):
    for again in ({"slug": "others"}, {"name": "other"}):
        with pytest.raises(ValueError, match="declared twice"):
            register(replace(ORDERS, **again))


def test_registering_declares_the_rights_that_the_kind_offers(declared):
    register(replace(registry["sample-parcel"], name="leaflet", slug="leaflets", title="传单"))
    own = {code: right.label for code, right in entity.rights.items() if code.startswith("leaflet.")}
    assert own == {
        "leaflet.view": "传单查看", "leaflet.add": "传单新增", "leaflet.delete": "传单删除", "leaflet.export": "传单导出",
        "leaflet.print": "传单打印",
    }  # fmt: skip


def test_an_upper_floor_adds_columns_tabs_deeds_blockers_and_facts(declared):
    register(
        replace(ORDERS, name="broken", slug="broken", tabs=[], columns=[Column("number")], actions=[], timeline=None)
    )
    contribute(
        "broken", columns=[Column("subject")], tabs=[Tab("x", "甲", rows=lambda record, by: [])], actions=[ORDERS.actions[0]],
        blockers=[lambda record: None, lambda record: "先处理甲。", lambda record: "再处理乙。"], timeline=lambda record, by: ["事"],
    )  # fmt: skip
    kind = registry["broken"]
    assert [column.name for column in kind.columns] == ["number", "subject"]
    assert (kind.tab("x").title, kind.action("submit").label) == ("甲", "提交")
    assert entity.why_not_delete("broken", None) == "先处理甲。"
    assert kind.timeline(None, None) == ["事"]
    contribute("broken", timeline=lambda record, by: ["又一件"])
    assert kind.timeline(None, None) == ["事", "又一件"]
