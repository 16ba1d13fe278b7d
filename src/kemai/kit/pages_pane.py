"""The 「明细栏」: a record's tabs below or beside the list, through the same doors as its page (LST-18)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from kemai.kit import doors, pages_record, shell
from kemai.kit.entity import CHANGES, Tab

FIELDS = Tab("fields", "资料")
PUBLIC = Tab("public", "公开信息")


def pane(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET /{slug}/{id}/pane: head and tabs of a record with the wanted tab open; in a public view its public fields alone."""
    entity, by = shell.entity_or_404(slug), request.employee
    view_name = request.GET.get("view", "")
    seen = doors.see(entity, by, pk, view_name)
    context: dict[str, Any] = {
        "entity": entity, "pk": pk, "title": pages_record.title_of(seen), "states": pages_record.states_of(seen), "figures": (),
        "href": shell.address(f"/{slug}/{pk}", view=view_name), "content": "",
    }  # fmt: skip
    tabs = pages_record.tabs_for(entity, by)
    if seen.record is None:
        context |= {"heads": [pages_record.TabHead(PUBLIC, None)], "groups": pages_record.public_groups(seen)}
    elif any(tab.name != CHANGES for tab in tabs):
        heads = pages_record.tab_heads(tabs, seen.record, by)
        opened = next((tab for tab in tabs if tab.name == request.GET.get("tab")), tabs[0])
        context |= {
            "heads": heads,
            "figures": entity.figures(seen.record, by) if entity.figures else (),
            "content": Markup(pages_record.tab_part(request, slug, pk, opened.name, alone=False).content.decode()),
            "opened": opened.name,
            "jots": pages_record.jots_of(entity, by, seen.record),
        }
    else:
        links = pages_record.links_of(seen, by)
        context |= {
            "heads": [pages_record.TabHead(FIELDS, None)],
            "groups": pages_record.groups_of(seen, links),
        }
    context.setdefault("opened", context["heads"][0].tab.name)
    return shell.show(request, "kit/pane.html", context)
