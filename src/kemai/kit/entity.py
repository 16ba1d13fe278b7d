"""The vocabulary in which every kind of record is declared. Data only: no HTTP, no queries.

A declaration is registered once (`register`) and every door opens from it: list, search, filter, detail, form, bulk action, import,
export, API, rights, log. An app on a higher floor adds to a record of a lower one with `contribute`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from django.db.models import BigAutoField, Model, Q, QuerySet

from kemai.kit.access import may
from kemai.kit.prepared import PreparedRecords, Slot
from kemai.kit.reach import Reach

Tone = Literal["", "red", "orange", "blue", "green", "brand"]


@dataclass(frozen=True)
class Right:
    """One function right as users know it. `code` is `<kind>.<verb>`; `group` is a heading of 「其他权限」 (ORG-05)."""

    code: str
    label: str
    group: str
    help: str = ""


class Mark(NamedTuple):
    """How a state looks: a colour, an icon and its word, never colour alone (LST-13)."""

    tone: Tone = ""
    icon: str = ""


@dataclass(frozen=True)
class Column:
    """One value of a record: the same object feeds list, filter, sort, export, print, detail and API.

    `path` is the ORM path when it differs from `name`; `sort` the path to sort by ("" when it does not sort). A column with `fetch` is worked
    out for the rows of one page only: it is called with the ids and the viewer and returns {id: (raw value, text)}.
    """

    name: str
    label: str = ""
    path: str = ""
    sort: str | None = None
    kind: str = ""
    shown: bool = True
    width: int = 120
    fetch: Callable[[Sequence[int], Any], Mapping[int, tuple[Any, str]]] | None = None
    marks: Mapping[Any, Mark] = field(default_factory=dict)
    filters: bool = True
    phone: bool = False  # stands on the phone's card
    title: bool = False  # the record's name: links to the record
    sums: bool = False  # a number that is summed below the list, over all that match (LST-17)
    right: str = ""  # shown only to who has this right: what it tells belongs to another kind


@dataclass(frozen=True)
class Field:
    """One input of a form or of an action. What is left empty here comes from the model's field of that name."""

    name: str
    label: str = ""
    kind: str = ""
    required: bool | None = None
    help: str = ""
    default: Any = None
    choices: Sequence[tuple[Any, str]] | Callable[[], Sequence[tuple[Any, str]]] | None = None
    refers: str = ""  # the kind that a reference of an action's field points to
    many: bool = False
    wide: bool = False
    options_for: Callable[[Any], Sequence[tuple[Any, str]]] | None = None  # (by) -> the only choices of a reference
    right: str = ""  # offered only to who has this right; the service refuses the others
    bulk: bool = True  # may be set on many records at once (LST-15)
    accept: str = (
        ""  # file: which it takes, as a browser is told (image/*); the phone then offers its camera or microphone
    )
    max_length: int = 0  # characters of a text that no field of the model limits
    depends_on: str = ""  # reference: the form field that narrows the choices (contacts of the chosen customer)


@dataclass(frozen=True)
class Group:
    """A titled block of fields on form and detail page."""

    title: str
    fields: Sequence[str | Field]


@dataclass(frozen=True)
class Lines:
    """Rows inside a record: contacts of a customer, lines of a document. `name` is the related name.

    `worked_out` are fields that follow from the others (an amount): shown and read everywhere, never typed. `work_out(line)` is the rule that
    gives them, the one that the service saves by, so that what is seen while typing is what is stored; `totals(lines)` gives label and sum
    of what stands below the rows, the one that counts last. Both may look at the record through the line. `fixed(line)` tells a row that can
    be neither changed nor deleted. Rows that are a kind of their own are there only for who may view that kind.
    """

    name: str
    title: str
    fields: Sequence[str | Field]
    worked_out: Sequence[str] = ()
    work_out: Callable[[Any], Mapping[str, Any]] | None = None
    totals: Callable[[Sequence[Any]], Sequence[tuple[str, Any]]] | None = None
    fixed: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Found:
    """What a look-up found, as {field: value} that may be shown of any record; `more` says that there are others beside them."""

    items: Sequence[Mapping[str, Any]]
    more: bool = False


@dataclass(frozen=True)
class LookUp:
    """A look-up beside a field of a form over all records of the kind, whoever owns them, so that none is made twice (CUS-04).

    `run(text, *, by, typing, except_id)` is a service that counts, limits and logs: `typing` while the field is filled in, else by the
    button 「搜索」; `except_id` is the record that is being changed.
    """

    field: str
    run: Callable[..., Found]


@dataclass(frozen=True)
class Form:
    """Create and change. Both are services: `create(values, *, by, **options)` and `change(record, values, *, by, version, **options)`.

    `options` are inputs of the service that are not fields of the record: a reason, into which list. `why_not_change(record, by)` is the
    sentence that greys 「修改」.
    """

    groups: Sequence[Group]
    create: Callable[..., Model] | None = None
    change: Callable[..., Model] | None = None
    lines: Sequence[Lines] = ()
    options: Sequence[Field] = ()
    why_not_change: Callable[[Any, Any], str | None] | None = None
    check: Callable[..., Mapping[str, str]] | None = None  # (values) -> {field: warning}, shown and not refused
    look_up: LookUp | None = None


@dataclass(frozen=True)
class Action:
    """A deed on one or many records: button, bulk, API verb, log. `run(record, *, by, **fields)` is a service made by `@deed`.

    `reach(by)` says on which records the door finds it (default: what the person may see); `views` on which lists its button stands.
    `ask` is the question before the deed, `help` what the help page says of its button. `plan` gives each record of a batch its own fields.
    """

    verb: str
    label: str
    run: Callable[..., Any]
    right: str = ""
    icon: str = "circle-dot"
    views: Sequence[str] = ()
    reach: Callable[[Any], QuerySet] | None = None
    fields: Sequence[Field] = ()
    ask: str = ""
    notes: Callable[[Any, Any], Sequence[str]] | None = None  # (record, by) -> what its question tells of that record
    help: str = ""
    single: Sequence[str] = ()  # views in which it takes one record at a time
    on_detail: bool = True
    danger: bool = False
    plan: Callable[..., Mapping[int, dict]] | None = None  # (ids, fields, by) -> {id: fields of that record}
    primary: bool = False
    undo: str = ""  # verb that takes it back, offered in the toast
    inline: bool = False  # its fields stand open above the time line, ready to be typed into (INT-05)
    needs: Sequence[str] = ()  # further rights that it needs, all of them
    key: str = ""  # of its button on lists
    freely: bool = (
        False  # its button on lists does something without a chosen record too: a script of the kit knows what
    )
    view_rights: Mapping[str, str] = field(
        default_factory=dict
    )  # view -> right, where its button there needs another one than `right`

    def allowed(self, by: Any, view: str = "") -> bool:
        """Whether the person has the right to it: on the list of that name, or at all."""
        if not all(may(by, right) for right in self.needs):
            return False
        if view:
            return may(by, self.view_rights.get(view, self.right))
        return any(may(by, right) for right in {self.right, *self.view_rights.values()})


@dataclass(frozen=True)
class View:
    """One of the lists that look at the same records. A `public` view shows the public fields only, on every door (CUS-08)."""

    name: str
    title: str
    reach: Callable[..., Reach]
    public: bool = False
    options: Sequence[Field] = ()
    where: Callable[..., Q | None] | None = None  # (by, options) -> what the options narrow
    makes: str = ""  # label of the second new-button (「新建并领用」) and
    makes_options: Mapping[str, Any] = field(default_factory=dict)  # what it passes to `create`
    create_options: Mapping[str, Any] = field(default_factory=dict)
    empty: str = ""  # what to do first when the list is empty
    query_options: Mapping[str, Any] = field(default_factory=dict)  # options that 「组合查询」 searches with (CUS-17)
    order: str = ""  # its own, where that is not the kind's


@dataclass(frozen=True)
class Tab:
    """Related records on the detail page. `kind` names their declaration; `by` the field of it that points here; or own `rows`."""

    name: str
    title: str
    kind: str = ""
    by: str = ""
    columns: Sequence[str] = ()
    rows: Callable[[Any, Any], Sequence[Mapping[str, Any]]] | None = None  # (record, by) -> rows of {header: text}
    count: Callable[[Any, Any], int] | None = None
    template: str = ""
    right: str = ""
    told: bool = (
        True  # the time line says what was added here; not where a contributed `timeline` tells it in words of its own
    )
    joined: Sequence[str] = ()  # what the names of its records tell beside them: read with them for the time line
    after: str = ""  # a contributed tab stands behind the one of this name
    heads: Mapping[str, str] = field(default_factory=dict)  # own rows: which keys are its columns, and their headings
    prints: bool = True  # stands on the record's print
    context: Callable[[Any, Any], Mapping[str, Any]] | None = (
        None  # (record, by) -> what its own template wants besides
    )
    moments: Callable[[Any, Any], Iterable["TimeLineEntry"]] | None = (
        None  # (record, by) -> what it adds to the time line
    )
    adds: str = ""  # the record's action that adds a row ("share"), where the kind has no form of its own
    delete: Callable[..., Any] | None = (
        None  # deletes a row here, where that differs from deleting it on its own list (CON-03)
    )


@dataclass(frozen=True)
class Search:
    """What quick search looks through. `columns` maps each index column to the field that it speaks of, so that a hidden field is not
    searched; `docs(ids)` gives the documents. `within` maps a column to another one in whose texts its own mostly stand. `words` are
    columns whose dictionary words are matched by id. `rights` name index columns that speak of another kind and are searched only by who has that right."""

    columns: Mapping[str, str]
    docs: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]]
    within: Mapping[str, str] = field(default_factory=dict)
    words: Sequence[str] = ()
    rights: Mapping[str, str] = field(default_factory=dict)
    hint: str = "名称、拼音"


@dataclass(frozen=True)
class ImportField:
    """One target of an import column: a field of the form (`lines.field` for rows inside), a field of the model, or with `label` a part from which
    the plan makes a field (province, city → region). `synonyms` are headers that people write for it; `looks(text)` tells it by its content.

    In the template it stands with `example` in the example row, unless `template` is False; `choices(by)` offers words for a part (IMP-05).
    `alone`: of a further row inside it is of use even where the file has no column for what that row needs. `words`: what people write for one of
    its choices.
    """

    name: str
    synonyms: Sequence[str] = ()
    label: str = ""
    looks: Callable[[str], bool] | None = None
    example: Any = ""
    template: bool = True
    choices: Callable[[Any], Sequence[str]] | None = None
    alone: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HandOut:
    """A list that is made of the records of an import, to be handed out: one-time passwords of new employees (ORG-13).

    `rows(ids, by)` makes it anew each time from those of the records that it is meant for; the first one names the columns.
    """

    title: str
    rows: Callable[[Sequence[int], Any], Sequence[Mapping[str, str]]]
    right: str
    help: str = ""


@dataclass(frozen=True)
class Importing:
    """How files become records (IMP). `plan(by, options)` makes the object that judges rows and writes them: kit/importing.py says how.

    `keys` are the fields by which present records may be found for an update; `into`: records have an owner to be chosen; `similar`: the plan
    tells similar rows. `done(ids, by, file_name, log)` is called once, at the end, with the records that were made. `repeats` says how many
    rows inside one row of a file may bring, by the name of the lines: 联系人, 手机, 联系人2, 手机2 … (kit/import_repeats.py).
    """

    fields: Sequence[ImportField]
    keys: Sequence[str]
    plan: Callable[..., Any]
    into: bool = False
    similar: bool = False
    done: Callable[[Sequence[int], Any, str, Any], None] | None = None
    hand_out: HandOut | None = None
    repeats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TimeLineEntry:
    """One thing that happened to a record."""

    at: Any
    title: str
    text: str = ""
    icon: str = "history"
    tone: Tone = ""
    by: str = ""
    href: str = ""  # where the title leads to
    after: str = ""  # what comes next
    said: Sequence[tuple[str, str]] = ()  # what others said to it: who, what


@dataclass(frozen=True)
class Classified:
    """The kind has a tree of categories (LST-11): `field` is its `CategoryField`.

    `remove(record, *, by, log)` takes away a record that becomes a category and refuses one in use; without it, one that any row refers to
    is refused and the others go to the recycle bin (LST-12).
    """

    field: str
    remove: Callable[..., None] | None = None


@dataclass(eq=False)
class Entity:
    """The whole declaration of one kind of record. See docs/howto/add-a-kind-of-record.md."""

    name: str
    slug: str
    title: str
    model: type[Model]
    columns: Sequence[Column]
    reach: Callable[[Any], Reach]
    area: str = ""
    icon: str = "file"
    menu: str = ""  # the word in the menu; empty: not in the menu
    menu_order: int = 50
    aliases: Sequence[str] = ()  # words of the sources under which the page is found too (SYS-14)
    views: Sequence[View] = ()
    order: str = "-id"
    owner: str = ""  # the field that holds the owner: ranges and totals go by it
    ranged: bool = False  # roles give a data range for it (ORG-04)
    title_field: str = "name"
    public_fields: Callable[[], frozenset[str]] | None = None
    search: Search | None = None
    search_in: Sequence[str] = ()  # without `search`: quick search looks through the names of these references, too
    form: Form | None = None
    delete: Callable[..., Any] | None = None
    delete_reach: Callable[[Any], QuerySet] | None = None
    delete_views: Sequence[str] | None = None  # None: every list
    delete_ask: Callable[[Any], str] | None = None
    restoring: Callable[[Any, Any], None] | None = None  # (record, log): before it comes back; changes or refuses it
    actions: Sequence[Action] = ()
    tabs: Sequence[Tab] = ()
    names: Callable[[], Mapping[int, str]] | None = None  # small tables: all names, remembered in the process
    options: Callable[[Any], Sequence[tuple[int, str]]] | None = None
    lookup: Callable[[Any, str], int | None] | None = None  # a word that people write for a record -> its id
    imports: Importing | None = None
    classified: Classified | None = None
    timeline: Callable[[Any, Any], Iterable[TimeLineEntry]] | None = None
    figures: Callable[[Any, Any], Sequence[tuple[str, str]]] | None = None
    row_tone: Callable[[Mapping[str, Any]], Tone] | None = None
    row_facts: Sequence[str] = ()  # ORM paths that `row_tone` looks at
    help: str = ""
    rights: Sequence[Right] = ()
    right_names: Mapping[str, str] = field(default_factory=dict)  # verb -> right, where it is not `<kind>.<verb>`

    @property
    def model_label(self) -> str:
        return self.model._meta.label_lower

    @cached_property
    def all_views(self) -> Sequence[View]:
        """The declared views, or one of everything that the person may see."""
        if self.views:
            return self.views
        return (View("all", self.menu or self.title, lambda by, **options: self.reach(by)),)

    def view(self, name: str = "") -> View | None:
        """The view of that name; the first one when no name is given; None when there is no such view."""
        return next((view for view in self.all_views if not name or view.name == name), None)

    def action(self, verb: str) -> Action | None:
        return next((action for action in self.actions if action.verb == verb), None)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def tab(self, name: str) -> Tab | None:
        return next((tab for tab in self.tabs if tab.name == name), None)

    def visible(self, by: Any) -> QuerySet:
        """Every record of this kind that the person may see: the only door to a record."""
        return self.reach(by).apply(self.model._base_manager.all())

    def seen(self, by: Any, pk: int) -> Model | None:
        """The record of that id where the person may see it, None otherwise. One that says itself whose it is needs no list of ids."""
        reach = self.reach(by)
        if reach.tells:
            record = record_of(self.model).record(pk=pk)
            return record if record is not None and reach.covers(record) else None
        if reach.above is not None and "__" not in reach.record:
            record = record_of(self.model, reach.record).record(pk=pk)
            above = getattr(record, reach.record, None)
            if above is not None and reach.above(above):
                return record
        return reach.apply(self.model._base_manager.all()).filter(pk=pk).first()

    def sees_all_of(self, by: Any, path: str, record: Model) -> bool:
        """Whether the person sees whatever of this kind hangs by this foreign key on a record that they see."""
        reach = self.reach(by)
        return reach.everything or (reach.record == path and reach.above is not None and reach.above(record))

    def related(self, by: Any, path: str, record: Model) -> QuerySet:
        """The records of this kind that hang on one that the person sees, by this foreign key, as far as they may see them too.

        Where they are reached through that very record, it alone is asked, and not the thousands beside it.
        """
        records = self.model._base_manager.filter(**{path: record.pk})
        return records if self.sees_all_of(by, path, record) else self.reach(by).apply(records)

    def right(self, verb: str) -> str:
        """The function right that a basic verb (view, add, change, delete, export, print, import) needs."""
        return self.right_names.get(verb, f"{self.name}.{verb}")


@dataclass(frozen=True)
class Page:
    """A page that is no list of records: settings, the rights matrix. The API has its twin at `/api/v1/<path>` (GET load, POST save).

    `load(by)` gives what the page shows, as plain JSON values; `save(by, raw)` writes and returns the sentence to show, or facts as a dict.
    """

    name: str
    title: str
    path: str
    template: str
    load: Callable[[Any], dict[str, Any]]
    save: Callable[[Any, Mapping[str, Any]], Any] | None = None
    right: str = ""
    area: str = ""
    icon: str = "settings"
    menu: str = ""
    menu_order: int = 50
    aliases: Sequence[str] = ()
    accepts: Callable[[], Mapping[str, Mapping[str, Any]]] | None = (
        None  # what `save` takes: name -> JSON schema, for the API's description
    )
    helps: Callable[[], str] | None = None  # Markdown that follows its help: what is declared elsewhere and shown here


@cache
def record_of(model: type[Model], *joined: str) -> PreparedRecords:
    """The record of an id, with these ones that it refers to."""
    records = model._base_manager.select_related(*joined) if joined else model._base_manager
    return PreparedRecords(lambda: records.filter(pk=Slot("pk", BigAutoField())))


registry: dict[str, Entity] = {}
pages: dict[str, Page] = {}
rights: dict[str, Right] = {}
_by_model: dict[type[Model], Entity] = {}
_by_slug: dict[str, Entity] = {}

BASIC_RIGHTS = (
    ("view", "查看"), ("add", "新增"), ("change", "修改"), ("delete", "删除"), ("export", "导出"), ("print", "打印"), ("import", "导入"),
)  # fmt: skip


CHANGES = "changes"  # the tab that every kind has whose records are changed


def _change_rows(record: Any, by: Any) -> Sequence[Mapping[str, Any]]:
    from kemai.kit.changes import change_rows

    return change_rows(record, by)


def register(*entities: Entity) -> None:
    """Makes the declarations known. Raises ValueError for a name that is taken."""
    for entity in entities:
        if entity.form and entity.form.change and entity.tab(CHANGES) is None:
            changes = Tab(CHANGES, "变更记录", rows=_change_rows, right=entity.right("view"), prints=False)
            entity.tabs = [*entity.tabs, changes]
        if entity.name in registry or entity.slug in _by_slug:
            raise ValueError(f"{entity.name} is declared twice")
        if entity.classified:
            from kemai.kit.category_services import classify_action  # it writes, and so stands above the declarations

            entity.actions = [*entity.actions, classify_action(entity)]
        registry[entity.name] = entity
        _by_model[entity.model] = entity
        _by_slug[entity.slug] = entity
        for verb, label in BASIC_RIGHTS:
            if _offers(entity, verb) and verb not in entity.right_names:
                add_rights(Right(entity.right(verb), f"{entity.title}{label}", entity.title))
        add_rights(*entity.rights)


def _offers(entity: Entity, verb: str) -> bool:
    form = entity.form
    return {
        "add": bool(form and form.create),
        "change": bool(form and form.change),
        "delete": entity.delete is not None,
        "import": entity.imports is not None,
    }.get(verb, True)


def register_pages(*declared: Page) -> None:
    """Makes pages known. Raises ValueError for a name that is taken."""
    for page in declared:
        if page.name in pages:
            raise ValueError(f"page {page.name} is declared twice")
        pages[page.name] = page


def add_rights(*declared: Right) -> None:
    """Adds function rights that belong to no single kind, or replaces a basic one by better words."""
    for right in declared:
        rights[right.code] = right


def contribute(
    kind: str,
    *,
    columns: Sequence[Column] = (),
    tabs: Sequence[Tab] = (),
    actions: Sequence[Action] = (),
    blockers: Sequence[Callable[[Model], str | None]] = (),
    timeline: Callable[[Any, Any], Iterable[TimeLineEntry]] | None = None,
    hanging: Callable[[Any], Sequence[Model]] | None = None,
) -> None:
    """An upper floor adds to a record of a lower one; the lower floor does not know it (D10).

    `blockers` refuse the deletion of the record with a sentence that names what hangs on it (CUS-07); `hanging` gives the rows that go to the
    recycle bin with it and come back with it, those that point to others first.
    """
    entity = registry[kind]
    entity.columns = [*entity.columns, *columns]
    for tab in tabs:
        place = next((at for at, one in enumerate(entity.tabs, 1) if one.name == tab.after), len(entity.tabs))
        entity.tabs = [*entity.tabs[:place], tab, *entity.tabs[place:]]
    entity.tabs = sorted(entity.tabs, key=lambda tab: tab.name == CHANGES)  # 「变更记录」 stays the last
    entity.actions = [*entity.actions, *actions]
    _blockers.setdefault(kind, []).extend(blockers)
    if hanging:
        _hanging.setdefault(kind, []).append(hanging)
    if timeline:
        own = entity.timeline
        entity.timeline = lambda record, by: [*(own(record, by) if own else ()), *timeline(record, by)]


_blockers: dict[str, list[Callable[[Model], str | None]]] = {}
_hanging: dict[str, list[Callable[[Any], Sequence[Model]]]] = {}


def why_not_delete(kind: str, record: Model) -> str | None:
    """The first sentence of an upper floor that forbids the deletion, or None."""
    return next((reason for blocker in _blockers.get(kind, ()) if (reason := blocker(record))), None)


def hanging_on(kind: str, record: Model) -> list[Model]:
    """The rows of upper floors that are deleted with a record, in the order in which they may go."""
    return [row for hanging in reversed(_hanging.get(kind, ())) for row in hanging(record)]


def entity_of(model: type[Model]) -> Entity | None:
    """The declaration of a model, if it has one."""
    return _by_model.get(model)


def entity_by_slug(slug: str) -> Entity | None:
    """The declaration behind an address (`customers`), if there is one."""
    return _by_slug.get(slug)


def as_field(item: str | Field) -> Field:
    """A form names its fields plainly ("phone", "name*" when required) or declares them."""
    if isinstance(item, Field):
        return item
    return Field(item.rstrip("*"), required=True) if item.endswith("*") else Field(item)


def with_changes(item: Field, **changes: Any) -> Field:
    """The same field with other properties."""
    return replace(item, **changes)
