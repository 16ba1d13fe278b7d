"""What the search box of the top bar shows, and the same as a page (WRK-03)."""

from django.http import HttpRequest, HttpResponse

from kemai.kit import finder, shell


def search(request: HttpRequest) -> HttpResponse:
    """GET /search?q=: below the box when a script asks for it, otherwise as a page."""
    text = request.GET.get("q", "")
    groups, pages = finder.find(request.employee, text)
    context = {
        "groups": groups,
        "pages": pages,
        "helps": finder.helps(request.employee, text),
        "text": text.strip()[: finder.LONGEST],
    }
    part = request.headers.get("KM-Part") == "found"
    return shell.show(request, "kit/found.html" if part else "kit/found_page.html", context)
