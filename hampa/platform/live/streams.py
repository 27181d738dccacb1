"""`/live` in the ASGI shell: Flask says who looks and what they may listen to, then the stream needs no thread."""

import asyncio
from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import Headers

from hampa.platform.live.events import Position
from hampa.platform.live.hub import Hub
from hampa.platform.live.open_streams import Stream
from hampa.platform.live.topics import OPENING, Opening
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web.asgi import FlaskASGI, Message, Receive, Send, client_address

MOST_STREAMS = 3_000
"""Streams of one process, fewer than its connections (`serving.OPEN_CONNECTIONS`): pages are answered beside them."""
RETRY_AFTER = 5


class LiveASGI:
    """The streams of a process; `pages` is asked once for each, when it opens."""

    def __init__(self, pages: FlaskASGI, hub: Hub, *, per_client: int, most: int = MOST_STREAMS) -> None:
        self.pages, self.hub = pages, hub
        self.per_client, self.most = per_client, most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request for `/live`: with a stream, or with what Flask answers instead."""
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        client = network_of(client_address(scope, headers, self.pages.proxies))
        if self.hub.is_draining or len(self.hub.streams) >= self.most or self.hub.by_client[client] >= self.per_client:
            await refuse(send)
            return
        opening, answer = Opening(), list[Message]()
        asked_at = self.hub.events.position

        async def hold(message: Message) -> None:
            answer.append(message)

        await self.pages({**scope, OPENING: opening}, receive, hold)
        if opening.subscription is None:
            for message in answer:
                await send(message)
            return
        await self._stream(Stream(opening.subscription, client), asked_at, answer[0]["headers"], receive, send)

    async def _stream(
        self, stream: Stream, asked_at: Position, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        kept = [(name, value) for name, value in headers if name not in (b"content-length", b"connection")]
        await send({"type": "http.response.start", "status": 200, "headers": kept})
        stop_watching = watch(receive, stream.leave)
        self.hub.add(stream, asked_at)
        try:
            while (part := await stream.next()) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if not stream.left_by_client:
                await send({"type": "http.response.body", "body": b""})
        finally:
            stream.end()
            self.hub.remove(stream)
            stop_watching()


def watch(receive: Receive, left: Callable[[], None]) -> Callable[[], None]:
    """Call `left` when the client closes the connection; return the function that stops that. It takes no task."""
    waiting: list[asyncio.Future[Any]] = []

    def wait() -> None:
        waiting[:] = [asyncio.ensure_future(receive())]
        waiting[0].add_done_callback(done)

    def done(future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            return
        if future.exception() is not None or future.result()["type"] == "http.disconnect":
            left()
        else:
            wait()

    def stop() -> None:
        waiting[0].cancel()

    wait()
    return stop


async def refuse(send: Send) -> None:
    """Answer that there is no place for another stream now, and when to try again."""
    headers = [(b"retry-after", str(RETRY_AFTER).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
