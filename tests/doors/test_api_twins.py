"""Everything that a page can do the API can do: every button and form that a walk through the product finds has its twin (API-01)."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import Resolver404, resolve

from kemai.customers.tests.factories import contact, customer, share
from kemai.files.services import attachment_add
from kemai.kit import urls
from kemai.kit.openapi import describe
from kemai.people.models import Employee
from kemai.people.tests.factories import Team, browser, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("API-01")]
PLUMBING = {
    "csrfmiddlewaretoken",
    "back",
    "then",
    "ids",
    "all",
    "add",
    "field",
}  # what carries a page's form, not its record
EXCEPTIONS = {  # what belongs to the browser alone: (method, address) and why
    ("POST", "/logout"): "a program comes with its token and has no session to end",
    ("POST", "/me/switch"): "ends the browser's session",
    ("POST", "/me/reset-layout"): "look of one's own screen",
    ("GET", "/{slug}/filter"): "the form of the filter; its question is `filter` of the list",
}
FILES = 2  # addresses of one shape that the walk opens


@dataclass
class Deed:
    """Something that a page offers to do: where it goes and which fields it sends."""

    method: str
    path: str
    fields: set[str] = field(default_factory=set)
    page: str = ""


class Reader(HTMLParser):
    """Reads links, forms and buttons out of a page, as the scripts of the product understand them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.links, self.deeds = page, [], []
        self.form: Deed | None = None
        self.slug = self.deletes = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attributes}
        if at.get("id") == "list":
            self.slug = at.get("data-slug", "")
        if tag == "a" and at.get("href", "").startswith("/"):
            self.links.append(at["href"])
        if "hx-get" in at:
            self.links.append(at["hx-get"])
        if tag == "form":
            method = "POST" if "hx-post" in at else at.get("method", "get").upper()
            self.form = Deed(method, at.get("hx-post") or at.get("action") or self.page, set(), self.page)
            if at.get("data-quick") is None:
                self.deeds.append(self.form)
        else:
            for attribute in ("hx-post", "hx-put", "hx-patch", "hx-delete"):
                if attribute in at:
                    self.deeds.append(Deed(attribute[3:].upper(), at[attribute], set(), self.page))
        if self.form is not None and tag in ("input", "select", "textarea") and at.get("name"):
            self.form.fields.add(at["name"])
        if "data-deed" in at:
            self._deed(at)
        if "data-tab-delete" in at:
            self.deletes = at["data-tab-delete"]
        if "data-tick" in at:
            self.links.append(f"{self.deletes}?ids={at['data-tick']}")
        if at.get("data-pick"):
            self.deeds.append(Deed("GET", f"/pick/{at['data-pick']}", set(), self.page))
        if "data-page-size" in at and self.slug:
            self.deeds.append(Deed("POST", f"/{self.slug}/layout", {"page_size"}, self.page))
        if "data-layout-open" in at:
            self.links.append(f"{urlsplit(self.page).path}/layout")
        if "data-filter" in at:
            self.deeds.append(Deed("GET", f"{urlsplit(self.page).path}/filter", set(), self.page))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None

    def _deed(self, at: dict[str, str]) -> None:
        slug = at.get("data-slug") or self.slug or urlsplit(self.page).path.strip("/")
        if at["data-deed"] == "edit":
            return
        self.deeds.append(Deed("POST", f"/{slug}/actions/{at['data-deed']}", set(), self.page))
        self.links.append(f"/{slug}/actions/{at['data-deed']}?ids=1&view={at.get('data-view', '')}")


def shape(address: str) -> str:
    """What two addresses share that differ only in their records."""
    parts = urlsplit(address)
    names = sorted(
        f"{name}={value}" if name in ("view", "tab", "kind") else name for name, value in parse_qsl(parts.query)
    )
    return f"{re.sub(r'[0-9]+', 'N', parts.path)}?{'&'.join(names)}"


def walk(client: Client, start: Iterable[str] = ("/",)) -> Iterator[tuple[str, str]]:
    """Every page that can be reached by links, dialogs and tabs: its address and its HTML."""
    waiting, opened = deque(start), defaultdict(set)
    while waiting:
        address = waiting.popleft()
        alike = opened[shape(address)]
        if address in alike or len(alike) >= FILES or address.startswith(("/static/", "/api/")):
            continue
        alike.add(address)
        answer = client.get(address)
        if answer.status_code in (302, 303):
            waiting.append(answer["Location"])
            continue
        assert answer.status_code in (200, 403, 404, 409, 422), f"{address}: {answer.status_code}"
        if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
            b"".join(answer.streaming_content if answer.streaming else ())
            continue
        html = answer.content.decode()
        yield address, html
        reader = read(address, html)
        waiting.extend(link for link in reader.links if link.startswith("/") and not link.startswith("//"))


def read(address: str, html: str) -> Reader:
    """What a page offers."""
    reader = Reader(urlsplit(address).path)
    reader.feed(html)
    return reader


def twin_of(deed: Deed) -> tuple[str, str]:
    """Method and address of the API that do the same: `/api/v1` and the address, the method saying what POST means on pages."""
    path = urlsplit(deed.path).path
    steps = path.strip("/").split("/")
    if path == "/attachments/upload":
        return "POST", "/api/v1/attachments"
    if path == "/imports/new":
        return "POST", "/api/v1/imports"
    if steps[0] == "pick":
        return "GET", f"/api/v1/{slug_of(steps[1])}"
    if steps[0] == "files":
        return "GET", f"/api/v1/attachments/{steps[1]}/content"
    if deed.method == "POST" and len(steps) == 6 and steps[2] == "tabs" and steps[4].isdigit():
        return "DELETE", f"/api/v1/{steps[0]}/{steps[1]}/{steps[3]}/{steps[4]}"
    if deed.method == "POST" and len(steps) == 6 and steps[2] == "tabs" and steps[4] == "actions":
        return "POST", f"/api/v1/{steps[0]}/{steps[1]}/{steps[3]}/actions/delete"
    if deed.method == "POST" and len(steps) == 3 and steps[1].isdigit() and steps[2] == "delete":
        return "DELETE", f"/api/v1/{steps[0]}/{steps[1]}"
    if deed.method == "POST" and len(steps) == 2 and steps[1].isdigit():
        return "PATCH", f"/api/v1{path}"
    return deed.method, f"/api/v1{path}"


def slug_of(kind: str) -> str:
    from kemai.kit.entity import registry

    return registry[kind].slug


def template_of(path: str) -> str:
    """The address as the description writes it."""
    named = iter(("{id}", "{child_id}"))
    return "/".join(next(named) if step.isdigit() else step for step in path.split("/"))


def excepted(deed: Deed) -> bool:
    path = urlsplit(deed.path).path
    general = re.sub(r"^/[a-z-]+/(filter)$", r"/{slug}/\1", path)
    return (deed.method, path) in EXCEPTIONS or (deed.method, general) in EXCEPTIONS


def fields_of(deed: Deed) -> set[str]:
    """The names of a form as the API knows them: rows inside by their grid's name, lists without their brackets."""
    found = set()
    for name in deed.fields - PLUMBING:
        if name.endswith("__text"):
            continue
        line = re.fullmatch(r"([a-z_]+)-(?:\d+|__n__)-([a-z_]+)", name.removesuffix("__text"))
        head, dot, _ = name.partition(".")
        found.add(
            f"{line[1]}.{line[2]}"
            if line
            else {"range": "ranges", "width": "columns"}.get(head, head)
            if dot
            else name.removesuffix("[]")
        )
    return found


def described_fields(spec: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The names in the request's schema, those of rows inside with their grid's name, and the query's."""
    found = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name, one in schema.get("properties", {}).items():
            found |= {name, *(f"{name}.{inner}" for inner in one.get("items", {}).get("properties", {}))}
    return found


def without_twin(pages: Iterable[tuple[str, str]]) -> set[str]:
    """What a page offers and the API does not, as sentences."""
    spec, found = describe(), set()
    for address, html in pages:
        for deed in read(address, html).deeds:
            if deed.path.startswith("/") and not excepted(deed):
                found |= set(_missing(spec, deed))
    return found


def _missing(spec: dict[str, Any], deed: Deed) -> Iterator[str]:
    method, path = twin_of(deed)
    template = template_of(path)
    where = f"{deed.method} {re.sub(r'[0-9]+', 'N', deed.path.partition('?')[0])}"
    if not is_routed(path):
        yield f"{where}: {method} {template} leads nowhere"
    operation = spec["paths"].get(template, {}).get(method.lower())
    if operation is None:
        yield f"{where}: {method} {template} is not described"
        return
    if deed.method == "POST":
        for name in sorted(fields_of(deed) - described_fields(spec, operation)):
            yield f"{where}: {method} {template} does not know the field {name}"


def is_routed(path: str) -> bool:
    try:
        return resolve(path).func is not urls.nothing_here
    except Resolver404:
        return False


@pytest.fixture
def crew() -> Team:
    """People with something of everything, so that no button hides for want of a record."""
    crew = team()
    mine = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾采购"}])
    customer("无锡远望物流有限公司", crew.zhou)
    customer("公海电子商行")
    share(mine, crew.zhou)
    theirs = customer("杭州启明灯具厂", crew.zhou)
    share(theirs, crew.lin)
    contact("李私人", by=crew.lin)
    attachment_add({"kind": "customer", "record": mine.pk, "file": ContentFile(b"words", name="报价.txt")}, by=crew.lin)
    return crew


def pages_of(who: Employee) -> list[tuple[str, str]]:
    """All pages that a person comes to."""
    return list(walk(browser(who)))


@pytest.mark.parametrize("who", ["admin", "lin"])
def test_every_button_and_form_has_its_twin(crew: Team, who: str):
    pages = pages_of(getattr(crew, who))
    assert sorted(without_twin(pages)) == []
    walked = {shape(address) for address, _ in pages}
    for wanted in (
        "/customers/N?",
        "/customers/N/edit?",
        "/customers/N/tabs/contacts?",
        "/customers/N/tabs/contacts/actions/delete?",
        "/customers/N/print?",
        "/customers/new?",
        "/contacts/N?",
        "/customers/actions/assign?",
    ):
        assert any(one.startswith(wanted) for one in walked), f"the walk has not come to {wanted}"
    assert len(pages) > 30


def test_a_button_without_a_twin_is_found(crew: Team):
    planted = '<button hx-post="/customers/5/teleport">传送</button>'
    assert without_twin([("/customers/5", planted)]) == {
        "POST /customers/N/teleport: POST /api/v1/customers/{id}/teleport is not described"
    }


def test_a_form_with_a_field_that_the_api_does_not_know_is_found(crew: Team):
    planted = '<form method="post" action="/customers"><input name="name"><input name="shoe_size"></form>'
    assert without_twin([("/customers/new", planted)]) == {
        "POST /customers: POST /api/v1/customers does not know the field shoe_size"
    }


def test_a_deed_of_a_list_without_a_twin_is_found(crew: Team):
    planted = (
        '<section id="list" data-slug="customers"></section><button data-deed="paint" data-needs="some">涂</button>'
    )
    assert without_twin([("/customers", planted)]) == {
        "POST /customers/actions/paint: POST /api/v1/customers/actions/paint is not described"
    }


def test_every_read_of_a_page_has_its_twin(crew: Team):
    spec = describe()
    for address, _ in pages_of(crew.lin):
        steps = urlsplit(address).path.strip("/").split("/")
        path = f"/api/v1/{'/'.join(step for step in steps if step != 'tabs')}"
        if (
            steps[0] in ("", "help", "me")
            or steps[-1] in ("new", "edit")
            or "actions" in steps
            or not is_page_of_record(steps)
        ):
            continue
        assert "get" in spec["paths"].get(template_of(path), {}), address


def is_page_of_record(steps: list[str]) -> bool:
    """A list, a record, a tab: not the question before a deed."""
    return len(steps) < 3 or steps[2] == "tabs" and len(steps) == 4
