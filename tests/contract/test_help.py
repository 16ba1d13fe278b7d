"""Every page has help of its own that names all that stands on it: buttons, tabs, labels of fields and columns (USE-05)."""

import re
from html.parser import HTMLParser

import pytest

from kemai.customers.tests.factories import customer
from kemai.kit import help as manual
from kemai.kit.bulk_edit import specs_of
from kemai.kit.columns import bound_columns
from kemai.kit.entity import pages, registry
from kemai.kit.text import fold
from kemai.people.tests.factories import again, browser, company, team
from tests.contract.conftest import Case

pytestmark = pytest.mark.spec("USE-05", "LST-01")
NAMED = {"button", "a", "label", "th", "legend", "summary", "dt"}
VOID = {"input", "br", "img", "col", "meta", "link", "hr", "wbr"}
ASIDE = {"kbd", "small", "b", "select", "textarea"}  # words inside a label that are not its own
DATA_TAGS = {"tbody", "ol", "dd", "option", "script", "style", "svg", "template", "noscript"}
DATA_CLASSES = {"km-crumb", "km-skip", "km-query-many", "km-split-side", "wb-makers"}
DATA = re.compile(  # what a page says of its data, and signs without words
    r"^[\W\d_]*$|^\d+ ?条／页$|^选择 .+|^修改.+|^删除 .+|^上移 .+|^下移 .+|^共 .*|^第 .*|^下载 .+|^[A-Za-z+]+$|^，.*"
    r"|^.+的下级分类$|^选择全部.*|^.+的宽度，像素$|^.+从$|^.+到$|^导入.+|^样品单.+"
)
KEYS = re.compile(r"(Alt\+\w+|Ctrl\+\w+|Esc|F\d)$")


class Labels(HTMLParser):
    """Collects what can be pressed and what is labelled; what lies in rows, values and choices is data and no label."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str], dict[str, str]]] = []
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attributes}
        if tag in VOID:
            if tag != "meta" and at.get("aria-label") and not self._in_data():
                self.found.add(at["aria-label"])
            return
        self.open.append((tag, [], at))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, words, at = self.open.pop()
            if (name in NAMED or at.get("role") == "tab") and not self._in_data() and not _is_data(name, at):
                self.found.add(at.get("aria-label") or " ".join("".join(words).split()))
            if self.open and name not in ASIDE and not {"km-count", "km-key"} & set(at.get("class", "").split()):
                self.open[-1][1].extend(words)
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)

    def _in_data(self) -> bool:
        return any(_is_data(tag, at) for tag, _, at in self.open)


def _is_data(tag: str, at: dict[str, str]) -> bool:
    return tag in DATA_TAGS or bool(DATA_CLASSES & set(at.get("class", "").split())) or "data-colleagues" in at


def labels_of(html: str) -> set[str]:
    reader = Labels()
    main = html[html.index('<main class="km-main') :] if '<main class="km-main' in html else html
    reader.feed(main.partition("</main>")[0])
    found = {re.sub("（.*）$", "", KEYS.sub("", text).strip()).rstrip("*").strip() for text in reader.found}
    return {text for text in found if text and not DATA.match(text) and "@" not in text}


def missing(client, by, name: str, addresses: list[str], data: set[str]) -> set[str]:
    """The labels of these pages that the help does not name."""
    help_text = fold(manual.whole_text(manual.page_of(by, name)))
    absent: set[str] = set()
    for address in addresses:
        answer = client.get(address, headers={"HX-Request": "true"} if "#" in address else {})
        assert answer.status_code == 200, address
        absent |= {
            f"{text} ({address})"
            for text in labels_of(answer.content.decode())
            if fold(text) not in help_text and text not in data
        }
    return absent


def test_the_help_of_a_kind_names_all_that_its_pages_show(case: Case, page):
    entity = case.entity
    if ".tests." in entity.model.__module__:
        pytest.skip("a kind of the tests' own")
    record = again(case.make())
    base, one = case.base, f"{case.base}/{record.pk}"
    addresses = [f"{base}?view={view.name}" if entity.views else base for view in entity.all_views]
    addresses += [one, f"{one}/pane", *(f"{one}/tabs/{tab.name}" for tab in entity.tabs)]
    if entity.form and entity.form.create:
        addresses.append(f"{base}/new")
    if entity.form and entity.form.change:
        addresses.append(f"{one}/edit")
    data = {
        str(record),
        case.insider.name,
        entity.title,
        entity.menu,
        f"新增{entity.title}",
        "",
        *(view.title for view in entity.views),
    }
    data |= (
        {f"在{tab.title}中查找" for tab in entity.tabs}
        | {f"打印{tab.title}" for tab in entity.tabs}
        | {f"新增{registry[tab.kind].title}" for tab in entity.tabs if tab.kind}
    )
    gap = missing(page, case.insider, entity.name, addresses, data)
    assert not gap, "、".join(sorted(gap))


def test_the_help_of_a_kind_names_its_columns_fields_and_deeds(case: Case):
    entity = case.entity
    if ".tests." in entity.model.__module__:
        pytest.skip("a kind of the tests' own")
    words = [
        column.label
        for column in bound_columns(entity)
        if column.name not in ("version", "kind", "deed", "record", "url")
    ]
    words += [spec.label for spec in specs_of(entity, case.insider)] if entity.form else []
    words += [action.label for action in entity.actions]
    words += [one.label for action in entity.actions for one in action.fields if one.label]
    words += [tab.title for tab in entity.tabs] + [view.title for view in entity.views]
    help_text = fold(manual.whole_text(manual.page_of(case.insider, entity.name)))
    gap = [word for word in dict.fromkeys(words) if fold(word) not in help_text]
    assert not gap, "、".join(gap)


@pytest.mark.django_db
def test_the_help_of_the_other_pages_names_all_that_they_show():
    crew = team()
    browse = browser(crew.admin)
    one = customer("岚川精密机械有限公司", owner=crew.admin)
    addresses = {page.name: [f"/{page.path.strip('/')}"] for page in pages.values()}
    addresses |= {
        "imports": ["/imports", "/imports/new"], "bulk-edits": ["/bulk-edits", f"/customers/actions/bulk-edit?ids={one.pk}"],
        "me": ["/me"], "list": ["/customers/layout?view=mine", "/customers/query?view=mine", "/customers/filter?view=mine"],
    }  # fmt: skip
    data = {*(column.label for column in bound_columns(registry["customer"])), "我的客户", one.name}
    wrong = {
        name: sorted(gap)
        for name, where in addresses.items()
        if (gap := missing(browse, crew.admin, name, where, data))
    }
    assert not wrong, str(wrong)


@pytest.mark.django_db
def test_every_page_leads_to_its_own_help():
    admin = company()
    browse = browser(admin)
    for entity in registry.values():
        if entity.menu:
            assert manual.address_for(f"/{entity.slug}") == f"/help/{entity.name}"
            assert f'href="/help/{entity.name}" data-key="f1"' in browse.get(f"/{entity.slug}").content.decode()
    for page in pages.values():
        assert manual.address_for(f"/{page.path.strip('/')}") == f"/help/{page.name}"
    assert manual.address_for("/imports/7") == "/help/imports"
    assert manual.address_for("/somewhere") == "/help"
