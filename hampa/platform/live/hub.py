"""The streams of a web process: one reader of Redis gets all events, and each stream those of its topics.

All of it runs in the event loop; nothing here waits for a client, holds a thread or a database connection.
"""

import asyncio
import contextlib
import os
import random
import socket
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hampa.platform.live import presence
from hampa.platform.live.events import (
    EVERYBODY,
    FIELD,
    KEPT_MS,
    MOST_KEPT,
    NOWHERE,
    RELOAD,
    STREAM,
    Event,
    EventLog,
    Position,
    chunk,
    encode,
    format_position,
    parse_position,
)
from hampa.platform.live.open_streams import Stream

HEARTBEAT_SECONDS = 20
LIFE_SECONDS = 3_600.0
"""How long a stream lasts, give or take a tenth; its browser then opens another one, wherever it is served best."""
CHECK_SECONDS = 30.0
CHECK_SECONDS_AWAY = 5.0
CHECKED_AT_ONCE = 1_000
BLOCK_MS = 2_000
ANSWER_SECONDS = 5.0
REST_SECONDS = 1.0
ENTER_SECONDS = 0.2
CONNECTION = "connection:"
"""The beginning of the topic of one stream alone."""
RETRY_MS = (1_000, 4_000)
"""After what time a browser comes back whose stream broke; each has another, so that not all come at once."""

log = structlog.get_logger(__name__)

CheckSessions = Callable[[Collection[uuid.UUID]], Awaitable[Collection[uuid.UUID]]]
"""Returns those of some sessions that have ended."""


class Hub:
    """The open streams of a process and what they listen to."""

    def __init__(self, url: str, prefix: str, events: EventLog, check_sessions: CheckSessions) -> None:
        self._url, self._prefix, self._check_sessions = url, prefix, check_sessions
        self.events = events
        self.streams: dict[str, Stream] = {}
        self.by_client = Counter[str]()
        self._by_topic: defaultdict[str, dict[str, Stream]] = defaultdict(dict)
        self._slots: list[dict[str, Stream]] = [{} for _ in range(HEARTBEAT_SECONDS)]
        self._entering: deque[Stream] = deque()
        self._leaving: deque[Stream] = deque()
        self._process = f"{socket.gethostname()}:{os.getpid()}"
        self.is_connected = self.is_draining = False
        self._tasks: list[asyncio.Task[None]] = []
        self.count_streams: Callable[[int], None] = lambda _change: None

    def start(self) -> None:
        """Begin to read events, in the running loop."""
        self._process = f"{socket.gethostname()}:{os.getpid()}"
        work = (self._read_forever(), self._beat_forever(), self._note_forever(), self._check_forever())
        self._tasks = [asyncio.create_task(one) for one in work]

    def drain(self) -> None:
        """End all streams, because the process ends; browsers come back to another one."""
        self.is_draining = True
        for stream in list(self.streams.values()):
            stream.end(chunk(retry=_retry()))

    async def stop(self) -> None:
        """End all streams and stop reading."""
        self.drain()
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._note_changes()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Streams

    def add(self, stream: Stream, asked_at: Position | None = None) -> None:
        """Open a stream: from now on it gets its events, after those that its client has missed.

        `asked_at` is the position at which its permissions were about to be asked for: what ended one of them since then
        has the stream open again.
        """
        asked = parse_position(stream.subscription.after)
        topics = self._topics_of(stream)
        missed = self.events.since(asked, {*topics, EVERYBODY}) if asked is not None else []
        self.streams[stream.connection] = stream
        self.by_client[stream.client] += 1
        self.count_streams(1)
        for topic in topics:
            self._by_topic[topic][stream.connection] = stream
        self._slots[int(stream.connection, 16) % HEARTBEAT_SECONDS][stream.connection] = stream
        self._entering.append(stream)
        stream.opened_at = time.monotonic()
        stream.ends_at = stream.opened_at + LIFE_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
        stream.push(
            chunk(retry=_retry(), event="beat", id=NOWHERE if missed is None else asked or self.events.position)
        )
        if missed is None:
            stream.push(self._reload())
        else:
            self._replay(stream, missed)
        if self.is_draining:
            stream.end()
        elif asked_at is not None and not self._is_allowed_since(stream, asked_at):
            stream.end(chunk(retry=_retry()))

    def _replay(self, stream: Stream, missed: Sequence[Event]) -> None:
        """Tell a stream what it has missed; what ended or changed permissions was looked at when it opened."""
        topics = self._topics_of(stream)
        for event in missed:
            if EVERYBODY in event.topics:
                stream.push(self._reload())
            for topic in topics.intersection(event.topics):
                if not _is_about_stream(event, topic):
                    self._deliver(event, topic, stream)

    def _is_allowed_since(self, stream: Stream, position: Position) -> bool:
        """Return whether nothing after a position has ended a permission of a stream."""
        topics = self._topics_of(stream)
        events = self.events.since(position, topics)
        return events is not None and not any(
            _is_about_stream(event, topic) for event in events for topic in topics.intersection(event.topics)
        )

    def remove(self, stream: Stream) -> None:
        """Forget a stream that is over."""
        if self.streams.pop(stream.connection, None) is None:
            return
        self.by_client[stream.client] -= 1
        self.count_streams(-1)
        if not self.by_client[stream.client]:
            del self.by_client[stream.client]
        for topic in self._topics_of(stream):
            self._by_topic[topic].pop(stream.connection, None)
            if not self._by_topic[topic]:
                del self._by_topic[topic]
        self._slots[int(stream.connection, 16) % HEARTBEAT_SECONDS].pop(stream.connection, None)
        self._leaving.append(stream)

    @staticmethod
    def _topics_of(stream: Stream) -> set[str]:
        return stream.subscription.all_topics

    def _reload(self) -> bytes:
        return chunk(event=RELOAD, id=self.events.position)

    # Events

    def route(self, event: Event) -> None:
        """Give an event to the streams that listen to it."""
        self.events.add(event)
        for topic in event.topics:
            if topic == EVERYBODY:
                for stream in self.streams.values():
                    stream.push(self._reload())
            elif topic.startswith(CONNECTION):
                if one := self.streams.get(topic.removeprefix(CONNECTION)):
                    one.end(chunk(event=event.name))
            else:
                for stream in self._by_topic.get(topic, {}).values():
                    self._deliver(event, topic, stream)

    def _deliver(self, event: Event, topic: str, stream: Stream) -> None:
        """Give an event to a stream; some say something about the stream itself."""
        if event.name == "recheck":
            stream.end(chunk(retry=_retry(), id=event.position))
        elif _is_about_stream(event, topic):
            stream.end(chunk(event=event.name))
        elif not event.actor or event.actor not in stream.subscription.hidden:
            stream.push(event.chunk(topic))

    async def _read_forever(self) -> None:
        client = self._client(ANSWER_SECONDS)
        has_read = False
        while True:
            try:
                await self._begin(client, anew=has_read)
                self.is_connected = has_read = True
                while True:
                    await self._read(client)
            except (RedisError, OSError, TimeoutError) as error:
                if self.is_connected or not has_read:
                    log.warning("live.redis_away", error=type(error).__name__, streams=len(self.streams))
                self.is_connected = False
                await asyncio.sleep(REST_SECONDS)
            except asyncio.CancelledError:
                await client.aclose()
                raise
            except Exception:
                log.exception("live.reading_failed")
                await asyncio.sleep(REST_SECONDS)

    async def _begin(self, client: Any, *, anew: bool) -> None:
        """Read the log as far as it is kept; after Redis was away, nobody knows what the streams have missed."""
        name = self._key(STREAM)
        newest = await client.xrevrange(name, count=1)
        last = _position(newest[0][0]) if newest else NOWHERE
        if not newest:  # so that all have a position from which they can ask
            last = _position(await client.xadd(name, {FIELD: encode([], "began", {})}))
        if not anew or last < self.events.position:
            self.events.begin(last)
            rows = await client.xrange(name, min=max(0, last[0] - KEPT_MS), count=MOST_KEPT) if newest else []
            if rows:
                self.events.begin(_before(_position(rows[0][0])))
            for entry_id, fields in rows:
                self._decode(_position(entry_id), fields, self.events.add)
        if anew:
            for stream in self.streams.values():
                stream.push(self._reload())

    async def _read(self, client: Any) -> None:
        position = format_position(self.events.position)
        answer = await client.xread({self._key(STREAM): position}, count=500, block=BLOCK_MS)
        for _name, rows in answer or ():
            for entry_id, fields in rows:
                self._decode(_position(entry_id), fields, self.route)

    def _decode(self, position: Position, fields: dict[bytes, bytes], use: Callable[[Event], None]) -> None:
        """Use an event; what is no event of ours is passed over."""
        try:
            event = Event.decode(position, fields[FIELD.encode()])
        except (ValueError, KeyError, TypeError):
            log.warning("live.unknown_event", position=format_position(position))
            event = Event(position, (), "", {}, kept=False)
        use(event)

    # Heartbeats and presence

    async def _beat_forever(self) -> None:
        """Send each stream a heartbeat every 20 seconds, a twentieth of them each second."""
        while True:
            for slot in self._slots:
                await asyncio.sleep(1)
                self.beat(list(slot.values()))

    def beat(self, streams: Sequence[Stream]) -> None:
        """Send a heartbeat to some streams, and end those that have lasted long enough."""
        beat, now = chunk(event="beat", id=self.events.position), time.monotonic()
        for stream in streams:
            if stream.ends_at > now:
                stream.push(beat)
            else:
                stream.end(chunk(retry=_retry(), id=self.events.position))

    async def _note_forever(self) -> None:
        """Tell Redis of streams that open and close, and a twentieth each second that they are alive."""
        self._noting = self._client(ANSWER_SECONDS)
        next_beat, place = time.monotonic() + 1, 0
        while True:
            await asyncio.sleep(ENTER_SECONDS)
            try:
                await self._note_changes()
                if time.monotonic() >= next_beat:
                    next_beat, place = next_beat + 1, (place + 1) % HEARTBEAT_SECONDS
                    await self._note_alive([stream for stream in self._slots[place].values() if stream.entry])
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(REST_SECONDS)  # the reader says so, and has them enter again
                next_beat = time.monotonic() + 1
            except asyncio.CancelledError:
                await self._noting.aclose()
                raise
            except Exception:
                log.exception("live.noting_failed")

    async def _note_changes(self) -> None:
        """Add the entries of new streams, end the oldest of people who have too many, and remove those that left."""
        while self._entering:
            stream = self._entering[0]
            if not stream.is_over:
                await self._enter(stream)
            self._entering.popleft()
        while self._leaving:
            stream = self._leaving[0]
            if stream.entry:
                keys = [self._key(presence.connections_key(stream.subscription.person_id))]
                mark = "1" if stream.left_by_client else "0"
                arguments = [stream.entry, presence.LEFT, presence.ALIVE_SECONDS, mark]
                await self._noting.eval(presence.LEAVE, len(keys), *keys, *arguments)
            self._leaving.popleft()

    async def _enter(self, stream: Stream) -> None:
        person_id = stream.subscription.person_id
        keys = [self._key(presence.connections_key(person_id)), self._key(STREAM)]
        rest = f"{stream.connection}|{stream.subscription.session_id}|{self._process}"
        came = encode([f"online:{person_id}"], "came", {})
        limits = [presence.ALIVE_SECONDS, presence.MOST_CONNECTIONS, MOST_KEPT, FIELD]
        open_for = round((time.monotonic() - stream.opened_at) * 1_000_000)
        arguments = [rest, presence.LEFT, came, *limits, open_for]
        since, ended = await self._noting.eval(presence.ENTER, len(keys), *keys, *arguments)
        stream.entry = f"{since.decode()}|{rest}"
        for group in stream.subscription.groups if stream.subscription.shown else ():
            keys = [self._key(presence.here_key(group)), self._key(STREAM)]
            more = [presence.ALIVE_SECONDS, person_id, encode([group], "came", {}), MOST_KEPT, FIELD]
            await self._noting.eval(presence.COME, len(keys), *keys, *more)
        for entry in ended:
            connection = entry.decode().split("|")[1]
            message = encode([CONNECTION + connection], "replaced", {}, kept=False)
            await self._noting.xadd(self._key(STREAM), {FIELD: message}, maxlen=MOST_KEPT, approximate=True)

    async def _note_alive(self, streams: list[Stream]) -> None:
        if not streams:
            return
        keys = [self._key(presence.connections_key(stream.subscription.person_id)) for stream in streams]
        entries = [stream.entry for stream in streams]
        await self._noting.eval(presence.BEAT, len(keys), *keys, presence.ALIVE_SECONDS, *entries)
        await self._note_here(streams)

    async def _note_here(self, streams: list[Stream]) -> None:
        """Note in the groups of people who show it that they are here."""
        shown = [one.subscription for one in streams if one.subscription.shown]
        here = {(presence.here_key(group), one.person_id) for one in shown for group in one.groups}
        if here:
            keys, people = [self._key(name) for name, _person in here], [person for _name, person in here]
            await self._noting.eval(presence.BEAT, len(keys), *keys, presence.ALIVE_SECONDS, *people)

    # Sessions

    async def _check_forever(self) -> None:
        """End the streams of sessions that have ended, where nobody could tell: Redis was away, or the session too old."""
        while True:
            for _ in range(int(CHECK_SECONDS / CHECK_SECONDS_AWAY)):
                await asyncio.sleep(CHECK_SECONDS_AWAY)
                if not self.is_connected:
                    break
            try:
                await self.check_sessions()
            except Exception:
                log.exception("live.checking_failed")

    async def check_sessions(self) -> None:
        """End the streams of sessions that have ended."""
        by_session: defaultdict[uuid.UUID, list[Stream]] = defaultdict(list)
        for stream in self.streams.values():
            by_session[uuid.UUID(stream.subscription.session_id)].append(stream)
        ids = list(by_session)
        for start in range(0, len(ids), CHECKED_AT_ONCE):
            for session_id in await self._check_sessions(ids[start : start + CHECKED_AT_ONCE]):
                for stream in by_session[session_id]:
                    stream.end(chunk(event="ended"))

    def _client(self, seconds: float) -> Any:  # redis-py types answers as text or bytes, and arguments as few things
        return Redis.from_url(
            self._url,
            socket_connect_timeout=2.0,
            socket_timeout=seconds,
            protocol=2,
            single_connection_client=True,
            retry=Retry(NoBackoff(), 0),
        )

    def _key(self, name: str) -> str:
        return self._prefix + name


def _retry() -> int:
    """Return after how many milliseconds a browser comes back."""
    return random.randint(*RETRY_MS)  # noqa: S311 - no secret


def _is_about_stream(event: Event, topic: str) -> bool:
    """Return whether an event of a topic ends streams instead of being sent to them."""
    own = topic.partition(":")[0]
    return own == "session" or event.name == "recheck" or (own == "person" and event.name == "ended")


def _position(entry_id: bytes) -> Position:
    milliseconds, _dash, number = entry_id.partition(b"-")
    return int(milliseconds), int(number)


def _before(position: Position) -> Position:
    """Return a position just before another."""
    return (position[0], position[1] - 1) if position[1] else (position[0] - 1, 2**63)
