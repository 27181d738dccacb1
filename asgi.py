"""The ASGI application that production serves: `asgi:app`. Flask answers pages in threads; `/live` is answered here."""

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

# A worker process whose server was killed would keep the port.
end_with_parent()

settings: Settings = flask.extensions["hampa.settings"]
pages = WSGIMiddleware(cast(Any, flask), workers=settings.web_threads)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one connection: the server's start and end, the live stream, or a page."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live":
        await live(send)
    elif scope["type"] == "http":
        # Browsers write other characters as %XX; raw ones mean the same.
        scope["query_string"] = quote_from_bytes(scope["query_string"], safe=ASCII).encode()

        async def body() -> Message:
            # granian gives futures; a2wsgi takes coroutines alone.
            return await receive()

        await pages(scope, body, send)  # type: ignore[arg-type]


async def lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and end; nothing has to be done for either."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def live(send: Send) -> None:
    """Answer that there are no live events yet, and when to try again."""
    headers = [(b"retry-after", str(LIVE_RETRY_SECONDS).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
