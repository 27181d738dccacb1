"""Whether a run can be handed over or deleted."""

import uuid
from datetime import timedelta

from sqlalchemy import exists, or_, select

from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run, RunOrganiser

KEEP_CANCELLED = timedelta(days=30)
"""How long participants still find the page with the reason."""


def locked_others(owner_id: uuid.UUID, run: Run) -> list[Run]:
    """Return the owner's other runs of the series that have not begun, locked. The series is locked already."""
    query = select(Run).where(
        Run.series_id == run.series_id, Run.id != run.id, Run.organiser_id == owner_id, Run.starts_at > clock.now()
    )
    query = query.order_by(Run.occurrence_on).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def speaks_for_series(person: Person | PersonSummary, run: Run) -> bool:
    """Return whether a person owns a run of a series, or was asked to organise the later ones too: may ask for these."""
    for_series = exists().where(
        RunOrganiser.run_id == run.id,
        RunOrganiser.person_id == person.id,
        RunOrganiser.agreed_at.is_not(None),
        RunOrganiser.for_series,
    )
    return run.organiser_id == person.id or bool(db.session.scalar(select(for_series)))


def undeletable_reason(run: Run) -> str:
    """Return why the run can't be deleted; "" if nobody else ever joined, or it was cancelled 30 days ago."""
    deletable_at = run.cancelled_at + KEEP_CANCELLED if run.cancelled_at else None
    joined = exists().where(Participation.run_id == run.id, Participation.person_id != run.organiser_id)
    if (deletable_at and deletable_at <= clock.now()) or not db.session.scalar(select(joined)):
        return ""
    if deletable_at is None:
        return _("Others have joined this run. Cancel it first; 30 days after that it can be deleted.")
    date = dates.date(deletable_at)
    return _("Others had joined this run: its page stays until %(date)s, then you can delete it.", date=date)


def successor(run: Run, person_id: uuid.UUID, *, agreed_to_take_over: bool = False) -> PersonSummary | None:
    """Return the person if they organise the run with its owner, or joined it themselves; else None.

    With `agreed_to_take_over` return a co-organiser alone who agreed to own the run if the owner leaves.
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
            organises.where(RunOrganiser.takes_over) if agreed_to_take_over else or_(organises, takes_part),
        )
    )
