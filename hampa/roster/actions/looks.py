"""Looks of organisers at phone numbers."""

import uuid
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.roster.models import PhoneLook
from hampa.roster.queries.roster import phone_opened, phones_are_shown
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import run_snapshot

HOUR = timedelta(hours=1)


def record_phone_looks(organiser: Person, run: Run, people: Collection[uuid.UUID] | None = None) -> bool:
    """Record that an organiser is shown the numbers that the time of the run opens, and notify whose they are.

    `people` are those who are shown, None for all. Each is notified once a run and organiser. Return whether something
    was recorded: not twice within an hour, and nothing outside of the time.
    """
    if not phones_are_shown(run):
        return False
    now = clock.now()
    shown = [
        Participation.run_id == run.id,
        Participation.person_id != organiser.id,
        phone_opened(run),
        *([] if people is None else [Participation.person_id.in_(people)]),
    ]
    values = (func.gen_random_uuid(), literal(run.id), literal(organiser.id), Participation.person_id, literal(now))
    rows = insert(PhoneLook).from_select(
        ["id", "run_id", "organiser_id", "person_id", "created_at", "last_at"],
        select(*values, literal(now)).where(*shown).order_by(Participation.person_id),
        include_defaults=False,
    )
    recorded = db.session.scalars(
        rows.on_conflict_do_update(
            index_elements=["run_id", "organiser_id", "person_id"],
            set_={"last_at": now},
            where=PhoneLook.last_at <= now - HOUR,
        ).returning(PhoneLook.person_id)
    ).all()
    if recorded:
        notify(
            recorded,
            "phones_seen",
            actor_id=organiser.id,
            subject_id=run.id,
            data={**run_snapshot(run)},
            event=f"{run.id}:{organiser.id}",
        )
    return bool(recorded)
