"""Reads: which files a person reaches. A file is reached through its record and in no other way."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BigAutoField, CharField, Exists, JSONField, Model, OuterRef, Q, QuerySet

from kemai.files.content import PICTURES, SHOWN_INLINE, SOUNDS, size_text
from kemai.files.models import Attachment
from kemai.files.rules import why_not_delete
from kemai.kit.access import may, require
from kemai.kit.entity import Entity, TimeLineEntry, registry
from kemai.kit.errors import Invalid, NotFound
from kemai.kit.journal import kind_of
from kemai.kit.models import RecycleBin
from kemai.kit.moments import show_time
from kemai.kit.prepared import Prepared, PreparedRecords, Slot
from kemai.kit.reach import Reach
from kemai.kit.stamp import once_a_request
from kemai.office.queries import setting
from kemai.people.queries import employee_names

holders: dict[str, None] = {}  # the kinds whose records carry files, in the order in which they said so


def attachment_reach(by: Any, **options: Any) -> Reach:
    """Files of the records that the person may see, kind by kind: a look at the record's key for each file, whatever the kind's size."""
    reached = Q(pk__in=())
    for kind in holders:
        entity = registry[kind]
        if may(by, entity.right("view")):
            reached |= Q(Exists(entity.visible(by).filter(pk=OuterRef("record_id")).order_by()), kind=kind)
    return Reach(also=reached)


def visible_attachments(by: Any) -> QuerySet[Attachment]:
    """Every file that the person may see."""
    return attachment_reach(by).apply(Attachment.objects.all())


def narrowed(by: Any, options: Mapping[str, Any]) -> Q | None:
    """The files of one kind, or of one record (`?kind=customer&record=5`)."""
    conditions = {"kind": options.get("kind"), "record_id": options.get("record")}
    given = {name: value for name, value in conditions.items() if value not in (None, "")}
    return Q(**given) if given else None


def holder_of(kind: str, record_id: int, by: Any) -> Model:
    """The record that is to carry a file, within the person's range. Raises Invalid, Forbidden, NotFound."""
    if kind not in holders:
        raise Invalid({"kind": ["这种记录不能带附件。"]})
    entity: Entity = registry[kind]
    require(by, entity.right("view"))
    record = entity.visible(by).filter(pk=record_id).first() if 0 < record_id < 2**63 else None
    if record is None:
        raise NotFound
    return record


_files = PreparedRecords(
    lambda: Attachment.objects.filter(
        kind=Slot("kind", CharField()), record_id=Slot("record", BigAutoField())
    ).order_by("pk")
)


def files_of(kind: str, record_id: int) -> list[Attachment]:
    """The files that hang on a record."""
    return _files.records(kind=kind, record=record_id)


@once_a_request
def _files_on_page(kind: str, record_id: int) -> list[Attachment]:
    """The same, for a page that tells their count and when they came."""
    return files_of(kind, record_id)


def file_rows(record: Model, by: Any) -> list[dict[str, Any]]:
    """The tab 「附件」 of a record that the person sees."""
    return rows_of_files(kind_of(record), record.pk, by)


def rows_of_files(kind: str, record_id: int, by: Any) -> list[dict[str, Any]]:
    """The files of a record that the person sees: the picture first, then the latest file first."""
    names = employee_names()
    found = sorted(files_of(kind, record_id), key=lambda one: (one.purpose != Attachment.Purpose.PICTURE, -one.pk))
    return [
        {
            "id": one.pk, "name": one.name, "purpose": one.purpose, "size": one.size, "size_text": size_text(one.size),
            "content_type": one.content_type, "url": url_of(one.pk), "is_picture": one.content_type in PICTURES,
            "is_sound": one.content_type in SOUNDS, "is_shown": one.content_type in SHOWN_INLINE, "created_by": names.get(one.created_by_id or 0, ""),
            "created_at": one.created_at.isoformat(), "created_at_text": show_time(one.created_at),
            "may_delete": may(by, "attachment.delete") and why_not_delete(one, by) is None,
        }
        for one in found
    ]  # fmt: skip


def tab_context(record: Model, by: Any) -> dict[str, Any]:
    """What the tab 「附件」 wants besides its files: how large one may be."""
    return {"most": setting("attachment_max_mb")}


_gone = Prepared(
    lambda: RecycleBin.objects.filter(
        kind="attachment", tree__rows__0__values__kind=Slot("kind", JSONField()),
        tree__rows__0__values__record_id=Slot("record", JSONField()),
    ).values_list("at", "title", "by_id")
)  # fmt: skip


def moments(record: Model, by: Any) -> list[TimeLineEntry]:
    """Files that came to a record and went from it, for its time line (FRM-05)."""
    kind, names = kind_of(record), employee_names()
    gone = _gone.rows(kind=kind, record=record.pk)
    came = [
        TimeLineEntry(
            at=one.created_at,
            title="新增附件",
            text=one.name,
            icon="paperclip",
            by=names.get(one.created_by_id or 0, ""),
        )
        for one in _files_on_page(kind, record.pk)
    ]
    return came + [
        TimeLineEntry(at=at, title="删除附件", text=name, icon="trash", by=names.get(who, "")) for at, name, who in gone
    ]


def neighbours(attachment: Attachment, by: Any) -> tuple[int, int, int, int]:
    """Before and after a file among those of its record that are shown in the page (0 for none), its place, how many there are."""
    shown = [row["id"] for row in rows_of_files(attachment.kind, attachment.record_id, by) if row["is_shown"]]
    at = shown.index(attachment.pk)
    return (shown[at - 1] if at else 0), (shown[at + 1] if at + 1 < len(shown) else 0), at + 1, len(shown)


def file_count(record: Model, by: Any) -> int:
    """How many files hang on a record."""
    return len(_files_on_page(kind_of(record), record.pk))


def url_of(pk: int) -> str:
    """The address under which a file is shown or saved."""
    return f"/files/{pk}"


# --- columns of a page -------------------------------------------------------------------------------------------------


def urls(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """Where each of these files is had."""
    return {pk: (url_of(pk), url_of(pk)) for pk in ids}


def sizes(ids: Sequence[int], by: Any) -> dict[int, tuple[int, str]]:
    """How large each of these files is."""
    rows = Attachment.objects.filter(pk__in=ids).values_list("pk", "size")
    return {pk: (size, size_text(size)) for pk, size in rows}


def kind_titles(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """On what kind of record each of these files hangs."""
    rows = Attachment.objects.filter(pk__in=ids).values_list("pk", "kind")
    return {pk: (kind, registry[kind].title if kind in registry else kind) for pk, kind in rows}


def record_titles(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """The names of the records on which these files hang."""
    rows = list(Attachment.objects.filter(pk__in=ids).values_list("pk", "kind", "record_id"))
    names: dict[tuple[str, int], str] = {}
    for kind in {kind for _, kind, _ in rows if kind in registry}:
        entity = registry[kind]
        wanted = {record_id for _, of, record_id in rows if of == kind}
        found = entity.visible(by).filter(pk__in=wanted).values_list("pk", entity.title_field)
        names |= {(kind, pk): str(name) for pk, name in found}
    return {pk: (names.get((kind, record_id), ""),) * 2 for pk, kind, record_id in rows}
