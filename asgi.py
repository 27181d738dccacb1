"""The ASGI application that production serves: `asgi:app`.

Flask answers pages in threads; `/live` is answered here, and `/readyz/self` once the migrations were found to be done.
"""

from __future__ import annotations

import asyncio

from hampa.platform import metrics, serving
from hampa.platform.config import Settings
from hampa.platform.live.serving import drain_on_signals, live_hub
from hampa.platform.live.streams import LiveASGI
from hampa.platform.supervisor import end_with_parent
from hampa.platform.web import health
from hampa.platform.web.asgi import FlaskASGI, Message, Receive, Send
from hampa.platform.web.connections import ConnectionWatch
from wsgi import app as flask

serving.raise_file_limit()

settings: Settings = flask.extensions["hampa.settings"]
pages = FlaskASGI(
    flask, threads=settings.web_threads, per_client=settings.connections_per_client, proxies=settings.trusted_proxies
)
connections = ConnectionWatch(
    settings.port,
    # The connections of a proxy are of many clients.
    per_client=serving.OPEN_CONNECTIONS if settings.trusted_proxies else settings.connections_per_client,
    most=serving.OPEN_CONNECTIONS,
)


hub = live_hub(flask, pages)
hub.count_streams = lambda change: metrics.count_live(flask, change)
live = LiveASGI(pages, hub, per_client=settings.connections_per_client)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one connection: the server's start and end, the live stream, or a page."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live":
        await live(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == health.SELF_PATH and (known := health.known_answer(flask)):
        # Not in a thread: a proxy would take a server away because it is busy, and the next one would be busier.
        status, body = known
        await send({"type": "http.response.start", "status": status, "headers": health.HEADERS})
        await send({"type": "http.response.body", "body": body})
    elif scope["type"] == "http":
        await pages(scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Watch the connections and read live events from the start to the end of a process of the server."""
    end_with_parent()  # a process whose server was killed would keep the port
    watching = asyncio.create_task(connections.watch())
    hub.start()
    drain_on_signals(hub)
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    watching.cancel()
    await hub.stop()
    await send({"type": "lifespan.shutdown.complete"})
