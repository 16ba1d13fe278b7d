"""The API is asked everything that its own description offers, with right and wrong values: never a 5xx, every answer as described (SEC-06)."""

import json
import os
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from kemai.customers.tests.factories import contact, customer
from kemai.kit import api
from kemai.kit.entity import registry
from kemai.kit.openapi import describe
from kemai.people.tests.factories import program, team
from tests.doors.world import undone
from tests.fuzz.shapes import NASTY, value_of, wrong_in

SOAK = bool(os.environ.get("KEMAI_SOAK"))
SEEDS = range(40) if SOAK else range(1)
CALLS = 40 if SOAK else 4  # of every operation, for each seed
PATHS = ["abc", "0", "-1", str(2**63), "99999999", "1.5", "%00", "..", "%F0%9F%98%80", "a" * 300]

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SEC-06"), pytest.mark.slow]


@pytest.fixture
def ground(settings, tmp_path, monkeypatch) -> dict[str, Any]:
    """Two people and some records."""
    settings.MEDIA_ROOT, settings.DATA_DIR = tmp_path / "files", tmp_path
    settings.MEDIA_ROOT.mkdir()
    monkeypatch.setattr(api, "_limited", lambda request: None)
    crew = team()
    for number in range(3):
        contact(f"云图{number}", customer(f"模糊测试第{number}号科技有限公司", crew.lin))
        customer(f"客户池第{number}号贸易有限公司")
    clients = [program(crew.admin), program(crew.lin)]
    for client in clients:
        client.raise_request_exception = False
    return {"clients": clients, "document": describe()}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "patch", "delete", "put"):
                yield path, method, operation


@pytest.mark.parametrize("seed", SEEDS)
def test_no_call_fails_and_every_answer_is_as_described(ground, seed):
    chance = random.Random(seed)  # noqa: S311
    document = ground["document"]
    ids = {
        entity.slug: list(entity.model._base_manager.values_list("pk", flat=True)[:20]) for entity in registry.values()
    }
    wrong: list[str] = []
    calls = refused = 0
    for path, method, operation in operations(document):
        for _ in range(CALLS):
            client = chance.choice(ground["clients"])
            wild = chance.choice([0.0, 0.05, 0.3, 0.9])
            known = {"": ids.get(path.split("/")[3], [])}
            address = _address(path, operation, chance, known, wild)
            sent = _body(operation, document, chance, known, wild)
            with undone():
                answer = client.generic(method.upper(), address, sent, content_type="application/json")
                calls += 1
                refused += answer.status_code >= 400
                wrong += [
                    f"{method.upper()} {address[:200]} {sent[:300]}: {one}"
                    for one in _wrong(answer, operation, document)
                ]
    assert not wrong, "\n".join(wrong[:40])
    assert calls > 500
    assert refused < calls  # some came through


def _address(
    path: str, operation: dict[str, Any], chance: random.Random, known: dict[str, list[int]], wild: float
) -> str:
    query = {}
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            right = chance.choice([str(pk) for pk in known[""]] or ["1"])
            path = path.replace(f"{{{one['name']}}}", right if chance.random() > wild else chance.choice(PATHS))
        elif chance.random() < 0.4:
            value = value_of(one["schema"], chance, known, wild)
            query[one["name"]] = value if isinstance(value, str) else json.dumps(value)
    if chance.random() < wild / 2:
        query[str(chance.choice(NASTY))[:50] or "x"] = str(chance.choice(NASTY))[:500]
    return path + (f"?{urlencode(query, errors='replace', quote_via=quote)}" if query else "")


def _body(
    operation: dict[str, Any], document: dict[str, Any], chance: random.Random, known: dict[str, list[int]], wild: float
) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return ""
    schema = next(iter(content.values()))["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if chance.random() < wild / 6:
        return chance.choice(["{", "[1]", "null", "\x00", '{"a":', "NaN", "1" * 50, '{"a": 1e999}', "[" * 2000])
    return json.dumps(
        value_of({"type": "object", **schema}, chance, known, wild if chance.random() < 0.3 else wild / 4)
    )


def _wrong(answer: Any, operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    status = str(answer.status_code)
    if answer.status_code >= 500:
        yield f"{status} {getattr(answer, 'content', b'').decode()[:200]}"
        return
    described = operation["responses"].get(status)
    if described is None:
        yield f"{status} is not described"
        return
    content = described.get("content", {})
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    if is_json != ("application/json" in content):
        yield f"{status} with {answer.headers.get('Content-Type')}, described as {[*content]}"
    elif is_json:
        yield from wrong_in(json.loads(answer.content), content["application/json"]["schema"], document)
