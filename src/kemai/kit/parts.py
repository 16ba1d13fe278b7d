"""Parts of pages that are the same for the same values: a menu, a toolbar, the heads of a table. Rendered once, then kept by each process.

A list page is asked for all day by the same people: what surrounds its rows takes longer to render than the rows themselves.
"""

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from markupsafe import Markup

KEPT = 1000  # parts of some 5 kB


@lru_cache(maxsize=KEPT, typed=True)  # text and markup that are equal are not the same
def part(template: str, **values: Hashable) -> Markup:
    """A template's text for these values, which are all that it knows: nothing of the request."""
    return Markup(render_to_string(template, values))
