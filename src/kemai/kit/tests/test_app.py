"""The pages can be installed as an app; without a network it says so and keeps nothing of the company (FRM-10)."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.spec("FRM-10")]


def path_of(address: str) -> str | None:
    return finders.find(address.removeprefix("/static/"))


def test_a_stranger_reads_the_description_of_the_app():
    answer = Client().get("/manifest.webmanifest")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/manifest+json")
    facts = answer.json()
    assert (facts["name"], facts["start_url"], facts["display"], facts["lang"]) == ("客脉", "/", "standalone", "zh-CN")
    assert {(icon["sizes"], icon["purpose"]) for icon in facts["icons"]} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    assert all(path_of(icon["src"]) for icon in facts["icons"])


def test_every_page_names_the_description():
    page = Client().get("/offline").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert path_of(re.search(r'rel="apple-touch-icon" href="([^"]+)"', page)[1])


def test_the_worker_keeps_only_what_says_that_the_network_is_gone():
    answer = Client().get("/worker.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    kept = json.loads(re.search(r"const KEPT = (\[.*?\]);", answer.content.decode())[1])
    assert kept[0] == "/offline"
    assert all(path_of(address) for address in kept[1:])


def test_the_page_without_a_network_is_the_same_for_everybody():
    page = Client().get("/offline").content.decode()
    assert "现在连不上客脉。请检查网络，连上以后再试" in page
