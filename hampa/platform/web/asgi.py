"""Flask as an ASGI application whose threads never wait for a client.

A body is read whole before a thread is taken, with a limit of its size, a least rate and a deadline; an answer is sent
after the thread was given back. A client that is slow or silent costs a connection, which `connections` ends.
"""

import asyncio
import contextlib
import contextvars
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import SEEK_END, BytesIO
from itertools import chain
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO, Any, TypeVar, cast
from urllib.parse import quote_from_bytes

from a2wsgi.wsgi import build_environ
from flask import Flask
from werkzeug.datastructures import Headers

from hampa.platform.locale.i18n import LOCALES, gettext as _, use_locale
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web import uploads
from hampa.platform.web.headers import bounded
from hampa.platform.web.kept_answers import KeptAnswer, KeptAnswers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

GRACE_SECONDS = 10.0
LEAST_RATE = 1_000
"""Bytes a second that a client must send or take after the grace; a phone at the edge of its network has more."""
MOST_SECONDS = 900.0
IN_MEMORY = 64_000
"""Bytes of a body or an answer that are held in memory; longer bodies are in a file, longer answers come in parts."""
MOST_WAITING = 2_000
"""Bodies, and pages, that one process has in hand before each client gets no more than a share of them."""
MOST_HELD_OF_CLIENT = 300_000_000
MOST_HELD = 1_000_000_000
"""Bytes of bodies that one process has in hand, of one client and of all; above the half of it each has a share."""
LEAST_FREE = 500_000_000
"""Bytes on the disk of bodies that are left to others: databases and logs stop when it is full."""
LOOK_SECONDS = 1.0
RETRY_SECONDS = 5
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 30_000_000
"""What is still taken of a body that was refused: browsers show the answer only when they could send all."""
ENVIRON_PREFIX = "hampa."
"""The beginning of the names in a scope that Flask finds in its environment; servers have none."""
ASCII = bytes(range(0x21, 0x7F)).decode()


class ClientGone(Exception):
    """The client has closed the connection."""


class Refused(Exception):
    """A request that Flask is not asked about; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FlaskASGI:
    """Flask in threads behind ASGI.

    `per_client` is how many bodies of one client are read at a time, and how many of its pages are answered: who shares
    the address of somebody with slow bodies can still read.
    """

    def __init__(self, app: Flask, *, threads: int, per_client: int, proxies: int = 0) -> None:
        self.app = app
        self.per_client, self.proxies = per_client, proxies
        self.grace_seconds = GRACE_SECONDS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="WSGI")
        self._threads_per_client = max(1, threads // 2)
        self._bodies, self._pages, self._held = Counter[str](), Counter[str](), Counter[str]()
        self._refusals = refusals(app)
        self._kept = KeptAnswers(app)
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Browsers write other characters as %XX; raw ones mean the same.
        scope["query_string"] = quote_from_bytes(scope["query_string"], safe=ASCII).encode()
        scope["headers"] = bounded(scope["headers"])
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        client = network_of(client_address(scope, headers, self.proxies))
        with SpooledTemporaryFile(IN_MEMORY) if has_body(headers) else BytesIO() as body:
            try:
                size = await self._take_body(receive, body, scope, headers, client)
                with self._place(self._pages, client):
                    key = self._kept.key(scope, headers) if size == 0 else None
                    if key is not None and (kept := self._kept.find(key, client)) is not None:
                        await self._send_kept(kept, headers, send)
                        return
                    # One client alone does not keep all threads busy.
                    turn = self._turns.setdefault(client, asyncio.Semaphore(self._threads_per_client))
                    await self._answer(scope, size, body, send, turn, key)
            except Refused as refused:
                await refuse(send, refused.status, self._refusals[refused.status])
                return
            finally:
                self._release(client, body)
        if size is None:
            await drain(receive)

    async def _take_body(
        self, receive: Receive, body: IO[bytes], scope: Message, headers: Headers, client: str
    ) -> int | None:
        """Write the body into `body`, if there is one; return its size, or None if it is too large. Raise Refused."""
        if not has_body(headers):
            return 0
        with self._place(self._bodies, client):
            try:
                return await self._read_body(receive, body, self._size_limit(scope, headers), client)
            except TimeoutError:
                raise Refused(408) from None
            except ClientGone:
                raise Refused(400) from None

    @contextlib.contextmanager
    def _place(self, taken: Counter[str], client: str) -> Iterator[None]:
        """Count one more of the client's; raise Refused if it has too many, or more than its share when all are many."""
        most = self.per_client
        if taken.total() >= MOST_WAITING:
            most = min(most, max(1, MOST_WAITING // 2 // len(taken)))
        if taken[client] >= most:
            raise Refused(503)
        taken[client] += 1
        try:
            yield
        finally:
            taken[client] -= 1
            if not taken[client]:
                del taken[client]
            if client not in self._pages:
                self._turns.pop(client, None)

    def _hold(self, client: str, size: int) -> None:
        """Count bytes of a body of the client; raise Refused if it has too many, or more than its share of many."""
        most, held = MOST_HELD_OF_CLIENT, self._held.total()
        if held >= MOST_HELD // 2:
            most = min(most, MOST_HELD // 2 // len(self._held))
        if self._held[client] + size > most or held + size > MOST_HELD:
            raise Refused(503)
        if self._held[client] + size > IN_MEMORY and free_bytes() < LEAST_FREE:
            raise Refused(503)
        self._held[client] += size

    def _release(self, client: str, body: IO[bytes]) -> None:
        """Count the bytes of a body as gone."""
        if client in self._held:
            self._held[client] -= body.seek(0, SEEK_END)
            if not self._held[client]:
                del self._held[client]

    @property
    def in_hand(self) -> int:
        """The number of requests that are not answered yet."""
        return self._bodies.total() + self._pages.total()

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in an app context, in one of the threads, and return its result."""

        def in_context() -> T:
            with self.app.app_context():
                return function()

        return await asyncio.get_running_loop().run_in_executor(self._threads, in_context)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _size_limit(self, scope: Message, headers: Headers) -> int:
        """Return how large the body may be; 0 if its declared length is over that, so that none of it is read."""
        proofs = headers.get("cookie", ""), headers.get("authorization", "")
        most: int = uploads.size_limit(self.app, scope["method"], scope["path"], *proofs)
        declared = headers.get("content-length", "")
        return 0 if declared.isdecimal() and int(declared) > most else most

    async def _read_body(self, receive: Receive, body: IO[bytes], most: int, client: str) -> int | None:
        """Write the body into `body` and return its size; None if it is longer than `most`, or nothing may be read.

        Raise TimeoutError if it comes too slowly, ClientGone, and Refused.
        """
        start, size = time.monotonic(), 0
        while True:
            left = min(self.grace_seconds + size / LEAST_RATE, MOST_SECONDS) - (time.monotonic() - start)
            message = await asyncio.wait_for(coroutine(receive), max(left, 0.001))
            if message["type"] == "http.disconnect":
                raise ClientGone
            part = message.get("body", b"")
            size += len(part)
            if size > most:
                return None
            self._hold(client, len(part))
            body.write(part)
            if not message.get("more_body", False):
                body.seek(0)
                return size

    async def _send_kept(self, kept: KeptAnswer, headers: Headers, send: Send) -> None:
        sent = self._kept.headers_of(kept, headers)
        await send({"type": "http.response.start", "status": kept.status, "headers": sent})
        await send({"type": "http.response.body", "body": kept.body})

    async def _answer(
        self, scope: Message, size: int | None, body: IO[bytes], send: Send, turn: asyncio.Semaphore, key: Any
    ) -> None:
        """Ask Flask; keep the answer under `key`, unless that is None."""
        environ = cast(dict[str, Any], build_environ(cast(Any, scope), cast(Any, body)))
        if size is None:  # Flask refuses it by its length, with a page of ours
            environ.setdefault("CONTENT_LENGTH", str(2**31))
        elif "CONTENT_LENGTH" in environ or size:
            environ["CONTENT_LENGTH"] = str(size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.update({name: value for name, value in scope.items() if name.startswith(ENVIRON_PREFIX)})
        answer = Answer(self.app, environ)
        context = contextvars.copy_context()

        async def compute(function: Callable[[], T]) -> T:
            async with turn:
                return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: context.run(function))

        try:
            part, more = await compute(answer.begin)
            if key is not None and not more:
                self._kept.keep(key, environ, answer.status, answer.headers, part)
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            while more:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                part, more = await compute(answer.next_part)
            await send({"type": "http.response.body", "body": part})
        finally:
            if not answer.closed:
                await compute(answer.close)


_free: tuple[float, int] = (float("-inf"), 0)


def free_bytes() -> int:
    """Return how many bytes are free on the disk of bodies, as it was a second ago at most."""
    global _free
    now = time.monotonic()
    if now > _free[0] + LOOK_SECONDS:
        _free = now, shutil.disk_usage(gettempdir()).free
    return _free[1]


class Answer:
    """An answer of a WSGI application, computed in parts of about `IN_MEMORY` bytes; each call is for a thread."""

    def __init__(self, app: Callable[..., Any], environ: dict[str, Any]) -> None:
        self._app, self._environ = app, environ
        self._chunks: Iterator[bytes] = iter(())
        self._iterable: Any = None
        self._written: list[bytes] = []
        self.status, self.headers = 500, cast(list[tuple[bytes, bytes]], [])
        self.closed = False

    def begin(self) -> tuple[bytes, bool]:
        """Call the application; return the first part of its answer, and whether there is more."""
        self._iterable = self._app(self._environ, self._start)
        if type(self._iterable) is list and len(self._iterable) == 1 and not self._written:
            self.closed = True
            return self._iterable[0], False
        self._chunks = chain(self._written, self._iterable)
        return self.next_part()

    def next_part(self) -> tuple[bytes, bool]:
        """Return the next part, and whether there is more."""
        part = bytearray()
        for chunk in self._chunks:
            part += chunk
            if len(part) >= IN_MEMORY:
                return bytes(part), True
        self.close()
        return bytes(part), False

    def close(self) -> None:
        """Let the application end the request."""
        self.closed = True
        if hasattr(self._iterable, "close"):
            self._iterable.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._written.append


def has_body(headers: Headers) -> bool:
    """Return whether a request has a body."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def client_address(scope: Message, headers: Headers, proxies: int) -> str:
    """Return the address of the client as the last of the trusted proxies saw it."""
    forwarded = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",")] if proxies else []
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        return forwarded[-proxies]
    return str((scope.get("client") or ("",))[0])


def refusals(app: Flask) -> dict[int, bytes]:
    """Return what is said instead of a page, by status and in all languages: which one is the person's only Flask knows."""
    texts: dict[int, list[str]] = {400: [], 408: [], 503: []}
    with app.app_context():
        for locale in LOCALES:
            with use_locale(locale):
                texts[400].append(_("The request broke off. Send it once more."))
                texts[408].append(_("The request arrived too slowly. Try again with a better connection."))
                texts[503].append(_("There are too many requests at once from your network. Try again in a moment."))
    return {status: "".join(f"{line}\n" for line in lines).encode() for status, lines in texts.items()}


async def refuse(send: Send, status: int, words: bytes) -> None:
    """Answer without asking Flask, and close the connection."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(words)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *([(b"retry-after", str(RETRY_SECONDS).encode())] if status == 503 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})


async def drain(receive: Receive) -> None:
    """Take what a client still sends of a body that was refused, for a moment."""
    left = DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0 and (message := await receive()).get("more_body", False):
                left -= len(message["body"])


async def coroutine(receive: Receive) -> Message:
    """Await a message; granian gives futures, which a task is not made of."""
    return await receive()
