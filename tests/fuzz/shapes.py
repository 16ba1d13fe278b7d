"""Values for a JSON schema, right ones and wrong ones, and whether an answer is as its schema says. Only what our description uses."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

NASTY: list[Any] = [
    "", " ", "0", "-1", "9" * 30, "1e309", "NaN", "真", "\x00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "a" * 5000, "%", "_",
    "'", '"', "\\", "</script><script>alert(1)</script>", "=1+1", "../../etc/passwd", "2026-02-30", "2026-13-01T99:99:99Z", "0000-00-00",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-12:00", "ＡＢＣ１２３", "\u202e反", "{}", "[]", "null", "true", "-0", "1_000", "٣", "½",
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, 1e300, [], {}, [None], [[]], [{}], {"a": 1}, [1, 1],
    ["x"] * 50, {"": ""}, {"id": None}, list(range(2000)),
]  # fmt: skip


def value_of(schema: Mapping[str, Any], chance: random.Random, known: Mapping[str, list[int]], wild: float) -> Any:
    """A value of the schema; with the probability `wild` something else."""
    if chance.random() < wild:
        return chance.choice(NASTY)
    if "enum" in schema:
        return chance.choice(list(schema["enum"]))
    kinds = schema.get("type", "string")
    kind = chance.choice(kinds) if isinstance(kinds, list) else kinds
    if kind == "object":
        names = list(schema.get("properties", {}))
        needed = set(schema.get("required", ()))
        chosen = [name for name in names if name in needed or chance.random() < 0.5]
        return {name: value_of(schema["properties"][name], chance, known, wild) for name in chosen}
    if kind == "array":
        inner = schema.get("items", {"type": "integer"})
        return [value_of(inner, chance, known, wild) for _ in range(chance.choice([0, 1, 1, 2, 5]))]
    if kind == "integer":
        ids = known.get("", [])
        return chance.choice([0, 1, 2, 50, *chance.sample(ids, min(5, len(ids)))])
    if kind == "number":
        return chance.choice([0, 1, 1.5, -2.25, 1e9])
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "null":
        return None
    form = schema.get("format", "")
    texts = {
        "date": ["2026-03-05", "1900-01-01"],
        "date-time": ["2026-03-05T10:00:00+08:00", "2026-03-05T02:00:00Z"],
        "decimal": ["0", "12.50"],
    }
    return chance.choice(
        texts.get(
            form, ["科技", "云图", "13900001111", "a@example.com", "name", "-created_at", "1", "mine", "pool", ""]
        )
    )


def wrong_in(
    value: Any, schema: Mapping[str, Any], document: Mapping[str, Any], where: str = "answer"
) -> Iterator[str]:
    """What is not as the schema says, one sentence each."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type")
    if kinds and not any(_is(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])):
        yield f"{where}: {value!r:.60} is no {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r:.60} is none of {schema['enum']}"
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}: {name} is missing"
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from wrong_in(value[name], inner, document, f"{where}.{name}")
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                yield from wrong_in(value[name], more, document, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from wrong_in(item, schema["items"], document, f"{where}[]")


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool, "null": type(None), "array": list, "object": dict}[kind])
