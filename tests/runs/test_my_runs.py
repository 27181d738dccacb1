"""The list of one's own runs, found by the starts that participations know, and that no move of a run leaves behind."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from hampa.people.models import Person
from hampa.plans import actions as plans
from hampa.platform import clock
from hampa.platform.db import db
from hampa.run_lists.queries.own import my_runs
from hampa.runs.models.participation import INVOLVED, LEFT, Participation
from hampa.runs.models.run import LONGEST_DURATION, Run, RunOrganiser
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.races import waiting_for_us


def pages_of(person: Person, *, past: bool, size: int) -> Iterator[list[uuid.UUID]]:
    """Return the ids of each page of the list, one page after the other."""
    after, ended = None, False
    while not ended:
        page = my_runs(person, past=past, after=after, size=size, faces=False)
        yield [run.id for run in page.items]
        after, ended = page.next, page.next is None


def expected(person: Person, *, past: bool) -> list[uuid.UUID]:
    """Return the same ids from all rows, which are read one by one."""
    takes_part = {row.run_id for row in db.session.scalars(select(Participation)) if _is_of(row, person)}
    shares = {row.run_id for row in db.session.scalars(select(RunOrganiser)) if row.person_id == person.id}
    runs = [
        run
        for run in db.session.scalars(select(Run))
        if (run.id in takes_part | shares or run.organiser_id == person.id) and (run.ends_at <= clock.now()) is past
    ]
    return [run.id for run in sorted(runs, key=lambda run: (run.starts_at, run.id), reverse=past)]


def _is_of(row: Participation, person: Person) -> bool:
    return row.person_id == person.id and row.status in INVOLVED


def stale() -> list[tuple[uuid.UUID, datetime, datetime]]:
    """Return the participations that hold another start than their run."""
    kept = select(Participation.id, Participation.run_starts_at, Run.starts_at).join(
        Run, Run.id == Participation.run_id
    )
    return [tuple(row) for row in db.session.execute(kept.where(Participation.run_starts_at != Run.starts_at))]


@pytest.fixture
def _at_noon() -> Iterator[None]:
    with clock.frozen(datetime(2026, 12, 2, 12, tzinfo=UTC)):
        yield


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.usefixtures("_at_noon")
def test_every_page_has_the_next_of_all_kinds_once(db_session, past):
    dice, person, other = random.Random(4), make_person(), make_person()
    for number in range(36):
        # Several at one moment, some that last for days and go on, and some that are over.
        starts_local = in_days(dice.randint(-4, 3), hour=dice.choice((5, 6)))
        owner = dice.choice((person, other, other))
        run = make_run(owner, starts_local=starts_local, duration_min=dice.choice((30, 2880)))
        if number % 3:
            take_part(run, person, dice.choice(("GOING", "WAITLISTED", "INTERESTED", "COMPLETED", "LEFT")))
        if owner is other and number % 5 == 0:
            add_organiser(run, person)
    take_part(make_run(other, starts_local=in_days(1)), other)
    db_session.flush()
    assert len(wanted := expected(person, past=past)) > 8
    for size in (1, 3, 40):
        pages = list(pages_of(person, past=past, size=size))
        assert [run_id for page in pages for run_id in page] == wanted
        assert all(len(page) == size for page in pages[:-1])


def test_a_run_that_lasts_as_long_as_runs_may_is_listed_until_its_end(db_session):
    person = make_person()
    run = make_run(person, duration_min=int(LONGEST_DURATION.total_seconds() // 60))
    db_session.flush()
    for at, past in ((run.ends_at - timedelta(seconds=1), False), (run.ends_at, True)):
        with clock.frozen(at):
            assert list(pages_of(person, past=past, size=5)) == [[run.id]]
            assert list(pages_of(person, past=not past, size=5)) == [[]]


def test_moves_reach_all_who_have_anything_to_do_with_a_run(db_session):
    organiser, person = make_person(), make_person()
    early, late = (make_run(organiser, starts_local=in_days(days)) for days in (2, 4))
    for run in (early, late):
        take_part(run, person)
        take_part(run, status=LEFT)
    versions = db_session.scalars(select(Participation.version)).all()
    assert list(pages_of(person, past=False, size=5)) == [[early.id, late.id]]
    plan = vars(plans.plan_of(early)) | {"starts_local": in_days(6)}
    plans.change_run(organiser, early.id, plans.RunPlan(**plan), early.sequence)
    db_session.flush()
    assert stale() == []
    assert list(pages_of(person, past=False, size=5)) == [[late.id, early.id]]
    # By a statement, as a series moves its runs, and by hand.
    db_session.execute(update(Run).values(starts_at=Run.starts_at + timedelta(hours=1)))
    assert stale() == []
    assert db_session.scalars(select(Participation.version)).all() == versions, "nobody has changed a participation"


def test_whoever_joins_while_the_run_is_moved_holds_the_new_start(real_database):
    run, person_id = make_run(), make_person().id
    db.session.commit()
    run_id, moved = run.id, run.starts_at + timedelta(hours=3)

    def take_place() -> None:
        row = Participation(run_id=run_id, person_id=person_id, status="GOING", rank=9)
        db.session.add(row)
        db.session.commit()

    def move() -> None:
        db.session.execute(update(Run).values(starts_at=Run.starts_at - timedelta(hours=5)))
        db.session.commit()

    db.session.execute(update(Run).values(starts_at=moved))
    with waiting_for_us(real_database, take_place) as joining:
        db.session.commit()
        joining.result(20)
    assert db.session.scalars(select(Participation.run_starts_at)).all() == [moved]
    # And the other way round: the run waits for who is joining, whom the move has to find.
    db.session.commit()
    db.session.add(Participation(run_id=run_id, person_id=make_person().id, status="GOING", rank=10))
    db.session.flush()
    with waiting_for_us(real_database, move) as moving:
        db.session.commit()
        moving.result(20)
    starts = db.session.scalars(select(Participation.run_starts_at)).all()
    assert starts == [moved - timedelta(hours=5)] * 2
