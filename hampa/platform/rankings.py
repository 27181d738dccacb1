"""Rankings in Redis: sorted sets of members by score, in which equal scores share a rank.

A ranking that Redis does not have is not empty but unknown: whoever asks makes it anew from the database. So that one
without members is known too, each has a member `END` below all others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from itertools import islice
from typing import Any, TypeVar, cast

from redis.exceptions import NoScriptError, RedisError

from hampa.platform import ids, redis
from hampa.platform.redis import key

END = "-"
NEIGHBOURS = 2
"""Rows shown before and after one's own."""
AT_ONCE = 5_000
T = TypeVar("T")

# KEYS: the ranking. ARGV: the own member, the first row, how many rows, how many neighbours, END, and members who count
# as gone although their scores are still there. They are taken out and put back: nothing else sees the ranking between.
_LOOK = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local kept = {}
for i = 6, #ARGV do
    local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if score then
        redis.call('ZREM', KEYS[1], ARGV[i])
        table.insert(kept, {score, ARGV[i]})
    end
end
local total = redis.call('ZCARD', KEYS[1]) - 1
local function rows(first, last)
    last = math.min(last, total - 1)
    if first < 0 or last < first then return {first, 0, {}} end
    local found = redis.call('ZREVRANGE', KEYS[1], first, last, 'WITHSCORES')
    return {first, redis.call('ZCOUNT', KEYS[1], '(' .. found[2], '+inf') + 1, found}
end
local start = tonumber(ARGV[2])
local page = rows(start, start + tonumber(ARGV[3]) - 1)
local place = redis.call('ZREVRANK', KEYS[1], ARGV[1])
local around = {0, 0, {}}
if place then
    around = rows(math.max(0, place - tonumber(ARGV[4])), place + tonumber(ARGV[4]))
end
for _, one in ipairs(kept) do redis.call('ZADD', KEYS[1], one[1], one[2]) end
return {total, page, around}
"""

# KEYS: the ranking. ARGV: scores and members in turn; 0 takes a member out. An unknown ranking stays unknown.
_UPDATE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do
    if tonumber(ARGV[i]) > 0 then redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
    else redis.call('ZREM', KEYS[1], ARGV[i + 1]) end
end
return 1
"""


class RankingsAway(Exception):
    """Redis does not answer, so that no ranking can be read or changed now."""


@dataclass(frozen=True, slots=True)
class Row:
    """A member with its score, and its rank: one more than there are members with a higher score."""

    member: str
    score: int
    rank: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a ranking shows: how many it has, a page of rows, and the own row between its neighbours."""

    total: int
    page: Sequence[Row]
    around: Sequence[Row]
    own: Row | None


def look(name: str, member: str = "", *, start: int = 0, size: int = 0, gone: Collection[str] = ()) -> Look | None:
    """Return rows of a ranking from `start` on and those around a member, in one round trip; None if it is unknown.

    Ranks are as if members who are `gone` were not there. Raise RankingsAway.
    """
    found = _run(_LOOK, name, member, start, size, NEIGHBOURS, END, *gone)
    if not found:
        return None
    total, page, around = cast("list[Any]", found)
    neighbours = _rows(*around)
    return Look(total, _rows(*page), neighbours, next((row for row in neighbours if row.member == member), None))


def _rows(first: int, rank: int, found: Sequence[bytes]) -> list[Row]:
    rows: list[Row] = []
    for place, (member, score) in enumerate(zip(found[::2], found[1::2], strict=True)):
        points = int(float(score))
        if place:
            rank = rank if points == rows[-1].score else first + place + 1
        rows.append(Row(member.decode(), points, rank))
    return rows


def are_known(names: Sequence[str]) -> list[bool]:
    """Return for each name whether Redis has the ranking. Raise RankingsAway."""
    with _answering(), redis.redis().pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.exists(_key(name))
        return [bool(known) for known in pipeline.execute()]


def update(name: str, scores: Mapping[str, int]) -> None:
    """Set the scores of members, of which 0 takes one out; an unknown ranking stays so. Raise RankingsAway."""
    for some in _batches(scores.items()):
        _run(_UPDATE, name, *(value for member, score in some for value in (score, member)))


def replace(name: str, scores: Iterable[tuple[str, int]], *, seconds: int) -> None:
    """Make a ranking of these scores in the place of what there was, for some seconds. Raise RankingsAway."""
    client = redis.redis()
    new = _key(f"{name}:{ids.new_id()}")
    with _answering():
        client.zadd(new, {END: 0})
        client.expire(new, seconds)
        for some in _batches(scores):
            client.zadd(new, {member: score for member, score in some if score > 0} or {END: 0})
        client.rename(new, _key(name))


def scores_of(name: str) -> dict[str, int] | None:
    """Return all scores of a ranking by member, None if it is unknown. Raise RankingsAway."""
    with _answering():
        found = cast("list[tuple[bytes, float]]", redis.redis().zrange(_key(name), 0, -1, withscores=True))
    return {member.decode(): int(score) for member, score in found if member != END.encode()} if found else None


def forget(name: str) -> None:
    """Delete a ranking, which is unknown from then on. Raise RankingsAway."""
    with _answering():
        redis.redis().delete(_key(name))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise RankingsAway from error


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _key(name: str) -> str:
    return key(f"ranking:{name}")


def _run(script: str, name: str, *args: Any) -> Any:
    """Run a script by its digest, under which Redis keeps it until it is restarted."""
    client = redis.redis()
    digest = sha1(script.encode(), usedforsecurity=False).hexdigest()
    with _answering():
        try:
            return client.evalsha(digest, 1, _key(name), *args)
        except NoScriptError:
            return client.eval(script, 1, _key(name), *args)
