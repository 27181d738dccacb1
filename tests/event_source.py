"""A browser's side of `/live`: what server-sent events say, read from a real connection."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType
from typing import Any
from urllib.parse import quote

ANSWER_SECONDS = 20.0
"""For a busy machine; an event takes some milliseconds."""


@dataclass(frozen=True)
class Message:
    """A server-sent event; `data` is read as JSON."""

    event: str
    data: Any
    id: str


class EventSource:
    """An open stream; `last_id` and `retry` are what a browser would come back with."""

    def __init__(
        self,
        port: int,
        cookie: str,
        topics: str = "",
        *,
        last_id: str = "",
        after: str = "",
        address: str = "127.0.0.1",
        token: str = "",
    ) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS, source_address=(address, 0))
        headers = {"Cookie": cookie, "Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._connection.request("GET", f"/live?topics={quote(topics)}&after={after}", headers=headers)
        self._answer: HTTPResponse = self._connection.getresponse()
        self.status, self.headers = self._answer.status, self._answer.headers
        self.last_id, self.retry, self.beats = last_id, 0, 0

    def __enter__(self) -> EventSource:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, as a page that is left does."""
        if self._connection.sock is not None:
            with contextlib.suppress(OSError):  # the server has closed it
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()

    def next(self) -> Message | None:
        """Return the next event that is no heartbeat; None at the end of the stream."""
        while (message := self._next()) is not None:
            if message.event != "beat":
                return message
            self.beats += 1
        return None

    def opened(self) -> EventSource:
        """Wait for the first heartbeat, which says that the stream is listening."""
        message = self._next()
        assert message is not None
        assert message.event == "beat"
        return self

    def _next(self) -> Message | None:
        fields: dict[str, str] = {}
        while line := self._answer.readline():
            text = line.decode().rstrip("\n")
            if text:
                name, _colon, value = text.partition(": ")
                fields[name] = value
                continue
            self.last_id = fields.get("id", self.last_id)
            self.retry = int(fields.get("retry", self.retry))
            if "data" in fields:
                return Message(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id", ""))
            fields = {}
        return None
