"""What the line grid of a form asks while it is filled in: sums that follow at once, blocks pasted from a spreadsheet (FRM-04)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from kemai.kit import doors, grids, shell
from kemai.kit.errors import NotFound
from kemai.kit.inputs import raw_lines, raw_of


def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/preview: what follows from the form as it stands, by the row numbers of the page. `id` in the address: of that record."""
    entity, by = shell.entity_or_404(slug), request.employee
    grids.may_fill(entity, by)
    raw: dict[str, Any] = raw_of(doors.form_specs(entity), request.POST, {})
    numbers: dict[str, list[str]] = {}
    for lines in entity.form.lines:
        rows = raw_lines(doors.line_specs(entity, lines), request.POST, {}, lines.name)
        if rows is not None:
            raw[lines.name], numbers[lines.name] = list(rows.values()), list(rows)
    answer = {}
    for name, found in grids.preview(entity, by, raw, "page", record_id(request.GET.get("id", ""))).items():
        at = numbers[name]
        answer[name] = {
            "rows": {
                at[place]: {column: cell.text for column, cell in row.items()} for place, row in enumerate(found.rows)
            },
            "totals": found.totals_text(),
            "errors": {_on_page(path, at): sentences[0] for path, sentences in found.errors.items()},
        }
    return JsonResponse(answer)


def _on_page(path: str, numbers: list[str]) -> str:
    """`lines.0.price` as the page names it: `lines-4-price`."""
    name, place, field = path.split(".")
    return f"{name}-{numbers[int(place)]}-{field}"


def record_id(text: str) -> int | None:
    """The id in an address; None where there is none. Raises NotFound."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return int(text)


def paste(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/paste: what a block from a spreadsheet means, cell by cell; one request, whatever its size."""
    entity, post = shell.entity_or_404(slug), request.POST
    block = grids.read_block(
        entity, request.employee, post.get("lines", ""), post.get("first", ""), post.get("text", ""), "page"
    )
    return JsonResponse(block.as_json())
