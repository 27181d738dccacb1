"""An open stream of a process: what waits for its client."""

import asyncio
import uuid

from hampa.platform.live.topics import Subscription

MOST_UNSENT = 500
"""Events that wait for a client before its stream ends; it comes back and gets those after the last that it has."""


class Stream:
    """One open stream: what waits to be sent to it, and its end."""

    __slots__ = (
        "client",
        "connection",
        "ends_at",
        "entry",
        "is_over",
        "left_by_client",
        "opened_at",
        "subscription",
        "unsent",
        "waiter",
    )

    def __init__(self, subscription: Subscription, client: str) -> None:
        self.subscription, self.client = subscription, client
        self.connection = uuid.uuid4().hex
        self.entry = ""
        self.opened_at, self.ends_at = 0.0, float("inf")
        self.unsent: list[bytes] = []
        self.waiter: asyncio.Future[None] | None = None
        self.is_over = self.left_by_client = False

    def push(self, part: bytes) -> None:
        """Have a part sent, unless the stream is over or its client takes nothing."""
        if self.is_over:
            return
        self.unsent.append(part)
        if len(self.unsent) > MOST_UNSENT:
            self.end()
        self._wake()

    def end(self, last: bytes = b"") -> None:
        """End the stream after a last part."""
        if not self.is_over:
            self.unsent.extend([last] if last else [])
            self.is_over = True
            self._wake()

    def leave(self) -> None:
        """Note that the client is gone."""
        self.left_by_client = True
        self.unsent.clear()
        self.end()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def next(self) -> bytes | None:
        """Return what waits to be sent, as soon as there is something; None at the end."""
        while not self.unsent:
            if self.is_over:
                return None
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        parts = b"".join(self.unsent)
        self.unsent.clear()
        return parts
