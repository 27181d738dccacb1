"""What is said of a run to those who take part, and to those who look at lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from hampa.platform import versions
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.listing import LISTING

SNAPSHOT_FIELDS = ("title", "starts_at", "timezone", "place", "code")
"""The keys of `snapshot`, which the data of most notifications about a run begin with."""


def invalidate_listing() -> None:
    """What visitors see of runs is another thing once this transaction is committed."""
    versions.bump(LISTING)


def run_snapshot(run: Run) -> dict[str, Any]:
    """Return what notifications say of a run, as it is at this moment: `starts_at` in ISO 8601, `code` for the link."""
    return {
        "title": run.title,
        "starts_at": run.starts_at.isoformat(),
        "timezone": run.timezone,
        "place": run.place,
        "code": run.short_code,
    }


def personal_links(run: Run) -> Select[Any]:
    """Select what the link of each participant of the run is made of, as `notify` takes it (`personal_sms_data`)."""
    data = func.jsonb_build_object("link", Participation.id).label("data")
    return select(Participation.person_id, data).where(Participation.run_id == run.id)


def personal_links_of_first(runs: Sequence[Run]) -> Select[Any]:
    """Select the same for the participants of any of these runs: the link is for the first run, if they are in that."""
    link = func.max(cast(Participation.id, Text)).filter(Participation.run_id == runs[0].id)
    data = func.jsonb_strip_nulls(func.jsonb_build_object("link", link)).label("data")
    of_any = Participation.run_id.in_([run.id for run in runs])
    return select(Participation.person_id, data).where(of_any).group_by(Participation.person_id)
