"""Deeds: the question before, the doing, and what became of every row (LST-09)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, pages_form, shell, tabs
from kemai.kit.access import require
from kemai.kit.doors import Result
from kemai.kit.entity import Action, Entity, View, entity_of, registry
from kemai.kit.errors import DomainError, Forbidden, Malformed, NotFound
from kemai.kit.inputs import inputs_of, raw_of
from kemai.kit.listing import Listing
from kemai.kit.models import RecycleBin
from kemai.kit.pages_record import came_from
from kemai.kit.question import Question

ASKED_ONE_BY_ONE = 20  # so many records are named in the question before a deletion
RESULT_ROWS = 200


def on_record(request: HttpRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """GET /{slug}/{id}/{verb} asks, POST does it."""
    entity = shell.entity_or_404(slug)
    if verb == "edit" and request.method != "POST":
        return pages_form.edit_page(request, entity, pk)
    if request.method == "POST":
        return _do_one(request, entity, pk, verb)
    action = _action(entity, request.employee, verb)
    record = doors.find(entity, request.employee, pk, _reach(entity, action))
    return dialog(request, entity, action, [pk], title=str(record), record=record, target=f"/{entity.slug}/{pk}/{verb}")


def _action(entity: Entity, by: Any, verb: str) -> Action | None:
    """The declared deed; None stands for the deletion. Raises NotFound, Forbidden."""
    require(by, entity.right("view"))
    if verb == "delete":
        require(by, entity.right("delete"))
        if entity.delete is None:
            raise NotFound
        return None
    action = entity.action(verb)
    if action is None:
        raise NotFound("没有这个页面，请检查地址。")
    doors.require_action(by, action)
    return action


def _reach(entity: Entity, action: Action | None) -> Any:
    return action.reach if action else entity.delete_reach


def _do_one(request: HttpRequest, entity: Entity, pk: int, verb: str) -> HttpResponse:
    by = request.employee
    action = _action(entity, by, verb)
    raw = raw_of(doors.action_specs(action), request.POST, request.FILES) if action else {}
    record = doors.find(entity, by, pk, _reach(entity, action))
    title = str(record)
    try:
        if action is None:
            doors.remove(entity, by, pk, "page")
            result = None
        else:
            result = doors.act(entity, by, verb, pk, raw, "page")
    except Forbidden:
        raise
    except DomainError as error:
        if action is None or not (action.fields or action.ask) or not shell.is_part(request):
            raise
        target = f"/{entity.slug}/{pk}/{verb}"
        return dialog(request, entity, action, [pk], title=title, record=record, target=target, raw=raw, error=error)
    if isinstance(result, Mapping) and result.get("message"):
        return _keep_message(request, str(result["message"]), f"/{entity.slug}/{pk}")
    said = f"已{action.label if action else '删除'}「{title}」。"
    if action and action.inline and came_from(request, entity):  # the 「明细栏」: the list stays
        return shell.tell(HttpResponse(), toast={"text": said}, close=True, refresh=True)
    undo = undo_deletion(entity, by, [pk]) if action is None else None
    return shell.go(request, _after(request, entity, pk, deleted=action is None), said, undo)


def in_tab(request: HttpRequest, slug: str, pk: int, name: str, child: int) -> HttpResponse:
    """GET /{slug}/{id}/tabs/{tab}/{child}/delete asks, POST deletes the row at the record that it hangs on (CON-03)."""
    entity, by = shell.entity_or_404(slug), request.employee
    row, _ = tabs.row_to_remove(entity, by, pk, name, child)
    other = registry[entity.tab(name).kind]
    if request.method == "POST":
        said = f"已删除「{row}」。"
        tabs.remove_in_tab(entity, by, pk, name, child, "page")
        undo = undo_deletion(other, by, [child])
        if came_from(request, entity):  # the 「明细栏」: the list stays
            toast = {"text": said, "undo": undo} if undo else {"text": said}
            return shell.tell(HttpResponse(), toast=toast, close=True, refresh=True)
        return shell.go(request, f"/{entity.slug}/{pk}?tab={name}", said, undo)
    target = f"/{entity.slug}/{pk}/tabs/{name}/{child}/delete"
    return dialog(request, other, None, [child], title=str(row), record=row, target=target)


def many_in_tab(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponse:
    """GET /{slug}/{id}/tabs/{tab}/actions/delete asks, POST deletes the chosen rows at the record that they hang on (CON-03)."""
    entity, by = shell.entity_or_404(slug), request.employee
    records, _ = tabs.rows_to_remove(entity, by, pk, name)
    other, ids = registry[entity.tab(name).kind], _chosen(request)
    if request.method == "POST":
        results = tabs.remove_many_in_tab(entity, by, pk, name, ids, "page")
        back = came_from(request, entity) or f"/{entity.slug}/{pk}?tab={name}"
        return _outcome(request, other, other.all_views[0], None, results, back=back)
    found = list(records.filter(pk__in=ids[:ASKED_ONE_BY_ONE]))
    if not found:
        raise NotFound
    title = str(found[0]) if len(ids) == 1 else ""
    target = f"/{entity.slug}/{pk}/tabs/{name}/actions/delete"
    return dialog(request, other, None, ids, title=title, records=found, target=target)


def _keep_message(request: HttpRequest, message: str, back: str) -> HttpResponse:
    """What a deed gives out once only is shown until it is read."""
    if not shell.is_part(request):
        return shell.show(request, "kit/message.html", {"message": message, "back": back})
    response = shell.show(request, "kit/dialog_message.html", {"message": message})
    response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return shell.tell(response, refresh=True)


def _after(request: HttpRequest, entity: Entity, pk: int, *, deleted: bool) -> str:
    """Where one is after a deed on a record: there still, or on the list when it is gone from one's range."""
    there = not deleted and entity.visible(request.employee).filter(pk=pk).exists()
    here = f"/{entity.slug}/{pk}"
    back = shell.local_path(request, here if there else f"/{entity.slug}")
    if not there and back.partition("?")[0] == here:
        return f"/{entity.slug}"
    return back


def on_many(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """GET /{slug}/actions/{verb} asks, POST does it to the chosen records or, with `all`, to all that match."""
    entity = shell.entity_or_404(slug)
    by = request.employee
    action = _action(entity, by, verb)
    everything, params = _means_all(request), request.GET.dict()
    ids = chosen_records(request, entity)
    view = entity.view(params.get("view", ""))
    if view is None:
        raise NotFound
    if action and view.name in action.single and len(ids) > 1:
        raise Malformed("one_only", f"这里一次只能{action.label}一条记录。")
    if request.method == "POST":
        return _do_many(request, entity, view, action, ids)
    records = _in_reach(entity, by, view, _reach(entity, action), ids)
    title = str(records[0]) if len(records) == len(ids) == 1 else ""
    return dialog(
        request, entity, action, ids, title=title, record=records[0] if title else None, records=records,
        target=_deed_address(request, entity, verb), everything=everything,
    )  # fmt: skip


def chosen_records(request: HttpRequest, entity: Entity) -> list[int]:
    """The ids that were chosen or, with `all`, those of all that match the list's question. Raises Malformed."""
    return _all_that_match(entity, request.employee, request.GET.dict()) if _means_all(request) else _chosen(request)


def _means_all(request: HttpRequest) -> bool:
    return bool(request.GET.get("all") or request.POST.get("all"))


def _chosen(request: HttpRequest) -> list[int]:
    sent = [*request.POST.getlist("ids"), *request.GET.getlist("ids")]
    return doors.chosen_ids([item for entry in sent for item in entry.split(",") if item])


def _all_that_match(entity: Entity, by: Any, params: Mapping[str, str]) -> list[int]:
    question = {name: value for name, value in params.items() if name not in ("all", "page", "page_size")}
    ids = Listing(entity, by, Question.of(entity, question, by)).all_ids()
    if not ids:
        raise Malformed("no_ids", "没有符合条件的记录。")
    return ids


def _deed_address(request: HttpRequest, entity: Entity, verb: str) -> str:
    """Where the dialog posts to: the question goes along in the address, the ids in the body."""
    params = {name: value for name, value in request.GET.items() if name not in ("ids", "page", "page_size")}
    return shell.address(f"/{entity.slug}/actions/{verb}", **params)


def _in_reach(entity: Entity, by: Any, view: View, reach: Any, ids: Sequence[int]) -> list[Any]:
    """The first chosen records that the person sees on this list, for the question's words."""
    records = reach(by) if reach else view.reach(by).apply(entity.model._base_manager.all())
    found = {record.pk: record for record in records.filter(pk__in=ids[:ASKED_ONE_BY_ONE])}
    return [found[pk] for pk in ids[:ASKED_ONE_BY_ONE] if pk in found]


def _do_many(request: HttpRequest, entity: Entity, view: View, action: Action | None, ids: list[int]) -> HttpResponse:
    by = request.employee
    verb = action.verb if action else "delete"
    raw = raw_of(doors.action_specs(action), request.POST, request.FILES) if action else {}
    try:
        results = doors.act_many(entity, by, verb, ids, raw, "page")
    except Forbidden:
        raise
    except DomainError as error:
        if action is None or not shell.is_part(request):
            raise
        records = _in_reach(entity, by, view, action.reach, ids)
        return dialog(
            request, entity, action, ids, title=str(records[0]) if len(ids) == len(records) == 1 else "", records=records,
            target=_deed_address(request, entity, verb), everything=bool(request.GET.get("all")), raw=raw, error=error,
        )  # fmt: skip
    return _outcome(request, entity, view, action, results)


def _outcome(
    request: HttpRequest, entity: Entity, view: View, action: Action | None, results: list[Result], *, back: str = ""
) -> HttpResponse:
    """All went well: a message in passing. Otherwise every refused row with its reason. `back`: where one came from, other than the list."""
    label = action.label if action else "删除"
    done = [result.id for result in results if result.ok]
    refused = [result for result in results if not result.ok]
    said = f"已{label} {len(done):,} 条{entity.title}。"
    if not refused:
        if not shell.is_part(request):
            listed = shell.address(f"/{entity.slug}", view=view.name)
            return shell.go(request, back or shell.local_path(request, listed), said)
        toast: dict[str, Any] = {
            "text": said,
            "undo": undo_deletion(entity, request.employee, done) if not action else None,
        }
        if action and action.undo:
            toast["undo"] = {"url": shell.address(f"/{entity.slug}/actions/{action.undo}", view=view.name), "ids": done}
        if view.public and (gained := _gained(request, entity, done)):
            return shell.go(request, gained, said, toast["undo"])
        return shell.tell(HttpResponse(), toast=toast, close=True, refresh=True)
    name_of = titles_of(entity, request.employee, view, [result.id for result in refused[:RESULT_ROWS]])
    context = {
        "label": label, "done": len(done), "refused": refused[:RESULT_ROWS], "more": len(refused) - RESULT_ROWS,
        "name_of": name_of, "entity": entity, "count": len(refused), "view": view,
    }  # fmt: skip
    template = "kit/outcome.html" if shell.is_part(request) else "kit/outcome_page.html"
    response = shell.show(request, template, context)
    if shell.is_part(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return shell.tell(response, refresh=True)


def _gained(request: HttpRequest, entity: Entity, done: Sequence[int]) -> str:
    """The whole record's address, where a deed on its public page brought it within the person's range: who claims wants to go on (USE-02)."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    place = f"/{entity.slug}/{done[0]}" if len(done) == 1 else ""
    return place if here == place and entity.visible(request.employee).filter(pk=done[0]).exists() else ""


def undo_deletion(entity: Entity, by: Any, ids: Sequence[int]) -> dict[str, Any] | None:
    """How the toast brings back what was just deleted: from the recycle bin (SYS-11); None for who may not."""
    bin_of_all = entity_of(RecycleBin)
    restore = bin_of_all.action("restore") if bin_of_all else None
    if bin_of_all is None or restore is None or not restore.allowed(by):
        return None
    kept = list(
        RecycleBin.objects.filter(kind=entity.name, record_id__in=ids, by_id=by.pk).values_list("pk", flat=True)
    )
    return {"url": f"/{bin_of_all.slug}/actions/restore", "ids": kept} if kept else None


def titles_of(entity: Entity, by: Any, view: View, ids: Sequence[int]) -> dict[int, str]:
    """The names of records, as far as the person sees them on this list or at all."""
    base = entity.model._base_manager.filter(pk__in=ids)
    found = {record.pk: str(record) for record in view.reach(by).apply(base)}
    missing = [pk for pk in ids if pk not in found]
    if missing:
        found |= {record.pk: str(record) for record in entity.visible(by).filter(pk__in=missing)}
    return found


def dialog(
    request: HttpRequest, entity: Entity, action: Action | None, ids: Sequence[int], *, target: str, title: str = "",
    record: Any = None, records: Sequence[Any] = (), everything: bool = False, raw: Mapping[str, Any] | None = None,
    error: DomainError | None = None,
) -> HttpResponse:  # fmt: skip
    """The question before a deed, with its fields; again with what was typed when it was refused."""
    by = request.employee
    fields = error.fields if error else {}
    inputs = inputs_of(doors.action_specs(action), by, raw=raw, errors=fields) if action else []
    placed = {entry.name for entry in inputs}
    stray = [sentence for name, sentences in fields.items() if name not in placed for sentence in sentences]
    if error and not fields:
        stray.append(error.message)
    label = action.label if action else "删除"
    context: dict[str, Any] = {
        "entity": entity, "label": label, "inputs": inputs, "stray": stray, "target": target,
        "heading": f"{label}「{title}」" if title else f"{label} {len(ids):,} 条{entity.title}",
        "ask": action.ask if action else "", "danger": action.danger if action else True,
        "notes": [] if action else deletion_notes(entity, records or ([record] if record is not None else [])),
        "facts": action.notes(record, by) if action and action.notes and record is not None else (),
        "total": len(ids), "one": ids[0] if len(ids) == 1 else None, "back": shell.local_path(request, ""), "icon": action.icon if action else "trash",
        "ids": [] if everything or record is not None and not records else ids,
    }  # fmt: skip
    status = error.status if error else 200
    template = "kit/dialog.html" if shell.is_part(request) else "kit/dialog_page.html"
    response = shell.show(request, template, context, status=status)
    if shell.is_part(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


def deletion_notes(entity: Entity, records: Sequence[Any]) -> list[tuple[str, str]]:
    """What goes along with each record that is to be deleted."""
    return [
        (str(record), entity.delete_ask(record) if entity.delete_ask else "") for record in records[:ASKED_ONE_BY_ONE]
    ]
