"""Publishing the numbers of crews."""

import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update

from hampa.checkins.models import NUMBERS, PRIVATE, SCALES, CheckIn
from hampa.crews.models import Crew
from hampa.platform import clock
from hampa.platform.db import db
from hampa.trends.models import HIGHEST_COUNTED, LOWEST_COUNTED, SETTLING, CrewNumbers, Means, Tally, means_of


def publish_numbers(most: int) -> int:
    """Publish the numbers of up to so many periods that have settled, and return for how many that was decided.

    What is decided once stays, whatever happens to the answers: two versions of one period would differ by a person.
    """
    due = (
        select(CrewNumbers.id, CrewNumbers.withdrawn, Crew.numbers_from, Crew.members)
        .join(Crew, Crew.id == CrewNumbers.crew_id)
        .where(CrewNumbers.published_at.is_(None), CrewNumbers.ends_at <= clock.now() - SETTLING)
        .order_by(CrewNumbers.ends_at, CrewNumbers.id)
        .limit(most)
        .with_for_update(of=CrewNumbers, skip_locked=True)
    )
    rows = db.session.execute(due).all()
    if rows:
        tallies = _tallies([row.id for row in rows])
        values = [
            _values(row.id, row.members, means_of(tallies[row.id], row.withdrawn, row.numbers_from)) for row in rows
        ]
        db.session.execute(update(CrewNumbers), values)
    return len(rows)


def _tallies(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Tally]]:
    sums = [func.sum(_counted(getattr(CheckIn, name))) for name in SCALES]
    query = (
        select(CrewNumbers.id, CheckIn.sharing, CheckIn.counted_from, func.count(), *sums)
        .join(
            CheckIn,
            (CheckIn.crew_id == CrewNumbers.crew_id)
            & (CheckIn.period_from == CrewNumbers.period_from)
            & (CheckIn.period_to == CrewNumbers.period_to),
        )
        .where(CrewNumbers.id.in_(ids), CheckIn.sharing != PRIVATE)
        .group_by(CrewNumbers.id, CheckIn.sharing, CheckIn.counted_from)
    )
    tallies: dict[uuid.UUID, list[Tally]] = defaultdict(list)
    for numbers_id, sharing, counted_from, count, *totals in db.session.execute(query):
        tallies[numbers_id].append(Tally(sharing, counted_from, count, totals))
    return tallies


def _counted(scale: Any) -> ColumnElement[int]:
    hidden = func.least(func.greatest(scale, LOWEST_COUNTED), HIGHEST_COUNTED)
    return case((CheckIn.sharing == NUMBERS, hidden), else_=scale)


def _values(numbers_id: uuid.UUID, members: int, means: Means | None) -> dict[str, Any]:
    scales = dict(zip(SCALES, means.values if means else [None] * len(SCALES), strict=True))
    published = {"answers": means.answers, "members": members} if means else {"answers": None, "members": None}
    return {"id": numbers_id, "published_at": clock.now(), **published, **scales}
