"""At the same instant, around a run: comments, marks, codes, the end of the run. Commits are real here."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import func, select

from hampa.attendance import actions, queries
from hampa.attendance.models import Attendance
from hampa.calendars import actions as feed
from hampa.calendars.models import CalendarFeed
from hampa.calendars.queries import hash_feed_token
from hampa.comments import actions as comments
from hampa.comments.models import Comment
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.submissions import create_once
from hampa.runs.models.participation import Participation
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part
from tests.races import at_once


def person(found):
    return db.session.get_one(Person, found)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_fifteen_comments_at_once_are_ten(real_database):
    author, run = make_person().id, make_run().id
    db.session.commit()
    ended = at_once(
        real_database,
        [lambda number=number: comments.add_comment(person(author), run, f"Number {number}") for number in range(15)],
    )
    assert (ended.count("done"), ended.count("TooFast")) == (10, 5)
    assert count(Comment) == 10


def test_the_same_tap_twelve_times_is_one_comment(real_database):
    author, run, submission = make_person().id, make_run().id, uuid.uuid4()
    db.session.commit()

    def tap():
        create_once(submission, lambda: comments.add_comment(person(author), run, "Tea?").id)

    assert at_once(real_database, [tap] * 12) == ["done"] * 12
    assert count(Comment) == 1


def test_a_code_that_two_phones_scan_at_once_marks_once(real_database):
    organiser = make_person()
    run = make_run(organiser)
    take_part(run)
    code = queries.code_of(db.session.scalars(select(Participation)).one())
    organiser_id, run_id, start = organiser.id, run.id, run.starts_at
    db.session.commit()
    again: list[bool] = []
    with clock.frozen(start):
        ended = at_once(
            real_database, [lambda: again.append(actions.scan_ticket(person(organiser_id), run_id, code).again)] * 8
        )
    assert ended == ["done"] * 8
    assert sorted(again) == [False] + [True] * 7
    assert count(Attendance) == 1


def test_marks_words_and_the_job_at_one_moment_leave_one_truth(real_database):
    organiser, runner = make_person(), make_person()
    run = make_run(organiser)
    take_part(run, runner)
    organiser_id, runner_id, run_id, end = organiser.id, runner.id, run.id, run.ends_at
    place = place_of(run, runner)
    db.session.commit()
    with clock.frozen(end + timedelta(days=1)):
        ended = at_once(
            real_database,
            [
                lambda: actions.mark_attendance(person(organiser_id), run_id, {place: "COMPLETED"}),
                lambda: actions.correct_attendance(person(runner_id), run_id, came=False),
                lambda: actions.settle_attendance(run_id),
                lambda: actions.settle_attendance(run_id),
            ],
        )
    assert ended == ["done"] * 4
    db.session.expire_all()
    assert db.session.scalars(select(Attendance.said)).one() == "NO_SHOW"
    assert db.session.scalars(select(Participation.status)).one() == "NO_SHOW"


def test_a_feed_made_anew_eight_times_at_once_has_one_address(real_database):
    reader = make_person().id
    db.session.commit()
    tokens: list[str] = []
    ended = at_once(real_database, [lambda: tokens.append(feed.open_feed(person(reader)))] * 8)
    assert ended == ["done"] * 8
    assert count(CalendarFeed) == 1
    kept = db.session.scalars(select(CalendarFeed.token_hash)).one()
    assert sum(hash_feed_token(token) == kept for token in tokens) == 1
