"""To whom a run can be handed over, and whether it can be deleted."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import exists, or_, select

from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run

KEPT_AFTER_CANCELLING = timedelta(days=30)
"""For so long who wanted to come finds the page, with the reason."""


def locked_others(owner: Person, run: Run) -> list[Run]:
    """The other runs of its series that are the owner's and have not begun, locked; to be asked under the series' lock."""
    query = select(Run).where(
        Run.series_id == run.series_id, Run.id != run.id, Run.organiser_id == owner.id, Run.starts_at > clock.now()
    )
    query = query.order_by(Run.occurrence_on).with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def why_it_stays(run: Run) -> str:
    """Why the run can't be deleted, in words; "" when it can: nobody else ever joined, or it was cancelled long ago."""
    if run.cancelled_at is not None:
        free_at = run.cancelled_at + KEPT_AFTER_CANCELLING
        if free_at <= clock.now():
            return ""
    joined = exists().where(Participation.run_id == run.id, Participation.person_id != run.organiser_id)
    if not db.session.scalar(select(joined)):
        return ""
    if run.cancelled_at is None:
        return _("Others have joined this run. Cancel it first; 30 days after that it can be deleted.")
    return _(
        "Others had joined this run: its page stays until %(date)s, then you can delete it.", date=dates.date(free_at)
    )


def successor(run: Run, person_id: uuid.UUID) -> PersonSummary | None:
    """This person, if the run can be handed over to them: they organise it with its owner, or take part by
    their own word.
    """
    organises = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == Person.id, RunOrganiser.agreed_at.is_not(None)
    )
    takes_part = exists().where(
        Participation.run_id == run.id,
        Participation.person_id == Person.id,
        Participation.status.in_(TAKING_PART),
        Participation.added_by_organiser.is_(False),
    )
    return db.session.scalar(
        select(summary_columns()).where(
            Person.id == person_id,
            Person.id != run.organiser_id,
            Person.state == "active",
            Person.id.not_in(hidden_from(run.organiser_id)),
            or_(organises, takes_part),
        )
    )
