"""Files come in and go out: the only doors that carry bytes."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse  # noqa: TID251  only here do bytes go out
from django.http.response import HttpResponseBase  # noqa: TID251
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from kemai.files import queries, services
from kemai.files.content import PICTURES, SHOWN_INLINE, SOUNDS, UNKNOWN
from kemai.files.models import Attachment
from kemai.kit import api, doors, shell
from kemai.kit.access import require
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Forbidden, Invalid, Malformed, NotFound
from kemai.kit.values import read_all
from kemai.office import backups
from kemai.office.queries import setting

SLUG = "attachments"
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
AT_ONCE = 50  # files of one upload
# What an uploaded file may do when it is opened by itself: nothing. A browser's own viewer of PDF does not run in a sandbox.
LOCKED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
VIEWER = "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_GET
def file(request: HttpRequest, pk: int) -> FileResponse:
    """GET /files/{id}: the file itself, for who may see its record. Pictures and PDF are shown, everything else is saved."""
    return _send(request, pk)


def _send(request: HttpRequest, pk: int) -> FileResponse:
    require(request.employee, "attachment.view")
    attachment = _found(request, pk)
    try:
        stored = services.path_of(attachment).open("rb")
    except OSError:
        raise NotFound("这个文件的内容已不在服务器上，请联系系统管理员从备份恢复。") from None
    harmless = attachment.content_type in SHOWN_INLINE | SOUNDS
    inline = harmless and "download" not in request.GET
    # What is not shown goes out without a type that a browser would act upon.
    content_type = attachment.content_type if harmless else UNKNOWN
    wanted = RANGE.fullmatch(request.headers.get("Range", "")) if attachment.content_type in SOUNDS else None
    response = _part(stored, wanted, content_type) if wanted else FileResponse(stored, content_type=content_type)
    response["Content-Disposition"] = str(content_disposition_header(not inline, attachment.name))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = VIEWER if content_type == "application/pdf" and inline else LOCKED
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _part(stored: Any, wanted: re.Match[str], content_type: str) -> FileResponse:
    """The part of a sound that a player asks for; some play nothing that they cannot have in parts."""
    whole = stored.read()
    stored.close()
    start = int(wanted[1])
    end = min(int(wanted[2] or len(whole)), len(whole) - 1)
    if start > end:
        raise Malformed("bad_range", "请求的部分不在这个文件里。", status=416)
    response = FileResponse(BytesIO(whole[start : end + 1]), content_type=content_type, status=206)
    response["Content-Range"] = f"bytes {start}-{end}/{len(whole)}"
    response["Accept-Ranges"] = "bytes"
    return response


def _found(request: HttpRequest, pk: int) -> Attachment:
    return cast(Attachment, doors.find(registry["attachment"], request.employee, pk))


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /attachments/{id}/show: a picture or PDF over the page from which it was opened."""
    require(request.employee, "attachment.view")
    attachment = _found(request, pk)
    url = queries.url_of(pk)
    if attachment.content_type not in SHOWN_INLINE or not shell.is_part(request):
        return shell.go(request, url)
    before, after, place, total = queries.neighbours(attachment, request.employee)
    context = {
        "file": attachment, "url": url, "is_picture": attachment.content_type in PICTURES, "before": before, "after": after,
        "place": place, "total": total,
    }  # fmt: skip
    return shell.show(request, "files/show.html", context)


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """POST /attachments/upload: one or many files of the tab 「附件」, each for itself; says which were not taken and why (FRM-06)."""
    by = request.employee
    require(by, "attachment.add")
    values = _read(by, request.POST, "page")
    record = queries.holder_of(values["kind"], values["record"], by)
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid({"file": ["请选择要上传的文件。"]})
    if len(files) > AT_ONCE:
        raise Invalid({"file": [f"一次最多上传 {AT_ONCE} 个文件。"]})
    taken, refused = 0, []
    for one in files:
        try:
            _add(by, values, one, "page")
            taken += 1
        except Forbidden:
            raise
        except DomainError as error:
            refused.append(error.message)
    return _after_upload(request, values["kind"], record, taken, refused)


def _after_upload(request: HttpRequest, kind: str, record: Any, taken: int, refused: list[str]) -> HttpResponse:
    entity = registry[kind]
    if "application/json" in request.headers.get(
        "Accept", ""
    ):  # the tab sends file by file and reads itself anew at the end
        return JsonResponse({"taken": taken, "refused": refused}, json_dumps_params={"ensure_ascii": False})
    said = f"已上传 {taken} 个文件。" if taken else ""
    if not shell.is_part(request):
        back = shell.local_path(request, f"/{entity.slug}/{record.pk}?tab={SLUG}")
        return shell.go(request, back, " ".join([said, *refused]).strip())
    context = {
        "entity": entity, "record": record, "pk": record.pk, "tab": entity.tab(SLUG), "refused": refused,
        "rows": queries.file_rows(record, request.employee), "back": f"/{entity.slug}/{record.pk}?tab={SLUG}", "alone": True,
        "most": setting("attachment_max_mb"), "here": f"/{entity.slug}/{record.pk}/tabs/{SLUG}",
    }  # fmt: skip
    response = shell.show(request, entity.tab(SLUG).template, context)
    return shell.tell(response, toast=said) if said else response


def collection(request: HttpRequest) -> HttpResponseBase:
    """POST /api/v1/attachments (multipart: kind, record, purpose, file); a list by GET is like every other kind's."""
    if request.method != "POST":
        return api.collection(request, SLUG)
    api.admit(request, SLUG)
    by = request.employee
    require(by, "attachment.add")
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise Malformed("not_multipart", "请以 multipart/form-data 上传：kind、record、purpose 和 file。")
    values = _read(by, request.POST, "api")
    files = request.FILES.getlist("file")
    if len(files) != 1:
        raise Invalid({"file": ["请在 file 中上传一个文件。"]})
    attachment = _add(by, values, files[0], "api")
    seen = doors.see(registry["attachment"], by, attachment.pk)
    return JsonResponse(doors.record_json(seen), status=201, json_dumps_params={"ensure_ascii": False})


def content(request: HttpRequest, pk: int) -> FileResponse:
    """GET /api/v1/attachments/{id}/content: the bytes, for programs."""
    api.admit(request, SLUG)
    if request.method not in ("GET", "HEAD"):
        raise DomainError("method_not_allowed", "这个地址不支持这种请求方法。", status=405)
    return _send(request, pk)


@require_GET
def backup(request: HttpRequest, name: str) -> FileResponse:
    """GET /backups/{name}: a whole backup, for who has the right of its own; taking it is logged (SYS-15)."""
    return _send_backup(request, name, "page")


def backup_content(request: HttpRequest, name: str) -> FileResponse:
    """GET /api/v1/backups/{name}: the same for programs."""
    api.admit(request, "backups")
    if request.method not in ("GET", "HEAD"):
        raise DomainError("method_not_allowed", "这个地址不支持这种请求方法。", status=405)
    return _send_backup(request, name, "api")


def _send_backup(request: HttpRequest, name: str, door: str) -> FileResponse:
    with doors.through(door):
        path = backups.to_download(name, request.employee)
    response = FileResponse(path.open("rb"), content_type="application/zip", as_attachment=True, filename=path.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED
    response["Cache-Control"] = "private, no-store"
    return response


def _read(by: Any, sent: Mapping[str, Any], door: str) -> dict[str, Any]:
    """Which record the files are for."""
    specs = [spec for spec in doors.form_specs(registry["attachment"]) if spec.kind != "file"]
    return read_all(specs, sent, by, door)


def _add(by: Any, values: dict[str, Any], one: UploadedFile, door: str) -> Attachment:
    with doors.through(door):
        return services.attachment_add({**values, "file": one}, by=by)
