"""Background work of leaderboards: following changes, and making boards anew that Redis has lost."""

import logging
from datetime import timedelta

import hampa.leaderboards.actions.standings
import hampa.leaderboards.queries.metrics  # noqa: F401 - both register what boards rank
from hampa.leaderboards.actions.following import follow_changes, rebuild_missing
from hampa.platform.db import db
from hampa.platform.jobs import NORMAL, Stopping, job, register_poller
from hampa.platform.rankings import RankingsAway

log = logging.getLogger(__name__)


@register_poller
def follow(queue: str, stopping: Stopping) -> int:
    """Bring boards up to date with what has changed, and return how many changes there were."""
    count = 0
    while queue == NORMAL and not stopping():
        try:
            followed = follow_changes()
        except RankingsAway:
            # The changes wait until Redis is back: the boards may still be there, as they were.
            db.session.rollback()
            return count
        db.session.commit()
        count += followed
        if not followed:
            break
    return count


@job("leaderboards.rebuild_missing", every=timedelta(minutes=1), lease=timedelta(minutes=10))
def rebuild_what_is_missing() -> None:
    """Make those boards of everybody anew that Redis does not know, as after a restart and in a new week."""
    try:
        rebuild_missing()
    except RankingsAway:
        log.warning("Redis is away: boards wait")
        db.session.rollback()
    db.session.commit()
