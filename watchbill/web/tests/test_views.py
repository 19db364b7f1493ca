"""The plain pages: the root, an incident without sign-in, and what is missing or broken."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings

from watchbill.channels.tests import django_for_tests


@pytest.fixture(autouse=True)
def _django() -> Iterator[None]:
    with django_for_tests.ready(), override_settings(ROOT_URLCONF="watchbill.web.urls"):
        yield


@pytest.fixture
def pages() -> dict[str, HttpResponse]:
    client = Client()
    return {path: client.get(path) for path in ("/", "/incidents/7", "/nowhere")}  # type: ignore[misc]  # the test client's own kind


def test_each_page_says_what_it_is(pages: dict[str, HttpResponse]) -> None:
    assert [page.status_code for page in pages.values()] == [200, 200, 404]
    for path, head in (("/", "Watchbill is running"), ("/incidents/7", "Incident #7"), ("/nowhere", "nothing here")):
        html = pages[path].content.decode()
        assert re.search(f"<h1>[^<]*{head}</h1>", html)
        assert re.search(f"<title>[^<]*{head} · Watchbill</title>", html)


def test_what_is_to_be_typed_is_set_as_code(pages: dict[str, HttpResponse]) -> None:
    front = pages["/"].content.decode()
    for typed in ("/v2/enqueue", "/v1/alertmanager", "/healthz", "/readyz", "/metrics", "watchbill incidents"):
        assert f"<code>{typed}</code>" in front
    assert "<code>watchbill show 7</code>" in pages["/incidents/7"].content.decode()
    assert "<code>/v2/enqueue</code>" in pages["/nowhere"].content.decode()
    assert not any("`" in page.content.decode() for page in pages.values())


def test_they_are_drawn_as_the_answer_page_is_and_nothing_comes_from_elsewhere(pages: dict[str, HttpResponse]) -> None:
    answer = Client().get("/a/nonsense").content.decode()  # the node does not run, and its page says so
    (style,) = re.findall(r"<style>(.*?)</style>", answer, re.DOTALL)
    for page in pages.values():
        html = page.content.decode()
        assert f"<style>{style}</style>" in html
        assert "<header><span>Watchbill</span></header>" in html
        assert not re.search(r"<script|<link|<img|\bstyle=|\bon\w+=|https?://", html)
        policy = page.headers["Content-Security-Policy"]
        assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
        assert page.headers["Cache-Control"] == "no-store"
