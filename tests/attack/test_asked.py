"""What somebody is asked, or told to look at, is told as long as they may see it; and what others hide uses nothing up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.challenges.models import ChallengeEntry
from hampa.coach_notes.actions import pin_note
from hampa.coach_notes.models import MOST_PINNED
from hampa.crews.actions.memberships import leave_crew
from hampa.crews.models import ADMIN, CrewMembership
from hampa.incidents import jobs
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.training.models.plans import PlanMember
from tests.factories.badges import make_challenge
from tests.factories.base import made
from tests.factories.cards import make_companions
from tests.factories.crews import make_crew
from tests.factories.follows import follow
from tests.factories.incidents import make_incident
from tests.factories.kept_files import make_note
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import make_series
from tests.factories.training import make_plan

TITLE = "Quinceblossom loop"


def told(person, kind):
    db.session.expire_all()
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return db.session.scalars(query).all()


def along(page, asker, run, other):
    page.as_(asker).post(f"/runs/{run.id}/invite", {"person_id": str(other.id)}, 303)


def test_a_run_of_a_crew_is_told_to_no_companion_outside_of_it(page, owner, companion):
    crew, run_of = make_crew(owner), {"title": TITLE, "visibility": "crew"}
    run = make_run(owner, crew_id=crew.id, **run_of)
    make_companions(owner, companion)
    along(page, owner, run, companion)
    theirs = page.as_(companion)
    theirs.get(f"/runs/{run.id}", 404)
    for path in ("/", "/answers", "/notifications"):
        assert TITLE not in theirs.get(path, 200).text, path
    assert not told(companion, "run_invite")


def test_who_left_the_crew_is_told_no_more_to_which_run_of_it_they_were_asked(page, owner, companion):
    crew = make_crew(owner, companion)
    run = make_run(owner, crew_id=crew.id, title=TITLE, visibility="crew")
    make_companions(owner, companion)
    along(page, owner, run, companion)
    theirs = page.as_(companion)
    assert len(told(companion, "run_invite")) == 1 and TITLE in theirs.get("/", 200).text
    leave_crew(companion, crew.id)
    db.session.commit()
    for path in ("/", "/answers", "/notifications"):
        assert TITLE not in theirs.get(path, 200).text, path


@pytest.mark.parametrize(("gender", "is_told"), [("male", False), ("female", True), (None, True)])
def test_a_run_waits_for_nobodys_answer_who_may_not_join_it(page, owner, gender, is_told):
    run, asked = make_run(owner, title=TITLE, company="women"), make_person(gender=gender)
    make_companions(owner, asked)
    along(page, owner, run, asked)
    assert (TITLE in page.as_(asked).get("/answers", 200).text) == is_told


def test_who_was_told_not_this_time_is_not_asked_along_again(page, owner, companion):
    run = make_run(owner, title=TITLE)
    make_companions(owner, companion)
    take_part(run, companion, "LEFT", declined_at=clock.now())
    along(page, owner, run, companion)
    assert TITLE not in page.as_(companion).get("/answers", 200).text


@pytest.mark.parametrize(("category", "is_told"), [("dispute", False), ("safeguarding", False), ("medical", True)])
def test_whom_a_report_of_conduct_concerns_does_not_hear_that_there_is_one(
    owner, companion, stranger, category, is_told
):
    crew = make_crew(owner, companion, stranger)
    membership = db.session.scalars(select(CrewMembership).filter_by(crew_id=crew.id, person_id=companion.id)).one()
    membership.role = ADMIN
    make_incident(stranger, companion, crew_id=crew.id, category=category, severity=1)
    for days in range(8):
        with clock.shifted(timedelta(days=days) + (clock.now().replace(hour=9) - clock.now())):
            jobs.review_week()
    assert [bool(told(one, "incident_review")) for one in (owner, companion)] == [True, is_told]


def test_notes_that_others_keep_to_themselves_leave_room_to_pin(page, owner, companion):
    plan = make_plan(owner, companion)
    for _place in range(MOST_PINNED):
        pin_note(companion, make_note(companion, plan, is_shared=False).id, is_pinned=True)
    pin_note(owner, make_note(owner, plan).id, is_pinned=True)
    with pytest.raises(Refused):
        pin_note(companion, make_note(companion, plan).id, is_pinned=True)


def test_a_series_of_a_crew_that_one_followed_is_not_named_to_who_left_the_crew(page, program, owner, companion):
    crew = make_crew(owner, companion)
    series = make_series(owner, crew_id=crew.id, visibility="crew", title=TITLE)
    follow(companion, series)
    assert TITLE in page.as_(companion).get("/me/following", 200).text
    assert TITLE in program.as_(companion).get("/me/following", 200).text
    leave_crew(companion, crew.id)
    db.session.commit()
    page.as_(companion).get(f"/series/{series.id}", 404)
    assert TITLE not in page.as_(companion).get("/me/following", 200).text
    assert TITLE not in program.as_(companion).get("/me/following", 200).text


@pytest.mark.parametrize("kind", ["challenge_new", "challenge_over"])
def test_what_a_challenge_is_called_by_now_is_not_told_to_who_left_the_crew(page, owner, companion, stranger, kind):
    crew = make_crew(owner, companion)
    challenge = make_challenge(crew, companion)
    made(ChallengeEntry, challenge_id=challenge.id, person_id=stranger.id, by_link=True)
    notify([companion.id, stranger.id], kind, subject_id=challenge.id, data={}, event=challenge.id)
    leave_crew(companion, crew.id)
    challenge.name = TITLE
    db.session.commit()
    shown = [TITLE in page.as_(one).get("/notifications", 200).text for one in (companion, stranger)]
    assert shown == [False, True], "who came by its link sees it as before"


def test_what_a_plan_is_called_by_now_is_not_told_to_who_said_no_to_it(page, owner, companion):
    plan = make_plan(owner)
    asked = made(PlanMember, plan_id=plan.id, person_id=companion.id, role="viewer", status="invited")
    notify([companion.id], "plan_invited", actor_id=owner.id, subject_id=plan.id, data={}, event=plan.id)
    plan.name = TITLE
    db.session.commit()
    theirs = page.as_(companion)
    assert TITLE in theirs.get("/notifications", 200).text
    db.session.delete(asked)
    db.session.commit()
    assert TITLE not in theirs.get("/notifications", 200).text
