"""The demo community: as large as promised, alive relative to today, and careful with what people made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import undefer

from hampa.attendance.actions import settle_attendance
from hampa.attendance.models import Attendance
from hampa.cards.models import Card, Interest
from hampa.cards.queries import interests as cards
from hampa.checkins.models import CheckIn
from hampa.comments.actions import add_comment
from hampa.comments.models import Comment
from hampa.crews.models import Crew
from hampa.demo import data
from hampa.demo.actions import crews, people as people_of_demo, scenes
from hampa.demo.actions.check_ins import WEEK
from hampa.demo.actions.community import make_community
from hampa.demo.actions.people import demo_id
from hampa.follows.models import Follow
from hampa.joining.actions import join_run
from hampa.outbox.models import OutboxMessage
from hampa.people import queries
from hampa.people.models import Person
from hampa.photos.models import RunPicture
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.push.models import PushSubscription
from hampa.recaps.models import Thanks
from hampa.routes.models import RunRoute
from hampa.runs.models.participation import GOING, INTERESTED, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import PaceGroup, Run, RunOrganiser
from hampa.safety.models import Watch
from hampa.series.models import Series, SeriesMembership
from hampa.tokens.models import PersonalToken
from hampa.webhooks.models import Webhook
from tests.factories.people import make_person

COUNTS = {GOING: "taken", WAITLISTED: "waiting", INTERESTED: "interested", REQUESTED: "requested"}


def live() -> list[Person]:
    """Start the demo, as each start of the site does."""
    make_community()
    return people_of_demo.make_people()


SOON = demo_id("run", scenes.SOON, 0)
AHEAD = Run.ends_at > func.now()
"""Runs that are not over: the past ones of the demo stay as they are."""


def to_come() -> int:
    return db.session.scalar(select(func.count()).where(Run.starts_at > clock.now(), Run.cancelled_at.is_(None))) or 0


@pytest.fixture
def community(db_session):
    """Return the people of the demo, in a database in which it was started once."""
    return db_session.scalars(select(Person).where(Person.is_demo).order_by(Person.phone)).all()


in_community = pytest.mark.world(fill=live)


@in_community
def test_it_is_as_large_as_promised_and_speaks_two_languages(community):
    assert len(community) == 60
    assert to_come() == 120
    assert db.session.scalar(select(func.count()).select_from(Card)) == 80
    assert {person.locale for person in community} == {"fa", "en"}
    assert all(person.is_demo for person in community)


@in_community
def test_the_personas_are_who_they_are_promised_to_be(community):
    sara, reza, mina, operator = (queries.by_phone(f"+9891200000{n}") for n in ("01", "02", "03", "09"))
    assert cards.are_companions(sara.id, reza.id)
    assert not cards.are_companions(sara.id, mina.id)
    assert operator.is_operator
    assert not sara.is_operator
    assert db.session.scalar(select(func.count()).where(Run.organiser_id == sara.id)) >= 15


@in_community
def test_it_has_a_past_and_cards_for_women_are_those_of_women(page, community):
    over = Run.ends_at <= clock.now()
    assert db.session.scalar(select(func.count()).select_from(Run).where(over)) == 14
    came = select(func.count()).select_from(Participation).join(Run, Run.id == Participation.run_id)
    assert db.session.scalar(came.where(over, Participation.status == "COMPLETED")) >= 14 * 3
    sara = queries.by_phone("+989120000001")
    assert page.as_(sara).get("/me/runs?when=past", 200).all("article", class_="run-row")
    women = select(Person.gender).join(Card, Card.owner_id == Person.id).where(Card.company == "women")
    assert set(db.session.scalars(women)) == {"female"}


@in_community
def test_some_of_its_pages_are_open_to_everybody_under_a_user_name(page, community):
    page.get("/@sara_runs", 200)
    page.get("/@daniel_w", 200)
    assert queries.by_phone("+989120000002").handle is None


def test_a_user_name_that_is_taken_stays_with_whom_it_belongs_to(db_session):
    somebody = make_person(handle="sara_runs")
    assert len(live()) == 60
    assert queries.by_phone("+989120000001").handle is None
    assert db.session.get(Person, somebody.id).handle == "sara_runs"


@in_community
def test_the_counts_of_its_runs_are_those_of_its_people(community):
    rows = db.session.execute(
        select(Participation.run_id, Participation.status, func.count()).group_by(
            Participation.run_id, Participation.status
        )
    )
    counted = {(run_id, status): count for run_id, status, count in rows}
    runs = db.session.scalars(select(Run).where(AHEAD)).all()
    assert len(runs) >= 120 and {status for _run_id, status in counted} >= set(COUNTS)
    for run in runs:
        for status, name in COUNTS.items():
            assert getattr(run, name) == counted.get((run.id, status), 0)
        assert run.capacity is None or run.taken <= run.capacity


@in_community
def test_a_second_start_makes_nothing_twice(community):
    before = {run.id: run.starts_at for run in db.session.scalars(select(Run))}
    live()
    assert {run.id: run.starts_at for run in db.session.scalars(select(Run))} == before
    assert db.session.scalar(select(func.count()).select_from(Card)) == 80


@in_community
def test_what_is_past_moves_on_to_the_same_weekday_and_clock_time(community):
    single = select(Run).where(AHEAD, Run.series_id.is_(None), Run.id != SOON)
    before = {run.id: run.starts_local for run in db.session.scalars(single)}
    with clock.shifted(timedelta(days=40)):
        live()
        assert 120 <= to_come() <= 122, "each series may have one on the day itself"
        for run in db.session.scalars(single):
            moved = run.starts_local - before[run.id]
            assert moved.seconds == 0
            assert moved.days % 7 == 0
            assert run.starts_at > clock.now()


@in_community
def test_one_run_is_always_soon_and_nearly_full(community):
    with clock.shifted(timedelta(days=40, hours=7)):
        live()
        run = db.session.get_one(Run, SOON)
        assert timedelta() < run.starts_at - clock.now() < timedelta(hours=16)
        assert (run.places_left, run.waiting) == (1, 2)
        pair = db.session.scalars(
            select(Participation).where(Participation.run_id == run.id, Participation.status == WAITLISTED)
        ).all()
        assert {one.person_id for one in pair} == {one.together_with_id for one in pair}


@in_community
def test_weekly_series_have_people_who_come_every_time(community):
    series = db.session.scalars(select(Series)).all()
    assert len(series) >= 2
    for weekly in series:
        regulars = set(
            db.session.scalars(select(SeriesMembership.person_id).where(SeriesMembership.series_id == weekly.id))
        )
        assert len(regulars) >= 5
        theirs = db.session.scalars(select(Run).where(Run.series_id == weekly.id)).all()
        assert len(theirs) >= 8
        assert all(run.taken == len(regulars) for run in theirs)


@in_community
def test_who_organises_finds_something_to_decide_and_somebody_to_help(community):
    asked = demo_id("run", scenes.BY_APPROVAL, 0)
    lines = db.session.scalars(
        select(Participation.note).where(Participation.run_id == asked, Participation.status == REQUESTED)
    ).all()
    assert len(lines) == 4 and all(lines)
    groups = db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == demo_id("run", scenes.IN_GROUPS, 0))).all()
    assert len(groups) == 3 and all(group.leader_id for group in groups)
    assert (db.session.scalar(select(func.count()).select_from(RunOrganiser)) or 0) >= 2
    assert (db.session.scalar(select(func.count()).select_from(Comment)) or 0) > 50


@in_community
def test_routes_begin_where_people_meet_and_are_about_as_long_as_the_run(community):
    rows = db.session.execute(
        select(Run, RunRoute).join(RunRoute, RunRoute.run_id == Run.id).options(undefer(RunRoute.whole))
    )
    found = [(run, route) for run, route in rows]
    assert len(found) > 30
    for run, route in found:
        assert abs(route.distance_m / 1000 - float(run.distance_km)) < 0.2
        north, east = route.whole["line"][0][0]
        assert abs(north - run.latitude) < 1e-4 and abs(east - run.longitude) < 1e-4
        assert route.climb_m > 0 and route.whole["profile"]
        assert storage.exists(route.gpx)


@in_community
def test_a_run_that_a_person_joined_stays_and_another_takes_its_place(community, stranger):
    run = db.session.scalars(select(Run).where(AHEAD, Run.capacity.is_(None), Run.series_id.is_(None)).limit(1)).one()
    join_run(stranger, run.id)
    before = run.starts_at
    with clock.shifted(timedelta(days=40)):
        live()
        assert 120 <= to_come() <= 122, "each series may have one on the day itself"
        assert db.session.get_one(Run, run.id).starts_at == before


@in_community
def test_a_run_that_was_over_begins_anew_with_those_who_came(community):
    run = db.session.scalars(select(Run).where(AHEAD, Run.taken > 1, Run.series_id.is_(None)).limit(1)).one()
    taken = run.taken
    with clock.frozen(run.ends_at + timedelta(days=1)):
        assert settle_attendance(run.id) == taken
        live()
        db.session.expire_all()
        assert (run.taken, run.previous_starts_at) == (taken, None)
        going = select(func.count()).where(Participation.run_id == run.id, Participation.status == GOING)
        assert db.session.scalar(going) == taken


@in_community
def test_a_run_under_which_a_person_spoke_stays(community, stranger):
    run = db.session.scalars(select(Run).where(AHEAD, Run.series_id.is_(None)).limit(1)).one()
    add_comment(stranger, run.id, "See you there")
    before = run.starts_at
    with clock.shifted(timedelta(days=40)):
        live()
        assert db.session.get_one(Run, run.id).starts_at == before


@in_community
def test_what_a_person_says_of_a_persona_stays(community):
    community[0].name = "Somebody else"
    db.session.flush()
    live()
    assert queries.by_phone("+989120000001").name == "Somebody else"


@in_community
def test_faces_are_drawn_and_pictures_have_files(page, community):
    faces = [person for person in community if person.avatar]
    assert len(faces) > 45
    assert len({storage.open_file(f"people/{one.id}/{one.avatar}/64.webp").stream.read() for one in faces}) > 40
    for person in faces[:3]:
        for width in (64, 256, 512):
            assert storage.exists(f"people/{person.id}/{person.avatar}/{width}.webp")
    photos = db.session.scalars(select(RunPicture)).all()
    assert {photo.kind for photo in photos} == {"photo", "cover"}
    assert all(storage.exists(f"{photo.folder}/{width}.webp") for photo in photos for width in photo.widths)
    came = select(Participation.id).where(Participation.status == "COMPLETED")
    assert all(
        db.session.scalar(came.where(Participation.run_id == photo.run_id, Participation.person_id == photo.person_id))
        for photo in photos
        if photo.kind == "photo"
    )


@in_community
def test_a_past_run_has_marks_words_and_thanks(community):
    for run in db.session.scalars(select(Run).where(Run.ends_at <= clock.now(), Run.series_id.is_(None))):
        joined = select(func.count()).select_from(Participation).where(Participation.run_id == run.id)
        marked = joined.join(Attendance, Attendance.participation_id == Participation.id)
        assert db.session.scalar(marked) == db.session.scalar(joined)
        assert db.session.scalar(select(func.count()).where(Thanks.run_id == run.id))
        assert db.session.scalar(select(func.count()).where(Comment.run_id == run.id))


@in_community
def test_something_waits_for_sara_and_for_laleh(community):
    for number in (0, 6):
        person = community[number]
        waiting = db.session.scalars(
            select(Interest).where(Interest.owner_id == person.id, Interest.status == "pending")
        ).all()
        assert len(waiting) >= 2
        senders = [db.session.get_one(Person, one.sender_id) for one in waiting]
        assert {sender.timezone for sender in senders} == {person.timezone}
    asked = db.session.get_one(Run, demo_id("run", scenes.BY_APPROVAL, 0))
    answers = db.session.scalars(
        select(Participation.answers).where(Participation.run_id == asked.id, Participation.status == REQUESTED)
    ).all()
    assert len(asked.questions) == 2
    assert all(set(given) == {question.id for question in asked.questions} for given in answers)


@in_community
def test_people_take_part_where_they_live(community):
    rows = db.session.execute(
        select(Run.timezone, Person.timezone)
        .join(Participation, Participation.run_id == Run.id)
        .join(Person, Person.id == Participation.person_id)
    )
    assert all(there == home for there, home in rows)


@in_community
def test_somebody_is_waited_for_at_each_start_and_follows_stand(community):
    runner = community[4]
    watch = db.session.scalars(select(Watch).where(Watch.person_id == runner.id)).one()
    assert watch.running and watch.expected_at > clock.now()
    follows = db.session.scalar(select(func.count()).select_from(Follow))
    assert follows >= 20
    with clock.shifted(timedelta(hours=5)):
        live()
        db.session.refresh(watch)
        assert watch.running and watch.expected_at > clock.now()
        assert db.session.scalar(select(func.count()).select_from(Follow)) == follows
        watch.status, watch.ended_at, watch.next_at = "home", clock.now(), None
        db.session.flush()
        live()
        assert watch.status == "home", "what a person ended stays so"


@in_community
def test_what_somebody_follows_as_a_persona_by_hand_stays_theirs(community):
    theirs = db.session.scalars(select(Follow).where(Follow.organiser_id.is_not(None)).limit(1)).one()
    person_id, organiser_id = theirs.person_id, theirs.organiser_id
    db.session.delete(theirs)
    db.session.flush()
    own = Follow(person_id=person_id, organiser_id=organiser_id)
    db.session.add(own)
    db.session.flush()
    live()
    followed = select(Follow.id).where(Follow.person_id == person_id, Follow.organiser_id == organiser_id)
    assert db.session.scalars(followed).all() == [own.id]


def said_in(crew_id) -> int:
    return db.session.scalar(select(func.count()).where(CheckIn.crew_id == crew_id)) or 0


@in_community
def test_two_crews_have_half_a_year_of_check_ins_and_something_to_answer(page, community):
    sara = community[0]
    for crew_id in crews.IDS:
        crew = db.session.get_one(Crew, crew_id)
        assert 10 <= crew.members <= crew.max_members and crew.admins == 1
        weeks = db.session.execute(
            select(CheckIn.period_from, func.count()).where(CheckIn.crew_id == crew_id).group_by(CheckIn.period_from)
        ).all()
        assert len(weeks) >= 26
        assert {row[1] for row in weeks} != {crew.members}, "some weeks are missed"
        health = select(CheckIn.health).where(CheckIn.crew_id == crew_id).distinct()
        assert set(db.session.scalars(health)) == {"well", "ill", "injured"}
        assert db.session.scalar(select(func.max(CheckIn.created_at)).where(CheckIn.crew_id == crew_id)) <= clock.now()
        lately = clock.now() - timedelta(weeks=3)
        late = CheckIn.created_at > lately
        fall = func.avg(CheckIn.score).filter(~late) - func.avg(CheckIn.score).filter(late)
        falls = select(fall).where(CheckIn.crew_id == crew_id).group_by(CheckIn.person_id)
        assert max(each for each in db.session.scalars(falls) if each is not None) > 4, "somebody drifts"
    words = page.as_(sara).get(f"/crews/{crews.IDS[0]}/ways-in", 200).words
    assert all(line in words for line in data.CREWS[0].asking)
    assert page.as_(sara).get("/me/check-ins", 200).form is not None
    assert data.CREWS[0].name in page.as_(sara).get("/me/check-ins", 200).words


@in_community
def test_a_later_start_adds_the_weeks_since_and_nothing_twice(community):
    first = crews.IDS[0]
    before = said_in(first)
    live()
    assert said_in(first) == before
    db.session.execute(delete(CheckIn).where(CheckIn.crew_id == first, CheckIn.person_id == community[1].id))
    left = said_in(first)
    with clock.shifted(timedelta(weeks=2)):
        live()
        added = select(CheckIn.period_from).where(CheckIn.crew_id == first, CheckIn.created_at > clock.now() - WEEK)
        assert left < said_in(first) < left + 3 * db.session.get_one(Crew, first).members
        assert db.session.scalars(added).first() is not None
    assert db.session.scalar(select(func.count()).where(PersonalToken.person_id == community[0].id)) == 1
    webhook = db.session.scalars(select(Webhook).where(Webhook.person_id == community[0].id)).one()
    assert not webhook.is_on, "the demo calls nobody"


@in_community
def test_somebody_has_a_device_and_a_weekly_summary(page, community):
    sara = community[0]
    devices = select(PushSubscription).where(PushSubscription.person_id == sara.id)
    device = db.session.scalars(devices).one()
    assert "Chrome" in page.as_(sara).get("/notifications/devices", 200).words
    written = select(OutboxMessage).where(OutboxMessage.purpose == "weekly_summary")
    assert db.session.scalars(written).one().person_id == sara.id
    db.session.delete(device)
    db.session.flush()
    live()
    assert db.session.scalars(devices).all() == [], "what a person removed stays away"
    assert len(db.session.scalars(written).all()) == 1
