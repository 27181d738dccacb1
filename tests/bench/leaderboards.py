"""How long a look at a board of many people takes: one's own rank, one's neighbours and a page, in one round trip."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping
from statistics import median

from hampa.app import create_app
from hampa.platform import config, rankings, redis

PEOPLE = 100_000
LOOKS = 2_000
NAME = "bench"


def looks(variables: Mapping[str, str], tell: Callable[..., None]) -> None:
    """Tell the median and the 95th percentile of looks by different people at different pages."""
    dice = random.Random(16)
    people = [str(uuid.UUID(int=dice.getrandbits(128))) for _person in range(PEOPLE)]
    app = create_app(config.load(variables))
    with app.app_context():
        begun = time.perf_counter()
        rankings.replace(NAME, ((one, 1 + int(dice.paretovariate(1.2) * 1_000)) for one in people), seconds=600)
        made = time.perf_counter() - begun
        spent, calls, within = [], *redis_time()
        for _look in range(LOOKS):
            begun = time.perf_counter()
            found = rankings.look(NAME, dice.choice(people), start=dice.randrange(0, 10_000), size=25)
            spent.append(time.perf_counter() - begun)
            assert found is not None and found.own is not None
        more_calls, more_within = redis_time()
        rankings.forget(NAME)
    note = f"{PEOPLE:,} people, one round trip"
    tell("a board, my rank and neighbours", 1_000 * median(spent), "ms", most=2, note=note)
    tell("a board, the 95th of a hundred looks", 1_000 * sorted(spent)[int(0.95 * LOOKS)], "ms", note=note)
    in_redis = (more_within - within) / max(1, more_calls - calls) / 1_000
    tell(
        "a board, Redis' own time of a look",
        in_redis,
        "ms",
        note="the mean, as Redis counts it: without waiting for it",
    )
    tell("a board, handed to Redis anew", made, "s", note=f"{PEOPLE:,} people")


def redis_time() -> tuple[int, int]:
    """Return how often Redis has run scripts by their digest, and the microseconds that it took for them."""
    counted = redis.redis().info("commandstats").get("cmdstat_evalsha", {})
    return counted.get("calls", 0), counted.get("usec", 0)
