"""The permission matrix: every door × every ready role × every relation to the record, as functions that return what disagrees (SEC-01).

At the resolver the functions of kit.doors and kit.tabs are called, as page and API call them; over HTTP the addresses themselves (http.py).
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile

from kemai.kit import doors, importing, tabs
from kemai.kit.columns import bound_columns
from kemai.kit.entity import Entity, pages, registry
from kemai.kit.errors import DomainError
from kemai.kit.exporting import export
from tests.doors import tables
from tests.doors.world import MISSING, World, undone

BULK = {  # what a refused row of a bulk deed means; the API's codes as docs have them
    "not_found": "404", "already_claimed": "409", "claimed": "409", "not_claimed": "409", "already_owner": "409", "wrong_state": "409",
    "not_owner": "403", "forbidden": "403", "linked_contact": "422", "not_undoable": "422", "in_use": "422",
}  # fmt: skip

READS = frozenset({"list", "export", "read", "timeline", "tab", "import", "pick", "help", "content"})


@dataclass(frozen=True)
class Case:
    """One question to a door: who asks, of which kind, by which door, standing how to the record, and what the tables expect."""

    role: str
    kind: str
    door: str
    relation: str
    expected: str

    def __str__(self) -> str:
        return f"{self.role} × {self.kind} {self.door} × {self.relation}"


def cases(
    *, kinds: Iterable[str] = (), doors: Iterable[str] = (), roles: Iterable[str] = (), supervisors_see_all: bool = True
) -> Iterator[Case]:
    """All cases of the tables, or those of some kinds, doors (by the word before the colon) and roles.

    While 「上下级强制共享」 is off, a subordinate's record is a stranger's (ORG-06).
    """
    for row in tables.doors():
        if (kinds and row.kind not in kinds) or (
            doors and row.door.partition(":")[0] not in doors and row.door not in doors
        ):
            continue
        for code, role in tables.roles().items():
            if roles and code not in roles:
                continue
            for relation in row.answers:
                like = "foreign" if relation == "subordinate" and not supervisors_see_all else relation
                yield Case(code, row.kind, row.door, relation, tables.expectation(role, row, like))


def one_of_each(asked: Iterable[Case]) -> list[Case]:
    """One case per kind, door and answer: what is asked over HTTP in every run."""
    found: dict[tuple[str, str, str], Case] = {}
    for case in asked:
        found.setdefault((case.kind, case.door, case.expected), case)
    return list(found.values())


def disagreements(world: World, asked: Iterable[Case], answer: Callable[[World, Case], str] | None = None) -> list[str]:
    """What the doors answer otherwise than the tables say."""
    answer = answer or at_the_resolver
    found = []
    for case in asked:
        got = answer(world, case)
        if got != case.expected:
            found.append(f"{case}: {got}, expected {case.expected}")
    return found


# --- what is sent ------------------------------------------------------------------------------------------------------


def sent(world: World, case: Case) -> dict[str, Any]:
    """The fields that the door is given: always such that a refusal can have no other reason than rights, range or state."""
    colleague = world.colleague.pk
    deeds = {
        "do:release": {"reason": "矩阵"}, "do:share": {"employees": [world.others["employee"].pk]}, "do:unshare": {"employees": [colleague]},
        "do:assign": {"employee": colleague}, "do:recall": {"reason": "矩阵"},
        "do:log_contact": {"content": "矩阵记一笔"}, "do:comment": {"text": "矩阵批复"},
        "do:put_off": {"due_at": "2099-03-05 09:00"},
    }  # fmt: skip
    if (case.kind, case.door) == ("message", "do:put_off"):
        return {"delay": "60"}
    if case.door in deeds:
        return deeds[case.door]
    if case.door == "create":
        return _new(world, case)
    changes = {
        "customer": {"post_code": "310000"}, "contact": {"title": "科长"}, "employee": {"title": "科员"}, "department": {"position": 7},
        "role": {"remarks": "矩阵"}, "dictionary": {"title": "客户的类别"}, "dictionary-entry": {"name": "矩阵的类别"}, "region": {"name": "矩阵高新区"},
        "numbering-rule": {"prefix": "JZ"}, "interaction": {"result": "矩阵结果"}, "category-node": {"name": "矩阵别的分类"},
    }  # fmt: skip
    return changes[case.kind] if case.door == "change" else {}


def _new(world: World, case: Case) -> dict[str, Any]:
    held = world.held.get((case.role, case.relation))
    private = world.small.get((case.role, "contact", case.relation))
    if case.kind == "attachment":
        kind, pk = ("contact", private.pk) if private else ("customer", held.customer.pk if held else MISSING)
        return {"kind": kind, "record": pk, "file": ContentFile(b"words", name="矩阵.txt")}
    if case.kind == "interaction":
        return {"customer": held.customer.pk if held else MISSING, "contact_name": "矩阵某人", "content": "矩阵新记录"}
    if case.kind == "contact":
        customer = MISSING if case.relation == "missing" else held.customer.pk if held else None
        return {"name": "矩阵新人", "customer": customer, "is_private": customer is None}
    return {
        "customer": {"name": "矩阵瓮声客栈"},
        "token": {"name": "矩阵新令牌"},
        "employee": {"number": "M001", "name": "矩阵新职员", "login": "matrixnew"},
        "department": {"name": "矩阵新部门"},
        "role": {"name": "矩阵新角色"},
        "dictionary-entry": {"dictionary": world.others["dictionary"].pk, "name": "矩阵新类别"},
        "region": {"name": "矩阵新区"},
        "category-node": {"kind": "customer", "name": "矩阵新分类"},
    }[case.kind]


def page_sent(world: World, case: Case) -> dict[str, Any]:
    """What a declared page is given when it saves."""
    return {
        "rights:save": {"role": world.others["role"].pk, "rights": [], "ranges": {}},
        "settings:save": {"company_phone": "0571-1"},
        "backups:save": {},
        "demonstration:save": {},
        "my-password:save": {"old": "wrong", "new": "Another-2026-pass", "again": "Another-2026-pass"},
    }[case.door]


def pk_of(world: World, case: Case) -> int:
    """The id that the door is asked for."""
    record = world.record(case.role, case.kind, case.relation)
    return record.pk if record is not None else MISSING


def parent_of(world: World, case: Case) -> int:
    """The id of the record above, for a tab."""
    if case.kind == "customer":
        held = world.held.get((case.role, case.relation))
        return held.customer.pk if held else MISSING
    return pk_of(world, case)


def child_of(world: World, case: Case) -> int:
    """The id of a row in the tab."""
    if case.door == "tab-delete:entries":
        return world.others["dictionary-entry"].pk
    held = world.held.get((case.role, case.relation))
    if held is None:
        return MISSING
    rows = {"tab-delete:shares": held.share, "tab-delete:interactions": held.interaction}
    return rows.get(case.door, held.contact).pk


def secret_of(world: World, case: Case) -> str:
    """The word that this person must not read anywhere: of a customer that they do not reach; "" where they may."""
    held = world.held.get((case.role, case.relation))
    if held is None or (case.door, case.expected) == ("do:claim", "ok"):  # who has claimed it may read it
        return ""
    whole = next(row for row in tables.doors() if (row.kind, row.door) == ("customer", "read"))
    reached = tables.expectation(tables.roles()[case.role], whole, case.relation) == "ok"
    return "" if reached else held.secret


# --- at the resolver ---------------------------------------------------------------------------------------------------


def at_the_resolver(world: World, case: Case) -> str:
    """What the function behind the door answers."""
    try:
        if case.door.partition(":")[0] in READS:
            return _asked(world, case, world.people[case.role])
        with undone():
            return _asked(world, case, world.person(case.role))
    except DomainError as error:
        return str(error.status)


def _asked(world: World, case: Case, by: Any) -> str:
    word, _, rest = case.door.partition(":")
    if case.kind == "page":
        return _page(world, case, by)
    entity = registry[case.kind]
    if word in ("list", "export"):
        return _listed(world, case, entity, by, word, rest)
    if word in ("pick", "help", "content"):
        from tests.doors import http  # these have no function of their own below the view

        return http.over_page(world, case)
    return _on_record(world, case, entity, by, word, rest)


def _on_record(world: World, case: Case, entity: Entity, by: Any, word: str, rest: str) -> str:
    pk = pk_of(world, case)
    match word:
        case "read":
            return _read(world, case, doors.record_json(doors.see(entity, by, pk, rest)), rest)
        case "timeline":
            seen = doors.see(entity, by, pk)
            list(entity.timeline(seen.record, by))
        case "create":
            view = entity.all_views[0]
            doors.create(entity, by, sent(world, case), "api", view.create_options)
        case "import":
            importing.importable(entity.name, by)
        case "change":
            doors.change(entity, by, pk, sent(world, case), "api")
        case "delete":
            doors.remove(entity, by, pk, "api")
        case "do":
            doors.act(entity, by, rest, pk, sent(world, case), "api")
        case "tab":
            return _tab(world, case, entity, by, rest)
        case "tab-delete":
            tabs.remove_in_tab(entity, by, parent_of(world, case), rest, child_of(world, case), "api")
        case _:
            raise AssertionError(f"no such door: {case.door}")
    return "ok"


def _read(world: World, case: Case, body: dict[str, Any], view: str) -> str:
    whole = "version" in body or case.kind in ("message", "log", "customer-share", "recycle-bin")
    if view == "pool":
        return "leaks" if any(secret in str(body) for secret in secrets(world)) else "public"
    return "ok" if whole else "public"


def _tab(world: World, case: Case, entity: Entity, by: Any, name: str) -> str:
    tab = entity.tab(name)
    if tab.kind:
        tabs.tab_records(entity, by, parent_of(world, case), name)
        return "ok"
    tabs.tab_rows(entity, by, parent_of(world, case), name)
    return "ok"


def _listed(world: World, case: Case, entity: Entity, by: Any, word: str, rest: str) -> str:
    view, _, options = rest.partition("?")
    params = {"view": view, "page_size": "500", **dict(part.split("=") for part in options.split("&") if part)}
    listing = doors.list_of(entity, by, params)
    pk = pk_of(world, case)
    if word == "list":
        body = _remembered(world, case, ("list", case.role, case.kind, rest), lambda: doors.page_rows_json(listing))
        ids = {item["id"] for item in body["items"]}
    else:
        body = _remembered(world, case, ("export", case.role, case.kind, rest), lambda: _file_of(listing))
        ids = set(listing.every_id()) if body else set()
    if listing.view.public and any(secret in str(body) for secret in secrets(world)):
        return "leaks"
    if (secret := secret_of(world, case)) and secret in str(body):
        return "leaks"
    return "in" if pk in ids else "out"


def _file_of(listing: Any) -> str:
    return sheet_text(b"".join(export(listing)[1]))


def sheet_text(content: bytes) -> str:
    """All that stands in a workbook."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


_answers: dict[Any, Any] = {}


def _remembered(world: World, case: Case, key: Any, work: Callable[[], Any]) -> Any:
    """A list holds the records of all relations: it is asked once for all of them."""
    kept = _answers.get(key)
    if kept is None or kept[0] is not world:
        kept = _answers[key] = (world, work())
    return kept[1]


def forget() -> None:
    """Lists are asked anew: the product has been tampered with."""
    _answers.clear()


def secrets(world: World) -> set[str]:
    """The secret words of all customers: a public view shows none of them to anybody."""
    return {held.secret for held in world.held.values()}


def _page(world: World, case: Case, by: Any) -> str:
    name, _, saves = case.door.partition(":")
    page = pages[name]
    doors.require(by, page.right)
    if saves:
        page.save(by, page_sent(world, case))
    else:
        page.load(by)
    return "ok"


def columns_of(entity: Entity) -> list[Any]:
    """The columns of a kind."""
    return bound_columns(entity)


# --- which doors there are ---------------------------------------------------------------------------------------------


def doors_of(entity: Entity) -> set[str]:
    """Every door that the declaration of a kind opens."""
    found = {"read", "help", "pick"}
    for view in entity.all_views:
        found |= {f"list:{view.name}", f"export:{view.name}"}
        if view.public:
            found.add(f"read:{view.name}")
    form = entity.form
    found |= {"create"} if form and form.create else set()
    found |= {"change"} if form and form.change else set()
    found |= {"delete"} if entity.delete else set()
    found |= {"import"} if entity.imports else set()
    found |= {"timeline"} if entity.timeline else set()
    found |= {f"do:{action.verb}" for action in entity.actions}
    for tab in entity.tabs:
        found.add(f"tab:{tab.name}")
        if tab.kind and (tab.delete or registry[tab.kind].delete):
            found.add(f"tab-delete:{tab.name}")
    return found


def doors_of_pages() -> set[str]:
    """Every door that the declared pages open."""
    return {page.name for page in pages.values()} | {f"{page.name}:save" for page in pages.values() if page.save}
