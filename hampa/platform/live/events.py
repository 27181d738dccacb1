"""An event as it travels through Redis, and as a browser gets it; and the log of the last minutes that a process keeps."""

import json
import uuid
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

STREAM = "live:events"
"""The name of the Redis stream that carries the events of all features."""
FIELD = "m"
MOST_KEPT = 20_000
"""Events that Redis and each process keep for browsers that come back."""
MOST_REPLAYED = 490
"""Events that a browser which comes back is told one by one; past them its page asks for all that it shows."""
FORGOTTEN_AT_ONCE = 2_000
KEPT_MS = 600_000
"""How long a process keeps them, by the clock of Redis."""
EVERYBODY = "*"
"""The topic that all streams have."""
RELOAD = "reload"
"""The event after which a page asks for all that it shows, because some events may have been missed."""

Position = tuple[int, int]
"""The id of an event in the Redis stream: milliseconds and a number."""
NOWHERE: Position = (0, 0)

Value = uuid.UUID | int
"""What an event may carry: ids and numbers, never words or markup."""


def encode(topics: Collection[str], event: str, ids: Mapping[str, Value], *, kept: bool = True) -> str:
    """Return an event as its text in Redis; one that is not `kept` is of the moment, and nobody is told later."""
    values = {name: value if isinstance(value, int) else str(value) for name, value in ids.items()}
    message = {"t": list(topics), "e": event, "d": values, **({} if kept else {"x": 1})}
    return json.dumps(message, separators=(",", ":"))


def parse_position(text: str) -> Position | None:
    """Return the position that an id names, or None."""
    milliseconds, _dash, number = text.partition("-")
    if not (milliseconds.isascii() and milliseconds.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    return (int(milliseconds), int(number)) if len(text) <= 40 else None


def format_position(position: Position) -> str:
    """Return a position as an id."""
    return f"{position[0]}-{position[1]}"


def chunk(*, event: str = "", data: str = "", id: Position = NOWHERE, retry: int = 0) -> bytes:
    """Return a server-sent event as bytes; only the fields that are given."""
    lines = [f"retry: {retry}"] if retry else []
    lines += [f"id: {format_position(id)}"] if id != NOWHERE else []
    lines += [f"event: {event}"] if event else []
    lines += [f"data: {data or 1}"] if event or data else []
    return ("\n".join(lines) + "\n\n").encode()


@dataclass(slots=True)
class Event:
    """An event that came from Redis."""

    position: Position
    topics: tuple[str, ...]
    name: str
    ids: dict[str, str | int]
    kept: bool = True
    _chunks: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def decode(cls, position: Position, text: bytes) -> "Event":
        """Return the event of a text that `encode` made. Raise ValueError and KeyError for another text."""
        message = json.loads(text)
        return cls(position, tuple(message["t"]), message["e"], message["d"], kept="x" not in message)

    @property
    def actor(self) -> str:
        """The id of the person whom the event names, which nobody gets from whom they are hidden; "" if there is none."""
        return str(self.ids.get("person", ""))

    def chunk(self, topic: str) -> bytes:
        """Return what a stream that listens to a topic is sent, made once for all of them.

        A person's own topic, and that of a group of theirs, is called `me`, so that markup which many people share can
        name it.
        """
        shown = "me" if topic.startswith(("person:", "group:")) else topic
        made = self._chunks.get(shown)
        if made is None:
            data = json.dumps({**self.ids, "topic": shown, "event": self.name}, separators=(",", ":"))
            position = self.position if self.kept else NOWHERE
            # Of the moment: without an id, a browser still asks for what it missed before it.
            made = self._chunks[shown] = chunk(data=data, id=position)
        return made


class EventLog:
    """The events of the last minutes in the order of Redis; read and written by the event loop alone.

    Those of each topic are kept beside, so that who comes back costs as much as there is for them.
    """

    def __init__(self) -> None:
        self.begin(NOWHERE)

    def begin(self, position: Position) -> None:
        """Forget all events; nothing before a position is known from now on."""
        self._events: list[Event] = []
        self._by_topic: defaultdict[str, list[Event]] = defaultdict(list)
        self.begins = self.position = position

    def add(self, event: Event) -> None:
        """Add the newest event."""
        self.position = event.position
        if event.kept:
            self._events.append(event)
            for topic in event.topics:
                self._by_topic[topic].append(event)
        if len(self._events) > MOST_KEPT + 1_000 or (len(self._events) % 1_000 == 999):
            self._forget_old()

    def _forget_old(self) -> None:
        oldest = bisect_right(self._events, (self.position[0] - KEPT_MS, 0), key=_position)
        cut = min(max(oldest, len(self._events) - MOST_KEPT), FORGOTTEN_AT_ONCE)
        if cut > 0:
            gone = self._events[:cut]
            self.begins = gone[-1].position
            del self._events[:cut]
            for topic, count in Counter(topic for event in gone for topic in event.topics).items():
                kept = self._by_topic[topic]
                del kept[:count]
                if not kept:
                    del self._by_topic[topic]

    def since(self, position: Position, topics: Collection[str]) -> list[Event] | None:
        """Return the events of some topics after a position, in their order.

        None if it is so long ago that some are forgotten, or if they are too many to be told one by one.
        """
        if position < self.begins:
            return None
        missed: dict[Position, Event] = {}
        for topic in topics:
            for event in reversed(self._by_topic.get(topic, ())):
                if event.position <= position:
                    break
                missed[event.position] = event
                if len(missed) > MOST_REPLAYED:
                    return None
        return [missed[one] for one in sorted(missed)]


def _position(event: Event) -> Position:
    return event.position


log = EventLog()
"""The log of this process; empty where no shell runs."""


def current_position() -> str:
    """Return the id of the newest event that this process knows of, "" if it knows of none.

    A page that is made afterwards shows what the event was about, and asks its stream for those that come after it.
    """
    return format_position(log.position) if log.position != NOWHERE else ""
