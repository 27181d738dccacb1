"""The shell that production serves: `asgi:app`. Pages go to Flask in threads, `/live` stays here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

from hampa.platform.config import Settings
from hampa.platform.supervisor import end_with_parent
from wsgi import app as flask

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LIVE_RETRY_SECONDS = 60
ASCII = bytes(range(0x21, 0x7F)).decode()

# The server starts a process for each worker: one whose server was killed would keep the port.
end_with_parent()

wanted: Settings = flask.extensions["hampa.settings"]
pages = WSGIMiddleware(cast(Any, flask), workers=wanted.web_threads)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """One connection: the server's start and end, the live stream, or a page."""
    if scope["type"] == "lifespan":
        await live_and_die(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live":
        await not_live_yet(send)
    elif scope["type"] == "http":
        # Browsers write other letters as %XX; who sends them raw means the same.
        scope["query_string"] = quote_from_bytes(scope["query_string"], safe=ASCII).encode()

        async def body() -> Message:
            # granian hands out futures; a2wsgi takes coroutines alone.
            return await receive()

        await pages(scope, body, send)  # type: ignore[arg-type]


async def live_and_die(receive: Receive, send: Send) -> None:
    """Tell the server that we are ready at once, and at the end that nothing is left to do."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def not_live_yet(send: Send) -> None:
    """There are no live events yet: ask again later."""
    headers = [(b"retry-after", str(LIVE_RETRY_SECONDS).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
