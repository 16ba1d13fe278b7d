"""The same questions asked over HTTP: by a browser at the pages' addresses, by a program at the API's (SEC-01).

Every door has several addresses: the form and its saving, the question and the deed, one record and many. All of them must agree; the answer
of a case is the one word that they share, or all that they said.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from kemai.kit.entity import Entity, pages, registry
from kemai.kit.pages_pick import PICK_LIMIT
from tests.doors import matrix
from tests.doors.matrix import BULK, Case, child_of, parent_of, pk_of, sent
from tests.doors.world import World, undone


def over_page(world: World, case: Case) -> str:
    """What the pages answer."""
    return _shared(world, case, _pages(world, case))


def over_api(world: World, case: Case) -> str:
    """What the API answers."""
    return _shared(world, case, _api(world, case))


def _shared(world: World, case: Case, said: Iterator[str]) -> str:
    answers = []
    while True:
        with undone():
            answer = next(said, None)
        if answer is None:
            break
        answers.append(answer)
    if not answers or set(answers) == {case.expected}:
        return case.expected  # a door that this side does not have is no disagreement
    return " / ".join(answers)


def word_of(world: World, case: Case, response: HttpResponse) -> str:
    """The status in one word; "leaks" where a secret of the record comes out that the person must not read."""
    body = body_of(response)
    secret = matrix.secret_of(world, case)
    if secret and secret in body:
        return "leaks"
    return "ok" if response.status_code < 400 else str(response.status_code)


def body_of(response: HttpResponse) -> str:
    """All that was sent back, the text of a workbook included."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK\x03\x04"):
        return matrix.sheet_text(content)
    return content.decode("utf-8", "replace")


def _asks(case: Case, answer: str) -> str:
    """A question is asked of every record that the deed finds: refusals by state or owner come with the deed itself."""
    finds = case.expected if case.expected == "404" else "ok"
    return case.expected if answer == finds or (answer == case.expected) else f"asks {answer}"


# --- pages -------------------------------------------------------------------------------------------------------------


def _pages(world: World, case: Case) -> Iterator[str]:
    client = world.client(case.role, "page")
    word, _, rest = case.door.partition(":")

    def get(address: str, **params: Any) -> str:
        return word_of(world, case, client.get(address, params))

    def post(address: str, **data: Any) -> str:
        return word_of(world, case, client.post(address, data))

    if case.kind == "page":
        page = pages[case.door.partition(":")[0]]
        values = matrix.page_sent(world, case) if rest else {}
        if "ranges" in values:
            values = {"role": values["role"], "rights[]": ""}
        yield post(f"/{page.path}", **_form(values)) if rest else get(f"/{page.path}")
        return
    entity = registry[case.kind]
    base, pk = f"/{entity.slug}", pk_of(world, case)
    match word:
        case "list":
            yield from _list_page(world, case, entity, client)
        case "export":
            yield _has(world, case, client.get(f"{base}/export?{_query(rest)}"))
        case "pick":
            response = client.get(f"/pick/{entity.name}", {"q": _title(world, case)})
            if response.status_code != 200:
                yield str(response.status_code)
            else:
                ids = [item["id"] for item in response.json()["items"]]
                cut = not _title(world, case) and len(ids) >= PICK_LIMIT  # of nameless ones only the latest are offered
                yield case.expected if cut and case.expected in ("in", "out") else "in" if pk in ids else "out"
        case "help":
            yield get(f"/help/{entity.name}")
        case "read":
            answer = get(f"{base}/{pk}", **({"view": rest} if rest else {}))
            yield "public" if rest and answer == "ok" else answer
        case "content":
            yield get(f"/files/{pk}")
            yield get(f"/attachments/{pk}/show")
        case "create" if entity.name == "attachment":
            yield post("/attachments/upload", **_multipart(world, case))
            yield post("/attachments", **_multipart(world, case))
        case "create":
            if case.relation == "any":
                yield get(f"{base}/new")
            yield post(base, **_form(sent(world, case)))
        case "change":
            yield get(f"{base}/{pk}/edit")
            yield post(f"{base}/{pk}", **_form(sent(world, case)))
        case "delete":
            yield _asks(case, get(f"{base}/{pk}/delete"))
            yield post(f"{base}/{pk}/delete")
            yield from _many(world, case, client, f"{base}/actions/delete", {})
        case "do":
            yield _asks(case, get(f"{base}/{pk}/{rest}"))
            yield post(f"{base}/{pk}/{rest}", **_form(sent(world, case)))
            yield from _many(world, case, client, f"{base}/actions/{rest}", _form(sent(world, case)))
        case "tab":
            yield get(f"{base}/{parent_of(world, case)}/tabs/{rest}")
        case "tab-delete":
            address = f"{base}/{parent_of(world, case)}/tabs/{rest}/{child_of(world, case)}/delete"
            yield _asks(case, get(address))
            yield post(address)


def _list_page(world: World, case: Case, entity: Entity, client: Any) -> Iterator[str]:
    """The list itself, then narrowed to the record by search, sorted; and its filter, which needs the same right."""
    query = _query(case.door.partition(":")[2])
    ways = {"": "", "sort": f"&sort={_sortable(entity)}", "search": f"&q={_title(world, case)}"}
    for way, more in ways.items():
        if way == "sort" and not _sortable(entity):
            continue
        response = client.get(f"/{entity.slug}?{query}&page_size=500{more}")
        if response.status_code != 200:
            yield str(response.status_code)
            continue
        body = body_of(response)
        if way != "search" and _leaks_elsewhere(world, case, entity, body):
            yield "leaks"
        yield "in" if f'data-id="{pk_of(world, case)}"' in body else "out"
    status = client.get(f"/{entity.slug}/filter?{query}").status_code
    yield case.expected if (status == 200) == (case.expected != "403") else f"filter {status}"
    status = client.post(f"/{entity.slug}/layout", {"page_size": "50"}).status_code
    yield case.expected if (status < 400) == (case.expected != "403") else f"layout {status}"


def _leaks_elsewhere(world: World, case: Case, entity: Entity, body: str) -> bool:
    view = entity.view(case.door.partition(":")[2].partition("?")[0])
    forbidden = matrix.secrets(world) if view.public else {matrix.secret_of(world, case)} - {""}
    return any(secret in body for secret in forbidden)


def _many(world: World, case: Case, client: Any, address: str, data: dict[str, Any]) -> Iterator[str]:
    """The same deed from the list: a refused row is named with its reason, and nothing happens to it."""
    view = "?view=pool" if case.kind == "customer" else ""
    ids = str(pk_of(world, case))
    answer = word_of(world, case, client.get(f"{address}{view or '?'}&ids={ids}"))
    yield (
        case.expected
        if answer in ("ok", case.expected) and (answer == "ok" or answer == "403")
        else f"asks many {answer}"
    )
    response = client.post(f"{address}{view}", {**data, "ids": ids})
    status = response.status_code
    if status == 403:
        yield "403"
    elif status == 303:
        yield "ok"
    else:
        body = body_of(response)
        refused = status == 200 and "没有完成" in body and case.expected != "ok"
        secret = matrix.secret_of(world, case)
        yield "leaks" if secret and secret in body else case.expected if refused else f"many {status}"


def _form(values: dict[str, Any]) -> dict[str, Any]:
    """Values as a form sends them."""
    form: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list):
            form[name] = [str(item) for item in value] or [""]
        elif isinstance(value, bool):
            form[name] = "1" if value else ""
        elif not isinstance(value, dict):
            form[name] = "" if value is None else str(value)
    return form


def _multipart(world: World, case: Case) -> dict[str, Any]:
    values = sent(world, case)
    return {"kind": values["kind"], "record": values["record"], "file": SimpleUploadedFile("矩阵.txt", b"words")}


def _query(rest: str) -> str:
    view, _, options = rest.partition("?")
    return f"view={view}&{options}" if options else f"view={view}"


def _title(world: World, case: Case) -> str:
    record = world.record(case.role, case.kind, case.relation)
    return "" if case.kind in ("customer-share", "log") else str(getattr(record, registry[case.kind].title_field))


def _sortable(entity: Entity) -> str:
    names = ("name", "created_at")
    return next((column.name for column in matrix.columns_of(entity) if column.name in names and column.sort_path), "")


def _has(world: World, case: Case, response: HttpResponse) -> str:
    """Whether a file holds the record, by its name."""
    if response.status_code != 200:
        return str(response.status_code)
    body = body_of(response)
    if case.kind in ("customer-share", "log"):
        return case.expected  # rows without a name of their own: the resolver looks at these
    if _leaks_elsewhere(world, case, registry[case.kind], body):
        return "leaks"
    return "in" if _title(world, case) in body else "out"


# --- the API -----------------------------------------------------------------------------------------------------------


def _api(world: World, case: Case) -> Iterator[str]:
    client = world.client(case.role, "api")
    word, _, rest = case.door.partition(":")

    def ask(method: str, address: str, data: Any = None) -> HttpResponse:
        if data is None:
            return client.generic(method, address)
        return client.generic(method, address, json.dumps(data), content_type="application/json")

    def said(method: str, address: str, data: Any = None) -> str:
        return word_of(world, case, ask(method, address, data))

    if case.kind == "page":
        page = pages[case.door.partition(":")[0]]
        address = f"/api/v1/{page.path}"
        yield said("POST", address, matrix.page_sent(world, case)) if rest else said("GET", address)
        return
    entity = registry[case.kind]
    base, pk = f"/api/v1/{entity.slug}", pk_of(world, case)
    match word:
        case "list":
            yield from _list_api(world, case, entity, ask)
        case "export":
            yield _has(world, case, ask("GET", f"{base}/export?{_query(rest)}"))
        case "read":
            response = ask("GET", f"{base}/{pk}{'?view=' + rest if rest else ''}")
            answer = word_of(world, case, response)
            yield "public" if answer == "ok" and rest else answer
        case "content":
            yield said("GET", f"{base}/{pk}/content")
        case "timeline":
            yield said("GET", f"{base}/{pk}/timeline")
        case "create" if entity.name == "attachment":
            yield word_of(world, case, client.post(base, _multipart(world, case)))
        case "create":
            yield said("POST", base, sent(world, case))
        case "change":
            yield said("PATCH", f"{base}/{pk}", sent(world, case))
        case "delete":
            yield said("DELETE", f"{base}/{pk}")
            yield _row(world, case, ask("POST", f"{base}/actions/delete", {"ids": [pk]}))
        case "do":
            yield said("POST", f"{base}/{pk}/{rest}", sent(world, case))
            yield _row(world, case, ask("POST", f"{base}/actions/{rest}", {"ids": [pk], **sent(world, case)}))
        case "tab":
            yield said("GET", f"{base}/{parent_of(world, case)}/{rest}")
        case "tab-delete":
            child = child_of(world, case)
            yield said("DELETE", f"{base}/{parent_of(world, case)}/{rest}/{child}")
            yield _row(
                world, case, ask("POST", f"{base}/{parent_of(world, case)}/{rest}/actions/delete", {"ids": [child]})
            )


def _list_api(world: World, case: Case, entity: Entity, ask: Any) -> Iterator[str]:
    """The list itself, then narrowed to the record by search, by a filter, and sorted."""
    query = _query(case.door.partition(":")[2])
    title = _title(world, case)
    ways = [f"&q={title}"]
    if column := _sortable(entity):
        ways.append(f"&sort=-{column}")
    if title and any(column.name == "name" for column in matrix.columns_of(entity)):
        row = {"field": "name", "cond": "eq", "value": title}
        ways.append(f"&filter={json.dumps({'op': 'and', 'rows': [row]}, ensure_ascii=False)}")
    for way in ["", *ways]:
        response = ask("GET", f"/api/v1/{entity.slug}?{query}&page_size=500{way}")
        if response.status_code != 200:
            yield str(response.status_code)
            continue
        if not way and _leaks_elsewhere(world, case, entity, body_of(response)):
            yield "leaks"
        yield "in" if pk_of(world, case) in {item["id"] for item in response.json()["items"]} else "out"


def _row(world: World, case: Case, response: HttpResponse) -> str:
    if response.status_code != 200:
        return word_of(world, case, response)
    result = response.json()["results"][0]
    return "ok" if result["ok"] else BULK.get(result["code"], result["code"])
