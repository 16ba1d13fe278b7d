"""The description of the API, worked out from the declarations (API-01)."""

from collections.abc import Iterable
from typing import Any

from kemai.kit.categories import MODES
from kemai.kit.columns import BoundColumn, bound_columns
from kemai.kit.doors import action_specs, form_specs, line_specs, option_specs
from kemai.kit.entity import Action, Entity, Lines, Page, pages, registry
from kemai.kit.filters import CONDITIONS
from kemai.kit.lines import line_columns
from kemai.kit.values import Spec

_TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": ["integer", "null"]},
    "number": {"type": ["string", "null"], "format": "decimal"},
    "money": {"type": ["string", "null"], "format": "decimal"},
    "date": {"type": ["string", "null"], "format": "date"},
    "time": {"type": ["string", "null"], "format": "date-time"},
    "bool": {"type": "boolean"},
    "reference": {"type": ["integer", "null"]},
    "references": {"type": ["array", "null"], "items": {"type": "integer"}},
    "weights": {"type": ["array", "null"], "items": {"type": "integer"}},
    "tags": {"type": ["array", "null"], "items": {"type": "string"}},
    "file": {"type": "string", "format": "binary"},
}
_FLEXIBLE = {
    "reference": ["integer", "string", "null"],
    "number": ["string", "number", "null"],
    "money": ["string", "number", "null"],
}
_ERROR = {"description": "拒绝", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
_REFUSALS = {str(status): _ERROR for status in (400, 401, 403, 404, 405, 409, 413, 422, 429)}


_more: dict[str, dict[str, Any]] = {}


def also(path: str, **operations: dict[str, Any]) -> None:
    """Adds the operations of an address that no declaration makes, by method."""
    _more.setdefault(path, {}).update(operations)


def file_by_id(summary: str, tag: str) -> dict[str, Any]:
    """An operation on one record that gives a file."""
    return _operation(summary, tag, parameters=[_ID], file=True)


def file_by_name(summary: str, tag: str) -> dict[str, Any]:
    """An operation on what goes by a name, that gives a file."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    return _operation(summary, tag, parameters=[name], file=True)


def describe() -> dict[str, Any]:
    """The OpenAPI 3.1 document of everything that is declared."""
    paths: dict[str, Any] = {
        "/api/v1/me": {"get": _operation("我是谁，有哪些权限", "我")},
        "/api/v1/search": {
            "get": _operation("在所有列表和页面里查找", "查找", parameters=[_query("q", "名称、拼音、电话")])
        },
        "/api/v1/help": {
            "get": _operation(
                "使用手册的目录，和其中提到 q 的地方", "帮助", parameters=[_query("q", "标题、拼音、正文里的字")]
            )
        },
        "/api/v1/help/{name}": {
            "get": _operation(
                "使用手册的一页", "帮助", parameters=[{**_ID, "name": "name", "schema": {"type": "string"}}]
            )
        },
    }
    schemas: dict[str, Any] = {
        "Error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "description": "一句中文，可直接给用户看"},
                "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            },
        }
    }
    for entity in registry.values():
        schemas[_read_name(entity)] = _read_schema(entity)
        if entity.form:
            schemas[_write_name(entity)] = _write_schema(entity)
        paths |= _paths_of(entity)
    for page in pages.values():
        paths[f"/api/v1/{page.path}"] = _page_paths(page)
    paths |= _import_paths() | _bulk_edit_paths()
    for path, operations in _more.items():
        paths[path] = {**paths.get(path, {}), **operations}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "客脉 API",
            "version": "1",
            "description": "凭访问令牌使用：Authorization: Bearer 令牌。权限和数据范围与本人相同。",
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _read_name(entity: Entity) -> str:
    return "".join(part.capitalize() for part in entity.name.split("-"))


def _write_name(entity: Entity) -> str:
    return f"{_read_name(entity)}Input"


def _read_schema(entity: Entity) -> dict[str, Any]:
    properties = _read_columns(bound_columns(entity))
    for lines in entity.form.lines if entity.form else ():
        properties[lines.name] = {
            "type": "array",
            "title": lines.title,
            "items": _read_line(entity, lines),
        }
    return {"type": "object", "title": entity.title, "properties": properties, "required": ["id"]}


def _read_line(entity: Entity, lines: Lines) -> dict[str, Any]:
    return {"type": "object", "properties": _read_columns(line_columns(entity, lines)), "required": ["id"]}


def _read_columns(columns: Iterable[BoundColumn]) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": {"type": "integer"}}
    for column in columns:
        properties[column.name] = {**_TYPES.get(column.kind, {"type": ["string", "null"]}), "title": column.label}
        if column.is_reference or column.kind in ("choice", "reference", "references"):
            properties[f"{column.name}_display"] = {"type": "string", "title": column.label}
    return properties


def _write_schema(entity: Entity) -> dict[str, Any]:
    schema = _object([*form_specs(entity), *option_specs(entity)])
    for lines in entity.form.lines:
        items = _object(line_specs(entity, lines))
        items["properties"]["id"] = {"type": ["integer", "null"], "description": "已有的行"}
        schema["properties"][lines.name] = {"type": "array", "title": lines.title, "items": items}
    schema["properties"]["version"] = {"type": ["integer", "null"], "description": "读到的版本；旧了则 409"}
    return {"title": entity.title, **schema}


def _object(specs: Iterable[Spec]) -> dict[str, Any]:
    specs = list(specs)
    needed = [spec.name for spec in specs if spec.required and spec.field.default is None]
    schema: dict[str, Any] = {"type": "object", "properties": {spec.name: _input(spec) for spec in specs}}
    return {**schema, "required": needed} if needed else schema


def _input(spec: Spec) -> dict[str, Any]:
    schema = dict(_TYPES.get(spec.kind, {"type": ["string", "null"]}))
    if spec.kind in _FLEXIBLE:
        schema["type"] = _FLEXIBLE[spec.kind]
    if spec.kind == "choice":
        schema["enum"] = [value for value, _ in spec.choices()] + ["", None]
    if spec.kind in ("text", "long", "phone", "email", "url") and spec.max_length:
        schema["maxLength"] = spec.max_length
    schema["title"] = spec.label
    if spec.field.help:
        schema["description"] = spec.field.help
    return schema


def _operation(
    summary: str,
    tag: str,
    *,
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    parameters: Iterable[Any] = (),
    multipart: bool = False,
    file: bool = False,
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "成功"}
    if file:
        done["content"] = {"*/*": {"schema": _TYPES["file"]}}
    elif status != 204:
        done["content"] = {"application/json": {"schema": answer or {"type": "object"}}}
    operation: dict[str, Any] = {"summary": summary, "tags": [tag], "responses": {str(status): done, **_REFUSALS}}
    if body is not None:
        kind = "multipart/form-data" if multipart else "application/json"
        operation["requestBody"] = {"content": {kind: {"schema": body}}}
    if parameters := list(parameters):
        operation["parameters"] = parameters
    return operation


def _query(name: str, description: str, schema: Any = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
_PAGES = [_query("page", "页码", {"type": "integer"}), _query("page_size", "每页行数，最多 500", {"type": "integer"})]


def _paths_of(entity: Entity) -> dict[str, Any]:
    base, tag = f"/api/v1/{entity.slug}", entity.title
    ref = {"$ref": f"#/components/schemas/{_read_name(entity)}"}
    view = _query("view", "、".join(f"{view.name} {view.title}" for view in entity.all_views),
                  {"type": "string", "enum": [view.name for view in entity.all_views]})  # fmt: skip
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": ref}, "total": {"type": "integer"}, "page": {"type": "integer"}, "page_size": {"type": "integer"},
        },
    }  # fmt: skip
    options = {option.name: option.label for one in entity.all_views for option in one.options}
    listing = [
        view, _query("q", "快速查找"), *_PAGES,
        _query("sort", "字段名，前面加 - 为降序"), _query("filter", f"数据过滤，JSON；条件：{'、'.join(CONDITIONS)}"),
        *(_query(name, label) for name, label in options.items()),
    ]  # fmt: skip
    if entity.classified:
        listing += [
            _query("mode", "列表方式：level 这一级（有 q 或 filter 时连同下级），all 全部，subtree 连同下级；公开的列表没有分类",
                   {"type": "string", "enum": [*MODES]}),
            _query("node", "所在的分类；不填则在最上级", {"type": "integer"}),
        ]  # fmt: skip
    paths: dict[str, Any] = {
        base: {"get": _operation(f"{tag}列表", tag, answer=page, parameters=listing)},
        f"{base}/{{id}}": {"get": _operation(f"一条{tag}", tag, answer=ref, parameters=[_ID, view])},
        f"{base}/export": {"get": _operation(f"导出{tag}", tag, parameters=listing, file=True)},
    }
    paths |= _list_paths(base, tag, view, [view.name for view in entity.all_views]) | _listing_paths(base, tag, listing)
    record = paths[f"{base}/{{id}}"]
    if entity.form:
        write = {"$ref": f"#/components/schemas/{_write_name(entity)}"}
        if entity.form.create:
            paths[base]["post"] = _operation(
                f"新增{tag}", tag, body=write, answer=ref, status=201, parameters=[view], multipart=_takes_files(entity)
            )
        if entity.form.change:
            partial = {key: value for key, value in _write_schema(entity).items() if key != "required"}
            paths[f"{base}/actions/bulk-edit"] = {"post": _bulk_edit(entity)}
            record["patch"] = _operation(f"修改{tag}", tag, body=partial, answer=ref, parameters=[_ID])
    if entity.delete:
        record["delete"] = _operation(f"删除{tag}", tag, status=204, parameters=[_ID])
        paths[f"{base}/actions/delete"] = {"post": _many(f"批量删除{tag}", tag, {"type": "object", "properties": {}})}
    if entity.timeline:
        paths[f"{base}/{{id}}/timeline"] = {"get": _operation(f"{tag}时间线", tag, parameters=[_ID])}
    if entity.form and entity.form.look_up:
        paths[f"{base}/look_up"] = {"post": _look_up(tag)}
    if entity.form and entity.form.lines:
        paths |= _grid_paths(entity, base, tag)
    for action in entity.actions:
        paths |= _action_paths(base, tag, action)
    for tab in entity.tabs:
        if not tab.kind and not tab.rows:
            continue
        at = f"{base}/{{id}}/{tab.name}"
        searched = [_ID, _query("q", "快速查找"), *_PAGES]
        paths[at] = {**paths.get(at, {}), "get": _operation(f"{tag}的{tab.title}", tag, parameters=searched)}
        if tab.kind and (tab.delete or registry[tab.kind].delete):
            child = {**_ID, "name": "child_id"}
            paths[f"{base}/{{id}}/{tab.name}/{{child_id}}"] = {
                "delete": _operation(f"删除{tag}的{tab.title}", tag, status=204, parameters=[_ID, child])
            }
            many = _many(f"批量删除{tag}的{tab.title}", tag, {"type": "object", "properties": {}})
            paths[f"{base}/{{id}}/{tab.name}/actions/delete"] = {"post": {**many, "parameters": [_ID]}}
    return paths


def _listing_paths(base: str, tag: str, listing: list[dict[str, Any]]) -> dict[str, Any]:
    """What is asked of a whole list: its sums, where the next match is (LST-05, LST-17)."""
    whole, flag = {"type": "integer"}, {"type": "boolean"}
    sums = {"type": "object", "properties": {"sums": {"type": "object"}, "total": whole}}
    found = {
        "type": "object",
        "required": ["found"],
        "properties": {"found": flag, "id": whole, "page": whole, "wrapped": flag, "message": {"type": "string"}},
    }
    finding = [
        _query("column", "在哪一列里找"), _query("value", "找什么"), _query("after", "从这条记录之后找；不填则从 page 开始", whole)
    ]  # fmt: skip
    return {
        f"{base}/sums": {"get": _operation(f"{tag}合计", tag, answer=sums, parameters=listing)},
        f"{base}/find": {"get": _operation(f"查找下一条{tag}", tag, answer=found, parameters=[*listing, *finding])},
    }


def _list_paths(base: str, tag: str, view: dict[str, Any], views: list[str]) -> dict[str, Any]:
    """How a list stands on a person's screen (LST-07)."""
    text, whole = {"type": "string"}, {"type": "integer"}
    column = {"type": "object", "properties": {"name": text, "label": text, "width": whole}}
    several = {"type": "array", "items": column}
    layout = {
        "type": "object",
        "properties": {
            "view": text, "columns": several, "hidden": several, "locked": whole, "page_size": whole, "own": {"type": "boolean"},
            "mode": {"type": "string", "enum": [*MODES]}, "tree": {"type": "boolean"},
            "default": {"type": "object"},
        },
    }  # fmt: skip
    flag = {"type": ["boolean", "string"]}
    sent = {
        "type": "object",
        "properties": {
            "view": {"type": "string", "enum": views}, "columns": several, "locked": {"type": ["integer", "string"]},
            "page_size": {"type": ["integer", "string"], "description": "20、50 或 100"}, "reset": flag,
            "mode": {"type": "string", "enum": [*MODES], "description": "列表方式，只用于有分类的记录"},
            "tree": {**flag, "description": "列表旁显示分类结构"},
            "everybody": {**flag, "description": "设为所有人的默认；需要权限“列表默认格式设置”"},
            "sort": {**text, "description": "默认排序，只随 everybody"},
            "filter": {"type": ["object", "string", "null"], "description": "默认过滤，只随 everybody"},
        },
    }  # fmt: skip
    ids = {"type": "array", "items": whole}
    asked = {"type": ["object", "string", "null"], "description": "与列表的 filter 相同"}
    saved = {
        "type": "object",
        "properties": {
            "id": whole, "name": text, "filter": asked, "why": text, "owner": text, "mine": {"type": "boolean"},
            "everybody": {"type": "boolean"}, "colleagues": ids,
        },
    }  # fmt: skip
    saving = {
        "type": "object",
        "required": ["name", "filter"],
        "properties": {
            "view": {"type": "string", "enum": views}, "name": {**text, "maxLength": 40}, "filter": asked, "everybody": flag,
            "colleagues": {**ids, "description": "共享给这些职员"}, "overwrite": {**flag, "description": "覆盖自己同名的一组"},
        },
    }  # fmt: skip
    return {
        f"{base}/filters": {
            "get": _operation(
                f"{tag}保存的过滤条件", tag, parameters=[view],
                answer={"type": "object", "properties": {"items": {"type": "array", "items": saved}}},
            ),
            "post": _operation(f"保存{tag}的过滤条件", tag, body=saving, answer=saved, status=201),
        },
        f"{base}/filters/{{id}}": {"delete": _operation(f"删除{tag}的过滤条件", tag, status=204, parameters=[_ID])},
        f"{base}/layout": {
            "get": _operation(f"{tag}列表的格式", tag, answer=layout, parameters=[view]),
            "post": _operation(f"保存{tag}列表的格式", tag, body=sent, answer=layout),
        },
    }  # fmt: skip


def _look_up(tag: str) -> dict[str, Any]:
    """Whether a record of a name is there (CUS-04)."""
    text = {"type": "string"}
    typing = {"type": "boolean", "description": "录入名称时的查重，而不是搜索"}
    body = {"type": "object", "required": ["text"], "properties": {
        "text": text, "typing": typing, "except_id": {"type": ["integer", "null"], "description": "正在修改的那一条"},
    }}  # fmt: skip
    items = {"type": "array", "items": {"type": "object"}}
    answer = {"type": "object", "properties": {"items": items, "more": {"type": "boolean"}}}
    return _operation(f"按名称查询{tag}，不分负责人；有次数限制并记入日志", tag, body=body, answer=answer)


def _grid_paths(entity: Entity, base: str, tag: str) -> dict[str, Any]:
    """What a form's rows mean before they are saved (FRM-04)."""
    text = {"type": "string"}
    names = [lines.name for lines in entity.form.lines]
    worked = {"type": "object", "properties": {
        "rows": {"type": "array", "items": {"type": "object"}},
        "totals": {"type": "array", "items": {"type": "object", "properties": {"label": text, "value": text}}},
        "errors": {"type": "object"},
    }}  # fmt: skip
    write = {key: value for key, value in _write_schema(entity).items() if key != "required"}
    block = {"type": "object", "required": ["lines", "text"], "properties": {
        "lines": {**text, "enum": names}, "first": {**text, "description": "从哪个字段开始；第一行是表头时不用"},
        "text": {**text, "description": "制表符分列、换行分行的文字"},
    }}  # fmt: skip
    cell = {"type": ["object", "null"], "properties": {"value": {}, "text": text, "error": text}}
    read = {"type": "object", "properties": {
        "fields": {"type": "array", "items": {"type": ["string", "null"]}},
        "rows": {"type": "array", "items": {"type": "array", "items": cell}}, "left_out": {"type": "integer"},
    }}  # fmt: skip
    answer = {"type": "object", "additionalProperties": worked}
    return {
        f"{base}/preview": {"post": _operation(f"{tag}保存前的金额和合计", tag, body=write, answer=answer,
                                               parameters=[_query("id", "修改的是哪一条", {"type": "integer"})])},
        f"{base}/paste": {"post": _operation(f"表格里粘贴的内容在{tag}中是什么", tag, body=block, answer=read)},
    }  # fmt: skip


def _bulk_edit(entity: Entity) -> dict[str, Any]:
    """Setting fields of many records (LST-15)."""
    tag, specs = entity.title, [spec for spec in form_specs(entity) if spec.field.bulk]
    values = {key: value for key, value in _object(specs).items() if key != "required"}
    body = {
        "type": "object", "required": ["values"],
        "properties": {"values": values, "preview": {"type": "boolean", "description": "true 只说明会怎样，不修改"}},
    }  # fmt: skip
    return _many(f"批量修改{tag}", tag, body)


def _bulk_edit_paths() -> dict[str, Any]:
    base, tag = "/api/v1/bulk-edits", "批量修改"
    return {
        base: {"get": _operation("我的批量修改", tag, parameters=_PAGES)},
        f"{base}/{{id}}": {"get": _operation("一次批量修改：状态、进度、逐条的结论", tag, parameters=[_ID])},
        f"{base}/{{id}}/undo": {"post": _operation("撤销批量修改", tag, parameters=[_ID])},
    }


def _action_paths(base: str, tag: str, action: Action) -> dict[str, Any]:
    """A deed on one and on many records. Where it takes files along, a form (multipart/form-data) is sent instead of JSON."""
    specs = action_specs(action)
    plain = _object(spec for spec in specs if spec.kind != "file")
    one = _operation(f"{action.label}{tag}", tag, body=plain, parameters=[_ID])
    many = _many(f"批量{action.label}{tag}", tag, plain)
    if any(spec.kind == "file" for spec in specs):
        form, ids = _object(specs), {"type": "string", "description": "编号，用逗号分开"}
        _or_form(one, form)
        _or_form(many, {**form, "properties": {"ids": ids, **form["properties"]}})
    return {f"{base}/{{id}}/{action.verb}": {"post": one}, f"{base}/actions/{action.verb}": {"post": many}}


def _or_form(operation: dict[str, Any], schema: dict[str, Any]) -> None:
    operation["description"] = "带文件时以 multipart/form-data 发送。"
    operation["requestBody"]["content"]["multipart/form-data"] = {"schema": schema}


def _many(summary: str, tag: str, fields: dict[str, Any]) -> dict[str, Any]:
    body = {
        **fields,
        "properties": {
            "ids": {"type": "array", "items": {"type": "integer"}},
            "all": {"type": "boolean", "description": "true 表示 query 查到的全部"},
            "query": {"type": "object", "description": "与列表相同的参数"},
            **fields["properties"],
        },
    }
    result = {"type": "object", "required": ["id", "ok"], "properties": {
        "id": {"type": "integer"}, "ok": {"type": "boolean"}, "code": {"type": "string"}, "message": {"type": "string"}}}  # fmt: skip
    answer = {"type": "object", "properties": {"results": {"type": "array", "items": result}}}
    return _operation(summary, tag, body=body, answer=answer)


def _page_paths(page: Page) -> dict[str, Any]:
    paths = {"get": _operation(page.title, page.title)}
    if page.save:
        accepted = {"properties": dict(page.accepts())} if page.accepts else {}
        paths["post"] = _operation(f"保存{page.title}", page.title, body={"type": "object", **accepted})
    return paths


def _takes_files(entity: Entity) -> bool:
    return any(spec.kind == "file" for spec in form_specs(entity))


def _import_paths() -> dict[str, Any]:
    """Imports have doors of their own (IMP-02, IMP-03)."""
    base, tag, text, flag = "/api/v1/imports", "导入", {"type": "string"}, {"type": ["boolean", "string"]}
    options = {
        "into": {**text, "description": "pool、mine、column 或登录名"}, "add": flag, "update": flag, "key": text,
        "similar": {"type": "string", "enum": ["accept", "refuse"]},
        "map": {"type": ["object", "string"], "description": "表头 → 字段；一行里的第 2 条明细写作 contacts2.name，依此类推"},
        "sheet": {**text, "description": "读取哪个工作表，不给则第一个有表头的"},
    }  # fmt: skip
    sent = {"kind": text, "file": _TYPES["file"], **options}
    verdicts = [_ID, *_PAGES, _query("verdict", "只要这种结论的行")]
    upload = {"type": "object", "properties": sent, "required": ["kind", "file"]}
    return {
        base: {
            "get": _operation("我的导入", tag, parameters=_PAGES),
            "post": _operation("上传文件，逐行给出结论", tag, body=upload, status=201, multipart=True),
        },
        f"{base}/{{id}}": {"get": _operation("一次导入：状态、进度、逐行的结论", tag, parameters=verdicts)},
        f"{base}/{{id}}/plan": {
            "post": _operation(
                "改列的对应关系和选项，重新判断", tag, body={"type": "object", "properties": options}, parameters=[_ID]
            )
        },
        f"{base}/{{id}}/commit": {"post": _operation("开始导入", tag, parameters=[_ID])},
        f"{base}/{{id}}/undo": {"post": _operation("撤销导入", tag, parameters=[_ID])},
        f"{base}/{{id}}/rejected": {"get": _operation("未导入的行，Excel 文件", tag, parameters=[_ID], file=True)},
        f"{base}/{{id}}/hand-out": {"post": _operation("要分发的表，例如新职员的一次性密码", tag, parameters=[_ID])},
        f"{base}/template/{{kind}}": {
            "get": _operation(
                "导入模板，Excel 文件",
                tag,
                file=True,
                parameters=[{"name": "kind", "in": "path", "required": True, "schema": text}],
            )
        },
    }
