"""The worker is killed (-9) while it writes a person's copy, takes them out of their runs, and forgets them."""

from __future__ import annotations

import io
import signal
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from hampa.account.actions import account_deletion, exports
from hampa.account.jobs import erase_due
from hampa.account.models import Export
from hampa.comments.models import Comment
from hampa.people.models import LEAVING_PERIOD, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.platform.media import storage
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.factories.comments import make_comment
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.faults.conftest import PAUSE, Work, pause_at
from tests.faults.workers import wait_until
from tests.races import WAITS_FOR_US

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


def jobs_begin_anew() -> None:
    """End the leases of dead workers."""
    db.session.rollback()
    db.session.execute(update(Job).where(Job.status == "running").values(due_at=clock.now(), version=Job.version))
    db.session.commit()


def killed_while_paused(work: Work) -> None:
    """Kill a worker in the middle of a transaction, where `pause_at` makes it wait."""
    with db.engine.connect() as holding:
        holding.execute(text(f"SELECT pg_advisory_lock({PAUSE})"))
        with work() as worker:
            wait_until(lambda: holding.execute(WAITS_FOR_US).scalar())
            worker.signal_all(signal.SIGKILL)
        holding.execute(text(f"SELECT pg_advisory_unlock({PAUSE})"))
    jobs_begin_anew()


def count(query) -> int:
    db.session.rollback()
    return db.session.scalar(query) or 0


def test_a_copy_is_made_by_the_next_worker(work: Work) -> None:
    person = make_person()
    export_id = exports.request_export(person).id
    db.session.commit()
    pause_at("exports", "UPDATE", "NEW.status = 'ready'")
    killed_while_paused(work)
    ready = select(func.count()).where(Export.id == export_id, Export.status == "ready")
    assert count(ready) == 0
    with work():
        wait_until(lambda: count(ready))
    file = storage.read(f"exports/{export_id}.zip")
    assert zipfile.ZipFile(io.BytesIO(file)).testzip() is None


def test_going_on_out_of_ones_runs(work: Work) -> None:
    person, others = make_person(), make_person()
    runs = [make_run(person) for _nth in range(3)] + [make_run(others) for _nth in range(3)]
    for run in runs:
        take_part(run, others if run.organiser_id == person.id else person)
    account_deletion.request_deletion(person, {})
    db.session.commit()
    pause_at("participations", "UPDATE", "NEW.status = 'LEFT'")
    killed_while_paused(work)
    left = select(func.count()).where(Participation.person_id == person.id, Participation.status == "LEFT")
    cancelled = select(func.count()).where(Run.organiser_id == person.id, Run.cancelled_at.is_not(None))
    assert (count(cancelled), count(left)) == (3, 0)
    with work():
        wait_until(lambda: count(left) == 3)
    assert count(cancelled) == 3


def test_half_an_erasure_is_none(work: Work) -> None:
    person = make_person(name="Zarrin")
    past = make_run(starts_local=in_days(-5))
    take_part(past, person, "COMPLETED", note="quince")
    make_comment(past, person)
    account_deletion.request_deletion(person, {})
    person.leaving_at = clock.now() - LEAVING_PERIOD - timedelta(minutes=1)
    db.session.commit()
    erase_due()
    pause_at("people", "UPDATE", "NEW.state = 'erased'")
    killed_while_paused(work)
    noted = select(func.count()).where(Participation.note == "quince")
    erased = select(func.count()).where(Person.id == person.id, Person.state == "erased")
    assert (count(noted), count(erased)) == (1, 0)
    with work():
        wait_until(lambda: count(erased))
    assert count(noted) == 0
    assert count(select(func.count()).where(Comment.author_id == person.id)) == 1
