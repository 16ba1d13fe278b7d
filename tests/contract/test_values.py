"""Every field of every form and deed: what it cannot take is refused in Chinese, and nothing is changed."""

import pytest

from kemai.kit import doors
from kemai.kit.testing import EMOJI, is_chinese, snapshot, wrong_values
from kemai.people.tests.factories import again
from tests.contract.conftest import Case, send, typed
from tests.contract.test_doors import only

makes = only(lambda entity: bool(entity.form and entity.form.create and typed(entity)))
changes = only(lambda entity: bool(entity.form and entity.form.change))
versioned = only(lambda entity: bool(entity.form and entity.form.change and hasattr(entity.model, "version")))


def refused(answer, name=""):
    """The form of a refusal: its code, a Chinese sentence, and the field that is wrong."""
    body = answer.json()
    assert set(body) >= {"code", "message", "fields"}
    assert is_chinese(body["message"]), body
    assert all(is_chinese(sentence) for sentences in body["fields"].values() for sentence in sentences), body
    if name:
        assert name in body["fields"], body
    return True


@pytest.mark.spec("API-03", "FRM-01")
@makes
def test_a_new_record_takes_no_wrong_value(case: Case, page):
    case.make()
    before = snapshot(case.entity)
    for spec in [*doors.form_specs(case.entity), *doors.option_specs(case.entity)]:
        for value in wrong_values(spec):
            answer = send(page, "POST", case.api, {spec.name: value})
            assert answer.status_code == 422, (spec.name, str(value)[:60])
            assert refused(answer, spec.name)
    assert snapshot(case.entity) == before


@only(lambda entity: bool(entity.form) and not typed(entity))
def test_a_file_does_not_come_as_json(case: Case, page):
    answer = send(page, "POST", case.api, {spec.name: "x" for spec in doors.form_specs(case.entity)})
    assert answer.status_code == 400
    assert refused(answer)


@pytest.mark.spec("API-03", "FRM-01")
@changes
def test_a_record_takes_no_wrong_value(case: Case, page):
    record = case.make()
    before = snapshot(case.entity)
    for spec in [*doors.form_specs(case.entity), *doors.option_specs(case.entity)]:
        for value in wrong_values(spec):
            answer = send(page, "PATCH", f"{case.api}/{record.pk}", {spec.name: value})
            assert answer.status_code == 422, (spec.name, str(value)[:60])
            assert refused(answer, spec.name)
    for value in ("x", [], {}, True, 1.5, float("inf"), "1.0"):
        answer = send(page, "PATCH", f"{case.api}/{record.pk}", {"version": value})
        assert answer.status_code == 422, value
        assert refused(answer, "version")
    assert snapshot(case.entity) == before


@pytest.mark.spec("API-03")
@only(lambda entity: bool(entity.form and entity.form.lines))
def test_rows_inside_a_record_take_no_wrong_value(case: Case, page):
    record = case.make()
    before = snapshot(case.entity)
    for lines in case.entity.form.lines:
        for spec in doors.line_specs(case.entity, lines):
            for value in wrong_values(spec):
                answer = send(page, "PATCH", f"{case.api}/{record.pk}", {lines.name: [{spec.name: value}]})
                assert answer.status_code == 422, (spec.name, str(value)[:60])
                assert refused(answer, f"{lines.name}.0.{spec.name}")
        for value in (1, "x", True, {"a": 1}, [1], ["x"], [[]], [None], [{}] * 1001):
            answer = send(page, "PATCH", f"{case.api}/{record.pk}", {lines.name: value})
            assert answer.status_code == 422, str(value)[:60]
            assert refused(answer)
        for value in (-1, "x", [1], True, 1.5, 2**70):
            answer = send(page, "PATCH", f"{case.api}/{record.pk}", {lines.name: [{"id": value}]})
            assert answer.status_code == 422, value
            assert refused(answer, f"{lines.name}.0.id")
    assert snapshot(case.entity) == before


@pytest.mark.spec("API-03")
def test_a_deed_takes_no_wrong_value(case: Case, page, verb):
    action = case.entity.action(verb)
    if not action.fields:
        pytest.skip("this deed asks for nothing")
    record = case.make()
    before = snapshot(case.entity)
    for spec in doors.action_specs(action):
        for value in wrong_values(spec):
            answer = send(page, "POST", f"{case.api}/{record.pk}/{verb}", {spec.name: value})
            assert answer.status_code == 422, (spec.name, str(value)[:60])
            assert refused(answer, spec.name)
            answer = send(page, "POST", f"{case.api}/actions/{verb}", {"ids": [record.pk], spec.name: value})
            assert answer.status_code == 422, (spec.name, str(value)[:60])
    assert snapshot(case.entity) == before


@pytest.mark.spec("API-03")
def test_a_deed_refuses_a_field_that_it_does_not_know(case: Case, page, verb):
    record = case.make()
    before = snapshot(case.entity)
    answer = send(page, "POST", f"{case.api}/{record.pk}/{verb}", {"no_such_field": 1})
    assert answer.status_code == 422
    assert refused(answer, "no_such_field")
    assert snapshot(case.entity) == before


@pytest.mark.spec("API-03")
@makes
def test_a_field_that_does_not_exist_is_named(case: Case, page):
    case.make()
    before = snapshot(case.entity)
    for name in ("no_such_field", "password", "created_by_id", "__class__", "字段", EMOJI):
        answer = send(page, "POST", case.api, {name: "x"})
        assert answer.status_code == 422, name
        assert refused(answer, name)
    assert snapshot(case.entity) == before


@pytest.mark.spec("API-03")
@changes
def test_what_the_system_keeps_cannot_be_written(case: Case, page):
    record = case.make()
    before = snapshot(case.entity)
    writable = {spec.name for spec in [*doors.form_specs(case.entity), *doors.option_specs(case.entity)]} | {"version"}
    for column in case.entity.columns:
        if column.name not in writable:
            answer = send(page, "PATCH", f"{case.api}/{record.pk}", {column.name: 1})
            assert answer.status_code == 422, column.name
            assert refused(answer, column.name)
    answer = send(page, "PATCH", f"{case.api}/{record.pk}", {"no_such_field": "x"})
    assert refused(answer, "no_such_field")
    assert snapshot(case.entity) == before


def plain(text):
    return "".join(text.split()).upper()


@pytest.mark.spec("API-03")
@changes
def test_any_sign_that_people_write_comes_back_as_it_was(case: Case, page):
    record = case.make()
    for spec in doors.form_specs(case.entity):
        if spec.kind not in ("text", "long"):
            continue
        for text in (f"名{EMOJI}"[: spec.max_length or 40], '<b>粗</b> & "引"', "𠮷野家", "=1+1", "a\u0000b\ud800c"):
            answer = send(page, "PATCH", f"{case.api}/{record.pk}", {spec.name: text})
            assert answer.status_code in (200, 422), (spec.name, text)
            if answer.status_code == 422:
                assert refused(answer)
            elif text.isprintable():  # a tax number is stored in capitals without blanks
                assert plain(answer.json().get(spec.name, text)) == plain(text)
        html = page.get(f"{case.base}/{record.pk}").content.decode()
        assert "<b>粗</b>" not in html


@pytest.mark.spec("FRM-02")
@versioned
def test_of_two_who_edit_one_record_the_second_is_told(case: Case, page):
    record = again(case.make())
    case.entity.model.objects.filter(pk=record.pk).update(version=record.version + 1)
    before = snapshot(case.entity)
    spec = next(spec for spec in doors.form_specs(case.entity) if spec.kind in ("text", "long"))
    answer = send(page, "PATCH", f"{case.api}/{record.pk}", {spec.name: "另一个", "version": record.version})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
    assert answer.json()["version"] == record.version + 1
    sent = {spec.name: "另一个", "version": str(record.version)}
    for form in doors.form_specs(case.entity):
        if form.name != spec.name and form.required:
            value = getattr(record, form.model_field.attname)
            sent[form.name] = "" if value is None else str(value)
    assert page.post(f"{case.base}/{record.pk}", sent).status_code == 409
    assert snapshot(case.entity) == before


@pytest.mark.spec("FRM-02")
@versioned
def test_saving_raises_the_version_and_saving_the_same_does_not(case: Case, page):
    record = again(case.make())
    present = page.get(f"{case.api}/{record.pk}").json()
    spec = next(spec for spec in doors.form_specs(case.entity) if spec.kind in ("text", "long"))
    same = send(
        page, "PATCH", f"{case.api}/{record.pk}", {spec.name: present[spec.name], "version": present["version"]}
    )
    assert same.status_code == 200, same.json()
    assert again(record).version == record.version
    changed = send(page, "PATCH", f"{case.api}/{record.pk}", {spec.name: "另一个", "version": present["version"]})
    assert changed.status_code == 200, changed.json()
    assert again(record).version == record.version + 1
