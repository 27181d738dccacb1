"""What is said of a run to those who take part, and to those who look at lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from hampa.platform import versions
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.listing import LISTING


def touch_listing() -> None:
    """What visitors see of runs is another thing once this transaction is committed."""
    versions.bump(LISTING)


def snapshot(run: Run) -> dict[str, Any]:
    """What notices say of a run, as it is at this moment."""
    return {
        "title": run.title,
        "starts_at": run.starts_at.isoformat(),
        "timezone": run.timezone,
        "place": run.place,
        "code": run.short_code,
    }


def own_links(run: Run) -> Select[Any]:
    """What the link of each who takes part in the run is made of, as `notify` takes it."""
    data = func.jsonb_build_object("link", Participation.id).label("data")
    return select(Participation.person_id, data).where(Participation.run_id == run.id)


def links_of_first(runs: Sequence[Run]) -> Select[Any]:
    """The same for who takes part in any of these runs: a link is for the first of them, if they are in that one."""
    link = func.max(cast(Participation.id, Text)).filter(Participation.run_id == runs[0].id)
    data = func.jsonb_strip_nulls(func.jsonb_build_object("link", link)).label("data")
    of_any = Participation.run_id.in_([run.id for run in runs])
    return select(Participation.person_id, data).where(of_any).group_by(Participation.person_id)
