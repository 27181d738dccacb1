"""Open connections as entries in Redis: of whom, in which session and process, since when, and when last alive.

Each person with an open page has a sorted set of their connections with the time of the last heartbeat, by the clock of
Redis. It is gone a minute after the last one, so that a process that was killed leaves nobody online.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from redis import Redis

from hampa.platform.redis import key, quietly

ALIVE_SECONDS = 60
MOST_CONNECTIONS = 6
LEFT = "left"
"""The entry of a person who has just closed their last page: they are online until they have not opened another."""

ENTER = """
local now = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now[1] - tonumber(ARGV[4]))
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', ARGV[7], ARGV[3])
end
local since = string.format('%.0f', now[1] * 1000000 + now[2] - ARGV[8])
redis.call('ZADD', KEYS[1], now[1], since .. '|' .. ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
local open = {}
for _, entry in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if entry ~= ARGV[2] then open[#open + 1] = entry end
end
table.sort(open)
local ended = {}
for place = 1, #open - tonumber(ARGV[5]) do
  redis.call('ZREM', KEYS[1], open[place])
  ended[#ended + 1] = open[place]
end
return {since, ended}
"""
"""Adds an entry, and returns the oldest of the person's that are past the limit, which are removed.

The last argument is for how many microseconds the connection has been open: processes tell of theirs at different moments.
"""

BEAT = """
local now = redis.call('TIME')[1]
for place, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[place + 1])
  redis.call('EXPIRE', key, ARGV[1])
end
"""
"""Notes that connections are alive, also those that Redis has forgotten."""

LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
if ARGV[4] == '1' then
  redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
"""
"""Removes an entry; a person who closed a page themselves is online for another minute."""


COME = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1] - tonumber(ARGV[1]))
if redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[2]) == 1 then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', ARGV[5], ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
"""Notes that somebody of a group is here, and tells it unless they were in the last minute."""

HERE = """
local oldest = redis.call('TIME')[1] - tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', oldest)
return redis.call('ZREVRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1)
"""
"""Returns who of a group had a connection in the last minute, the latest first: `BEAT` notes them there too."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """An open connection of a person: microseconds of its beginning, and the second of its last heartbeat."""

    since: int
    session_id: str
    process: str
    heartbeat: int


def connections_key(person_id: uuid.UUID | str) -> str:
    """Return the name of the key that has a person's connections."""
    return f"live:connections:{person_id}"


def here_key(group: str) -> str:
    """Return the name of the key that has those of a group who show that they are here."""
    return f"live:here:{group}"


def connections_of(person_id: uuid.UUID) -> list[OpenConnection]:
    """Return the open connections of a person; none when Redis is away."""
    name = key(connections_key(person_id))

    def read(client: Redis) -> list[OpenConnection]:
        with client.pipeline(transaction=False) as pipeline:
            pipeline.time()
            pipeline.zrange(name, 0, -1, withscores=True)
            (now, _micros), entries = pipeline.execute()
        found = []
        for entry, heartbeat in entries:
            if entry.decode() != LEFT and heartbeat >= now - ALIVE_SECONDS:
                since, _connection, session_id, process = entry.decode().split("|", 3)
                found.append(OpenConnection(int(since), session_id, process, int(heartbeat)))
        return sorted(found, key=lambda one: one.since)

    return quietly(read, otherwise=[])


def online_among(person_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some people who have a page open, in one question to Redis; nobody when it is away.

    Whether they let others see that is for the caller to ask.
    """
    ids = list(person_ids)
    names: Sequence[str] = [key(connections_key(person_id)) for person_id in ids]

    def read(client: Redis) -> set[uuid.UUID]:
        with client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.exists(name)
            return {person_id for person_id, exists in zip(ids, pipeline.execute(), strict=True) if exists}

    nobody: set[uuid.UUID] = set()
    return quietly(read, otherwise=nobody) if ids else nobody


def online_in(group: str, most: int) -> list[uuid.UUID]:
    """Return up to `most` of the people of a group (`<name>:<id>`) who are here and showed it when they came.

    Whether they are still in it, and show it still, is for the caller to ask. Nobody when Redis is away.
    """
    name, nobody = key(here_key(group)), list[bytes]()
    entries = quietly(lambda client: client.eval(HERE, 1, name, ALIVE_SECONDS, most), otherwise=nobody)
    ids = [uuid.UUID(entry.decode()) for entry in entries]
    online = online_among(ids)
    return [one for one in ids if one in online]
