"""Text over a kilobyte travels compressed, and reads the same."""

from __future__ import annotations

import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from hampa.platform.web import compress

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LONG = "دویدن کنار دریاچه، در سپیده‌دم. " * 100


@pytest.fixture
def site() -> Flask:
    app = Flask("site")

    @app.get("/long")
    def long() -> str:
        return LONG

    @app.get("/refused")
    def refused() -> Response:
        return Response(LONG, 422, mimetype="text/html")

    @app.get("/short")
    def short() -> str:
        return "brief"

    @app.get("/picture")
    def picture() -> Response:
        return Response(b"\x00" * 5000, mimetype="image/png")

    @app.get("/streamed")
    def streamed() -> Response:
        return Response(iter([LONG]), mimetype="text/html")

    compress.init_app(app)
    return app


def get(site: Flask, path: str, accepted: str) -> TestResponse:
    return site.test_client().get(path, headers={"Accept-Encoding": accepted})


def test_zstd_is_chosen_where_the_browser_takes_it(site: Flask) -> None:
    answer = get(site, "/long", "gzip, deflate, br, zstd")
    assert answer.headers["Content-Encoding"] == "zstd"
    assert zstd.decompress(answer.data).decode() == LONG
    assert answer.content_length == len(answer.data) < 500


def test_gzip_serves_the_others(site: Flask) -> None:
    answer = get(site, "/long", "gzip, deflate")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert zlib.decompress(answer.data, 31).decode() == LONG


def test_pages_of_errors_are_compressed_too(site: Flask) -> None:
    answer = get(site, "/refused", "gzip, zstd")
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (422, "zstd")


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0, zstd;q=0", "br, gzip;q=0"])
def test_who_takes_neither_gets_it_as_it_is(site: Flask, accepted: str) -> None:
    answer = get(site, "/long", accepted)
    assert "Content-Encoding" not in answer.headers
    assert answer.text == LONG


def test_caches_are_told_that_it_depends(site: Flask) -> None:
    assert "Accept-Encoding" in get(site, "/long", "").headers["Vary"]


@pytest.mark.parametrize("path", ["/short", "/picture", "/streamed"])
def test_what_would_not_gain_stays_as_it_is(site: Flask, path: str) -> None:
    assert "Content-Encoding" not in get(site, path, "gzip, zstd").headers


def test_many_threads_compress_at_once(site: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: get(site, "/long", "zstd").data, range(400)))
    assert {zstd.decompress(answer).decode() for answer in answers} == {LONG}
