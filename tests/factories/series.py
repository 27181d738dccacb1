"""Series of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hampa.people.models import Person
from hampa.plans.actions import RunPlan
from hampa.platform.locale import dates
from hampa.platform.locale.recurrence import Rule
from hampa.runs.models.run import Run
from hampa.series.actions.series import create_series
from hampa.series.models import Series, SeriesMembership
from hampa.series.queries import series_for
from tests.factories.base import made, number
from tests.factories.people import make_person
from tests.factories.runs import in_days


def first_run(organiser: Person | None = None, *, rule: dict[str, Any] | None = None, **given: Any) -> Run:
    """Make a weekly series from the day after tomorrow at six in Tehran, and return its first run.

    The worker makes the others.
    """
    starts: datetime = given.pop("starts_local", in_days(2))
    values = {"title": f"Every week {number()}", "timezone": "Asia/Tehran", "place": "Laleh Park, west gate"}
    plan = RunPlan(starts_local=starts, **(values | given))
    day = dates.CODES[starts.weekday()]
    return create_series(organiser or make_person(), plan, Rule(**({"days": (day,)} | (rule or {}))))


def make_series(organiser: Person | None = None, *members: Person, **given: Any) -> Series:
    """Make a weekly series with its first run, to which some people come every time."""
    run = first_run(organiser, **given)
    for member in members:
        made(SeriesMembership, series_id=run.series_id, person_id=member.id)
    assert run.series_id
    return series_for(organiser, run.series_id)
