"""The parts of the live streams put together for a process of the web server."""

import asyncio
import signal
import threading
import uuid
from collections.abc import Collection
from functools import partial
from typing import Any

from flask import Flask

from hampa.platform.config import settings
from hampa.platform.live import events
from hampa.platform.live.hub import Hub
from hampa.platform.live.topics import SESSIONS, EndedSessions
from hampa.platform.redis import key
from hampa.platform.web.asgi import FlaskASGI

AGAIN_SECONDS = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def live_hub(app: Flask, pages: FlaskASGI) -> Hub:
    """Return the hub of this process, whose questions to the database are asked in one of the threads of pages."""

    async def ended_among(session_ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
        ask: EndedSessions = app.extensions[SESSIONS]
        return await pages.run(lambda: ask(session_ids))

    with app.app_context():
        return Hub(settings().redis_url, key(""), events.log, ended_among)


def drain_on_signals(hub: Hub) -> None:
    """End the streams as soon as the process is told to end: the server waits for its answers, and these have no end.

    The server hears of a signal as before: by the handler that is called too, or, through the loop, by a pipe.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    _take_a_full_pipe_for_granted()
    for number in SIGNALS:
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, partial(_drain, hub, loop, before))


def _take_a_full_pipe_for_granted() -> None:
    """Have Python write no warning when the pipe of signals is full.

    Other threads wake the loop by the same pipe. A busy loop may have left it full: it wakes all the same, and `_drain`
    sends what does not fit a second time.
    """
    pipe = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(pipe, warn_on_full_buffer=False)


def _drain(hub: Hub, loop: asyncio.AbstractEventLoop, before: Any, number: int, frame: Any) -> None:
    loop.call_soon_threadsafe(hub.drain)
    # The pipe may have been full of what a busy loop had not read yet; a second signal does no harm.
    loop.call_soon_threadsafe(loop.call_later, AGAIN_SECONDS, signal.raise_signal, number)
    before(number, frame)
