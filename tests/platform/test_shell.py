"""The ASGI shell: answers the server's start and end, keeps `/live` for itself, hands the rest to Flask."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, Response, request

from hampa.platform.locale.i18n import LOCALES, gettext as _, use_locale
from hampa.platform.web.headers import bounded
from hampa.platform.web.uploads import size_limit

LIFE = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


@pytest.fixture
def shell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield the shell around a small site that repeats each request; it has one thread."""
    site = Flask("site")
    site.config["MAX_CONTENT_LENGTH"] = 1_000_000
    site.extensions["hampa.settings"] = app.extensions["hampa.settings"].model_copy(update={"web_threads": 1})
    site.extensions["hampa.redis"] = app.extensions["hampa.redis"]
    seen, closed = [], []

    @site.get("/echo")
    def echo() -> str:
        return request.args.get("q", "")

    @site.post("/echo")
    def echo_body() -> bytes:
        return request.get_data()

    @site.route("/seen", methods=["GET", "POST"])
    def count() -> str:
        if request.method == "POST":
            seen.append(1)
        return str(len(seen))

    @site.get("/long")
    def long() -> Response:
        answer = Response(bytes(100_000) for _ in range(5))
        answer.call_on_close(lambda: closed.append(1))
        return answer

    @site.get("/closed")
    def count_closed() -> str:
        return str(len(closed))

    wsgi = ModuleType("wsgi")
    wsgi.app = site  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wsgi", wsgi)
    monkeypatch.setattr("hampa.platform.supervisor.end_with_parent", lambda: None)
    sys.modules.pop("asgi", None)
    yield import_module("asgi").app
    pages().close()
    sys.modules.pop("asgi", None)


def pages() -> Any:
    """Return Flask behind the shell."""
    return sys.modules["asgi"].pages


def receiving(*received: dict[str, Any] | None) -> Any:
    """Return what gives these events one by one, as futures, as granian does; None never comes."""
    waiting = list(received)

    def receive() -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if waiting and (message := waiting.pop(0)) is not None:
            future.set_result(message)
        return future

    return receive


def in_thread(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in a thread of its own: Playwright keeps a loop running in this one while browser tests share the process."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work)).result()


async def ask(shell: Any, scope: dict[str, Any], *, waiting: bool = False) -> int:
    """Return the status of an answer; a request that is `waiting` sends nothing of its body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await shell(dict(scope), receiving(None if waiting else part(b"", False)), send)
    return int(sent[0]["status"])


def converse(shell: Any, scope: dict[str, Any], *received: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return what the shell sends when it receives some events."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def whole() -> None:
        await shell(scope, receiving(*received), send)

    in_thread(whole())
    return sent


def get(shell: Any, path: str, query: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "http_version": "1.1", "headers": []}
    sent = converse(shell, scope, {"type": "http.request", "body": b"", "more_body": False})
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_the_server_is_told_that_all_is_ready_and_that_nothing_is_left(shell: Any) -> None:
    sent = converse(shell, {"type": "lifespan"}, *LIFE)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_visitor_gets_the_answer_of_flask_and_no_stream(shell: Any) -> None:
    assert get(shell, "/live")[0] == 404, "this small site has no such page"


def test_no_stream_is_opened_while_the_process_ends(shell: Any) -> None:
    sys.modules["asgi"].hub.drain()
    status, headers, _ = get(shell, "/live")
    assert status == 503
    assert int(headers[b"retry-after"]) > 0


def test_pages_come_from_flask(shell: Any) -> None:
    assert get(shell, "/echo", b"q=%D8%AF")[::2] == (200, "د".encode())
    assert get(shell, "/nowhere")[0] == 404


def test_what_is_posted_arrives_whole(shell: Any) -> None:
    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "http_version": "1.1"}
    scope["headers"] = [(b"content-length", b"6")]
    parts = [b"one", b"two"]
    received = [{"type": "http.request", "body": part, "more_body": part != parts[-1]} for part in parts]
    sent = converse(shell, scope, *received)
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b"onetwo"


def test_letters_that_were_not_escaped_mean_the_same(shell: Any) -> None:
    assert get(shell, "/echo", "q=د+x&y=1".encode())[::2] == (200, "د x".encode())


def test_bytes_that_are_no_text_do_no_harm(shell: Any) -> None:
    assert get(shell, "/echo", b"q=\xff\xfe\x00")[0] == 200


def posted(path: str = "/echo", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1"}
    if not {name for name, _value in headers} & {b"content-length", b"transfer-encoding"}:
        headers = (*headers, (b"content-length", b"6"))
    return scope | {"headers": list(headers), "client": ("192.0.2.1", 5000)}


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_that_comes_too_slowly_is_not_waited_for(shell: Any) -> None:
    pages().grace_seconds = 0.01
    sent = converse(shell, posted(), part(b"phone="), None)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"connection"]) == (408, b"close")
    assert pages().in_hand == 0


def test_a_body_without_a_length_arrives_whole(shell: Any) -> None:
    sent = converse(shell, posted("/echo", (b"transfer-encoding", b"chunked")), part(b"one"), part(b"two", False))
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b"onetwo"


@pytest.mark.parametrize("headers", [[(b"content-length", b"2000000")], [(b"transfer-encoding", b"chunked")]])
def test_no_more_of_a_body_is_read_than_a_form_may_have(
    shell: Any, headers: list[tuple[bytes, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second megabyte is never asked for: there is none to be had."""
    monkeypatch.setattr("hampa.platform.web.asgi.DRAIN_SECONDS", 0.05)
    sent = converse(shell, posted("/echo", *headers), part(bytes(1_000_001)))
    assert sent[0]["status"] == 413


def test_a_client_that_left_asks_for_nothing(shell: Any) -> None:
    """It may have closed its half alone, and still hear that this was a mistake of its own, not of the server."""
    assert converse(shell, posted("/seen"), part(b"half"), {"type": "http.disconnect"})[0]["status"] == 400
    assert get(shell, "/seen")[2] == b"0"


def test_the_rest_of_a_refused_body_is_taken_so_that_its_sender_sees_why(shell: Any) -> None:
    rest = [part(bytes(65_536)) for _ in range(20)]
    messages = receiving(*rest, part(b"", False))
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def whole() -> None:
        await shell(posted("/echo", (b"content-length", b"2000000")), messages, send)
        assert not messages().done(), "something was left"

    in_thread(whole())
    assert sent[0]["status"] == 413


def test_a_page_without_a_body_waits_for_none(shell: Any) -> None:
    scope = posted("/echo") | {"method": "GET", "headers": []}
    assert converse(shell, scope, None)[0]["status"] == 200


def test_what_is_said_instead_of_a_page_is_said_in_both_languages(shell: Any) -> None:
    pages().grace_seconds = 0.01
    text = converse(shell, posted(), None)[1]["body"].decode()
    with in_app():
        for locale in LOCALES:
            with use_locale(locale):
                assert _("The request arrived too slowly. Try again with a better connection.") in text


def in_app() -> Any:
    return pages().app.app_context()


def test_a_client_has_so_many_requests_at_once_and_others_are_answered(shell: Any) -> None:
    pages().per_client = 2

    async def others_ask() -> list[int]:
        started = [asyncio.create_task(ask(shell, posted(), waiting=True)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        statuses = [await ask(shell, posted() | {"client": (host, 1)}) for host in ("192.0.2.1", "192.0.2.2")]
        # Those who share the address can read.
        statuses.append(await ask(shell, posted() | {"method": "GET", "headers": []}))
        for task in started:
            task.cancel()
        return statuses

    assert in_thread(others_ask()) == [503, 200, 200]


def test_when_all_places_are_taken_each_client_has_its_share(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty clients with slow bodies keep no other out: not from pages, and not from sending a form."""
    monkeypatch.setattr("hampa.platform.web.asgi.MOST_WAITING", 40)

    async def others_ask() -> list[int]:
        attackers = [("192.0.2.1", port) for port in range(20)] + [(f"198.51.100.{n}", 1) for n in range(20)]
        started = [asyncio.create_task(ask(shell, posted() | {"client": who}, waiting=True)) for who in attackers]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        statuses = [await ask(shell, posted() | {"client": (host, 1)}) for host in ("192.0.2.1", "203.0.113.1")]
        statuses.append(await ask(shell, posted() | {"client": ("203.0.113.1", 1), "method": "GET", "headers": []}))
        for task in started:
            task.cancel()
        return statuses

    assert in_thread(others_ask()) == [503, 200, 200]


async def send_body(shell: Any, size: int, host: str = "192.0.2.1") -> int:
    """Return the status of the answer to a form of so many bytes."""
    sent: list[dict[str, Any]] = []

    async def take(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = posted("/echo", (b"content-length", str(size).encode())) | {"client": (host, 1)}
    await shell(scope, receiving(part(b"x" * size, False)), take)
    return int(sent[0]["status"])


async def unheard(_message: dict[str, Any]) -> None:
    """Take what nobody waits for."""


def test_a_client_has_so_many_bytes_in_hand_and_they_are_given_back(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hampa.platform.web.asgi.MOST_HELD_OF_CLIENT", 10)

    async def others_send() -> list[int]:
        half = asyncio.create_task(shell(posted(), receiving(part(b"phone"), None), unheard))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        statuses = [await send_body(shell, 5), await send_body(shell, 6), await send_body(shell, 6, "192.0.2.2")]
        half.cancel()
        await asyncio.gather(half, return_exceptions=True)
        return [*statuses, await send_body(shell, 10), await send_body(shell, 11)]

    assert in_thread(others_send()) == [200, 503, 200, 200, 503]


def test_a_disk_that_is_almost_full_takes_no_body_that_would_be_a_file(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hampa.platform.web.asgi.free_bytes", lambda: 400_000_000)

    async def others_send() -> list[int]:
        return [await send_body(shell, 60_000), await send_body(shell, 70_000)]

    assert in_thread(others_send()) == [200, 503]


def test_lists_of_what_is_accepted_are_cut() -> None:
    """Each of thousands of languages was parsed, and a third of a second of a core gone."""
    languages = b",".join(b"de-%03d;q=0.5" % number for number in range(4_000))
    cut = dict(bounded([(b"accept-language", languages), (b"cookie", languages), (b"accept", b"x" * 5_000)]))
    assert len(cut[b"accept-language"]) <= 1_000 and languages.startswith(cut[b"accept-language"] + b",")
    assert (cut[b"cookie"], cut[b"accept"]) == (languages, b"")


def test_when_much_is_in_hand_each_client_has_its_share(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has much is refused more, and others still send theirs."""
    monkeypatch.setattr("hampa.platform.web.asgi.MOST_HELD", 20)

    async def others_send() -> list[int]:
        scope = posted("/echo", (b"content-length", b"11"))
        half = asyncio.create_task(shell(scope, receiving(part(b"x" * 10), None), unheard))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        statuses = [await send_body(shell, 5), await send_body(shell, 5, "192.0.2.2")]
        half.cancel()
        await asyncio.gather(half, return_exceptions=True)
        return statuses

    assert in_thread(others_send()) == [503, 200]


def test_behind_a_proxy_the_client_is_whom_it_names(shell: Any) -> None:
    pages().per_client, pages().proxies = 1, 1

    async def others_ask() -> list[int]:
        first = posted("/echo", (b"x-forwarded-for", b"198.51.100.9, 203.0.113.1"))
        started = asyncio.create_task(ask(shell, first, waiting=True))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        again = posted("/echo", (b"x-forwarded-for", b"198.51.100.8, 203.0.113.1"))
        other = posted("/echo", (b"x-forwarded-for", b"203.0.113.1, 203.0.113.2"))
        statuses = [await ask(shell, again), await ask(shell, other)]
        started.cancel()
        return statuses

    assert in_thread(others_ask()) == [503, 200]


def test_who_takes_an_answer_slowly_holds_no_thread(shell: Any) -> None:
    """There is one thread: a page is answered while a long answer waits for its reader, and the long one is closed."""

    async def read_slowly() -> int:
        taken = asyncio.Event()

        async def send(_message: dict[str, Any]) -> None:
            taken.set()
            await asyncio.sleep(60)

        scope = posted("/long") | {"method": "GET"}
        slow = asyncio.create_task(shell(scope, receiving(part(b"", False)), send))
        await taken.wait()
        status = await ask(shell, posted() | {"client": ("192.0.2.2", 1)})
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        return status

    assert in_thread(read_slowly()) == 200
    assert get(shell, "/closed")[2] == b"1"


def test_files_are_taken_from_who_is_signed_in(app: Flask, page: Any, owner: Any) -> None:
    form = app.config["MAX_CONTENT_LENGTH"]
    cookie = page.as_(owner).client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    signed_in = f"{cookie.key}={cookie.value}"
    assert size_limit(app, "POST", "/me/picture", signed_in) > form
    assert size_limit(app, "POST", "/me/picture", signed_in[:-3] + "xxx") == form
    assert size_limit(app, "POST", "/me/picture", "") == form
    assert size_limit(app, "POST", "/me/profile", signed_in) == form
    assert size_limit(app, "GET", "/me/picture", signed_in) == form
