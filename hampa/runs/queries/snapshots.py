"""The data of notifications about runs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run

SNAPSHOT_FIELDS = ("title", "starts_at", "timezone", "place", "code")
"""The keys of `run_snapshot`, which most notifications about a run have."""


def run_snapshot(run: Run) -> dict[str, Any]:
    """Return the run as notifications show it: `starts_at` in ISO 8601, `code` for the short link."""
    return {
        "title": run.title,
        "starts_at": run.starts_at.isoformat(),
        "timezone": run.timezone,
        "place": run.place,
        "code": run.short_code,
    }


def personal_link_ids(run: Run) -> Select[Any]:
    """Return a SELECT of each participant and the data of their one-tap link, for `notify` (`personal_sms_data`)."""
    data = func.jsonb_build_object("link", Participation.id).label("data")
    return select(Participation.person_id, data).where(Participation.run_id == run.id)


def personal_link_ids_of_first(runs: Sequence[Run]) -> Select[Any]:
    """Return the same for the participants of any of the runs; only those of the first run get a link, which is to it."""
    link = func.max(cast(Participation.id, Text)).filter(Participation.run_id == runs[0].id)
    data = func.jsonb_strip_nulls(func.jsonb_build_object("link", link)).label("data")
    in_any = Participation.run_id.in_([run.id for run in runs])
    return select(Participation.person_id, data).where(in_any).group_by(Participation.person_id)
