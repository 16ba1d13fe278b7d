"""The environment of all templates: compiled once, white space trimmed, few globals."""

from functools import cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static as static_url
from jinja2 import Environment
from markupsafe import Markup

from kemai.kit import shell
from kemai.kit.parts import part


def environment(**options: Any) -> Environment:
    """Called by Django's Jinja2 backend once per process."""
    made = Environment(**{**options, "trim_blocks": True, "lstrip_blocks": True, "cache_size": 1000})
    made.globals.update(static=static, i=icon, shell_of=shell.shell_of, part=part, zip=zip)
    made.filters["thousands"] = thousands
    made.filters["day"] = shell.short_moment
    return made


@cache
def _kept_static(path: str) -> str:
    return static_url(path)


def static(path: str) -> str:
    """The address of a static file."""
    return static_url(path) if settings.DEBUG else _kept_static(path)


@cache
def icon(name: str, size: str = "") -> Markup:
    """One icon of the sprite; it says nothing to readers of the screen, its button or word does."""
    css = f"km-i km-i--{size}" if size else "km-i"
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(
        css, static("vendor/icons.svg"), name
    )


def thousands(number: int) -> str:
    """12345 as 12,345."""
    return f"{number:,}"
