"""After a run: thanks to its organisers, and the question how it was."""

import uuid
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.recaps import queries
from hampa.recaps.models import Thanks
from hampa.runs.admission import admission_status
from hampa.runs.models.participation import CAME
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids, organises
from hampa.runs.queries.people import status_of
from hampa.runs.queries.snapshots import run_snapshot

NOTICE_LIFETIME = timedelta(days=14)
RUNS_AT_ONCE = 50
AGAIN_AFTER = timedelta(minutes=30)


def thank(person: Person, run_id: uuid.UUID) -> None:
    """Thank the organisers of a run that is over, once; they are told once a day how many did.

    Raise Refused unless the person came, for those who organise the run, and NotFound.
    """
    run = runs.run_for(person, run_id)
    if admission_status(run) != "over" or status_of(person, run_id) not in CAME or organises(person, run):
        raise Refused(_("Those who came can say thanks once the run is over."))
    added = insert(Thanks).values(id=ids.new_id(), run_id=run_id, person_id=person.id, created_at=clock.now())
    once = added.on_conflict_do_nothing(index_elements=["run_id", "person_id"]).returning(Thanks.id)
    if db.session.scalar(once) is not None:
        notify(
            organiser_ids(run_id),
            "run_thanked",
            subject_id=run_id,
            data=run_snapshot(run),
            event=f"{run_id}:{clock.now().date()}",
            expires_at=clock.now() + NOTICE_LIFETIME,
        )


def take_back_thanks(person: Person, run_id: uuid.UUID) -> None:
    """Take the person's thanks back, if there are any."""
    db.session.execute(delete(Thanks).where(Thanks.run_id == run_id, Thanks.person_id == person.id))


def claim_runs_to_recap() -> int:
    """Enqueue the question how it was for some runs that are over, and return their number."""
    found = queries.runs_to_recap(RUNS_AT_ONCE)
    for run in found:
        run.recap_at = clock.now()
        enqueue("runs.ask_how_it_was", run_id=run.id)
    return len(found)


def ask_how_it_was(run: Run) -> None:
    """Ask the people who came how the run was, one question a day; who has quiet hours now is asked after them."""
    now = clock.now()
    people, others_wait = queries.people_to_ask(run, now)
    notify(
        people,
        "run_recap",
        subject_id=run.id,
        data=run_snapshot(run),
        event=f"{run.starts_local:%Y-%m-%d}",
        expires_at=run.ends_at + timedelta(days=7),
    )
    if others_wait and now + AGAIN_AFTER < run.ends_at + queries.ASK_WITHIN:
        enqueue("runs.ask_how_it_was", at=now + AGAIN_AFTER, run_id=run.id)
