"""At the same instant: what organisers do, decided by the run's lock. Commits are real, each thread has its own connection."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select, text

from hampa.announcements import actions
from hampa.joining import actions as joining
from hampa.organising.actions import invitations, organisers as organising_organisers, ownership
from hampa.people.actions import count_number_lookups
from hampa.people.models import Person
from hampa.plans.jobs import hide_runs_of
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.jobs import Job
from hampa.platform.limits import count_within
from hampa.run_search.jobs import reindex_organiser_runs
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import OWNER, Run, RunInvitation, RunOrganiser
from hampa.runs.queries import runs
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.races import at_once, waiting_for_us


def the(person_id: uuid.UUID) -> Person:
    return db.session.get_one(Person, person_id)


@pytest.fixture
def world(real_database):
    """Return a run, its owner and six other people, by their ids."""
    with real_database.app_context():
        owner, others = make_person(), [make_person() for _ in range(6)]
        run = make_run(owner)
        ids = (owner.id, run.id, [other.id for other in others])
        db.session.commit()
    return ids


def test_a_run_is_deleted_or_joined_never_both(real_database, world):
    owner_id, _run_id, others = world
    for _ in range(4):
        with real_database.app_context():
            run_id = make_run(the(owner_id)).id
            db.session.commit()
        join = [lambda one=one, run=run_id: joining.join_run(the(one), run) for one in others]
        ended = at_once(real_database, [lambda run=run_id: ownership.delete_run(the(owner_id), run), *join])
        assert ended in (["done", *["Gone"] * 6], ["Refused", *["done"] * 6])
        with real_database.app_context():
            there = db.session.scalar(select(func.count()).where(Run.id == run_id))
            joined = db.session.scalar(select(func.count()).where(Participation.run_id == run_id))
        assert (there, joined) in ((0, 0), (1, 6))


def test_a_run_is_offered_to_one(real_database, world):
    owner_id, run_id, others = world
    with real_database.app_context():
        run = db.session.get_one(Run, run_id)
        for one in others:
            take_part(run, the(one))
        db.session.commit()
    ended = at_once(real_database, [lambda one=one: ownership.offer_run(the(owner_id), run_id, one) for one in others])
    assert sorted(ended) == ["Refused"] * 5 + ["done"]
    heir = others[ended.index("done")]
    answers = [lambda: invitations.accept(the(heir), run_id, OWNER)] * 3
    answers += [
        lambda: ownership.withdraw_offer(the(owner_id), run_id),
        lambda: invitations.decline(the(heir), run_id, OWNER),
    ]
    accepted = at_once(real_database, answers)[:3].count("done")
    with real_database.app_context():
        owner_now = db.session.get_one(Run, run_id).organiser_id
        beside = list(db.session.scalars(select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id)))
        assert db.session.scalars(select(RunInvitation.id)).all() == []
    assert (accepted, owner_now, beside) in ((1, heir, []), (0, owner_id, []))


def test_numbers_tried_at_once_are_all_counted(real_database, world):
    owner_id = world[0]
    with real_database.app_context():
        most = settings().numbers_per_person_day
    each = most // 3
    ended = at_once(real_database, [lambda: count_number_lookups(the(owner_id), each, most)] * 8)
    assert sorted(ended) == ["Refused"] * 5 + ["done"] * 3
    with real_database.app_context():
        assert count_within(the(owner_id), "runs.look_up_number", per="day") == 3 * each


def test_a_run_has_no_more_co_organisers_than_may_be(real_database, world):
    owner_id, run_id, others = world
    with real_database.app_context():
        for _ in range(organising_organisers.MAX_CO_ORGANISERS - 2):
            organising_organisers.invite_by_number(the(owner_id), run_id, [make_person().phone])
        phones = [the(one).phone for one in others]
        db.session.commit()
    ended = at_once(
        real_database,
        [lambda one=one: organising_organisers.invite_by_number(the(owner_id), run_id, [one]) for one in phones],
    )
    assert sorted(ended) == ["Refused"] * 4 + ["done"] * 2


def test_a_message_tapped_in_many_tabs_is_one_job(real_database, world):
    owner_id, run_id, _others = world
    with real_database.app_context():
        draft = actions.draft_message(the(owner_id), run_id, "Bring a lamp.", ["GOING"], by_sms=False).id
        db.session.commit()
    ended = at_once(real_database, [lambda: actions.send_message(the(owner_id), run_id, draft)] * 6)
    assert ended == ["done"] * 6
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).where(Job.name == "runs.tell_message")) == 1


@pytest.mark.parametrize("job", [reindex_organiser_runs, lambda owner_id: hide_runs_of(owner_id, True)])
def test_what_the_worker_does_to_all_runs_of_somebody_it_does_one_run_at_a_time(real_database, world, job):
    """Who changes several runs locks them in the order of their days: two orders at once would wait for each other."""
    owner_id, *_others = world
    with real_database.app_context():
        soon, later = (make_run(the(owner_id), starts_local=in_days(day)).id for day in (3, 4))
        db.session.commit()
        runs.locked_run(later)
        with waiting_for_us(real_database, lambda: job(owner_id)):
            db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
            assert runs.locked_run(soon).id == soon
