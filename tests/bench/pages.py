"""The main pages against the yardstick: each has its bar, and what falls short of it is marked.

The people of a round are many, and each looks in turn: a page is not quick because the same person saw it a moment ago.
A feature's main page gets a row here when it is built.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from math import nan
from pathlib import Path

from sqlalchemy import or_, select, text

from hampa.crews.models import MOST_MEMBERS, Crew
from hampa.messages.models import Conversation
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.bench import load, world
from tests.bench.cards import FILL_CARDS
from tests.bench.coaching import fill_athletes
from tests.bench.crews import fill_drifts, fill_large_crew, store_import
from tests.bench.duties import addresses, fill_duties, occasion_addresses
from tests.bench.figures import LARGE, Site, against, bare, site
from tests.bench.lists import fill_athlete, fill_lists
from tests.bench.training import TrainingPaths, fill_training, look_for_badges
from tests.factories.messages import make_conversation, make_crew_conversation
from tests.factories.runs import make_run, take_part
from tests.factories.series import make_series

MANY = 400
"""People who look."""
CARDS = 2 * world.PEOPLE
OPEN_PROFILES, SERIES = 40, 20
CREW_RUNS = 12
DRIFTS = 100
"""Members of the crew who might like to be asked."""
TALKS, MESSAGES = 40, 40
"""Conversations of one person, and messages in each."""

NAME_SOME = """
UPDATE people SET handle = 'runner_' || right(phone, 4), profile_visibility = 'everyone'
WHERE id IN (SELECT id FROM people ORDER BY phone LIMIT :people)
"""


def people_with_more(ours: Site) -> tuple[list[str], list[str], str]:
    """Add cards, open profiles, series and an operator, once; return paths of profiles and of series, and a cookie."""
    with ours.app.app_context():
        if not db.session.scalar(text("SELECT count(*) FROM cards")):
            db.session.execute(text(FILL_CARDS), {"cards": CARDS})
            db.session.execute(text(NAME_SOME), {"people": OPEN_PROFILES})
            organisers = db.session.scalars(select(world.Person).order_by(world.Person.phone).limit(SERIES)).all()
            for organiser in organisers:
                make_series(organiser)
            db.session.commit()
            world.vacuum()  # plans without it are another site's
        operator = db.session.scalars(select(world.Person).order_by(world.Person.phone.desc()).limit(1)).one()
        operator.is_operator = True
        token = world.auth.open_session(operator, address="127.0.0.1", agent="bench", method="code")
        handles = db.session.scalars(text("SELECT handle FROM people WHERE handle IS NOT NULL")).all()
        series = db.session.scalars(text("SELECT id FROM series")).all()
        db.session.commit()
        db.engine.dispose()
        cookie = world.cookie_of(ours.app, token)
    return [f"/@{handle}" for handle in handles], [f"/series/{series_id}" for series_id in series], cookie


LARGE_CREW = select(Crew.id).where(Crew.max_members == MOST_MEMBERS)


def talker(ours: Site) -> tuple[list[str], str]:
    """Give somebody conversations, once; return their paths, and a cookie."""
    with ours.app.app_context():
        people = db.session.scalars(select(world.Person).order_by(world.Person.phone.desc()).offset(1).limit(TALKS + 1))
        person, *others = people.all()
        for other in others:
            make_conversation(other, person, *(f"Message {number} of many" for number in range(MESSAGES)))
        token = world.auth.open_session(person, address="127.0.0.1", agent="bench", method="code")
        own = or_(Conversation.low_id == person.id, Conversation.high_id == person.id)
        talks = db.session.scalars(select(Conversation.id).where(own).limit(TALKS)).all()
        db.session.commit()
        db.engine.dispose()
        return [f"/messages/{talk_id}" for talk_id in talks], world.cookie_of(ours.app, token)


def crew_of_many(ours: Site) -> tuple[str, str]:
    """Make the largest crew there can be, to which those who look belong, once; return its path and its talk's."""
    with ours.app.app_context():
        crew_id = db.session.scalar(LARGE_CREW)
        if crew_id is None:
            crew_id = fill_large_crew()
            some = db.session.scalars(select(world.Person).order_by(world.Person.phone).limit(CREW_RUNS)).all()
            crew = db.session.get_one(Crew, crew_id)
            for number, host in enumerate(some):
                run = make_run(host, crew_id=crew.id, visibility=("crew", "public")[number % 2])
                for person in some:
                    take_part(run, person)
            make_crew_conversation(crew, *((some[at % 7], f"Message {at} of many") for at in range(MESSAGES)))
            db.session.commit()
        talk_id = db.session.scalar(select(Conversation.id).where(Conversation.crew_id == crew_id))
        db.session.rollback()
        db.engine.dispose()
        return f"/crews/{crew_id}", f"/messages/{talk_id}"


def check_ins_to_look_after(ours: Site) -> tuple[str, str]:
    """Let a hundred of a crew be in its list of who might like to be asked; return paths of that and of an import."""
    with ours.app.app_context():
        crew_id = db.session.scalars(LARGE_CREW).one()
        fill_drifts(crew_id, DRIFTS)
        first = db.session.scalars(select(world.Person).order_by(world.Person.phone).limit(1)).one()
        import_id = store_import(first)
        db.engine.dispose()
        return f"/crews/{crew_id}/reach-out", f"/me/check-ins/import/{import_id}"


def duties_of_a_year(ours: Site) -> tuple[list[str], list[str], dict[str, str]]:
    """Give the crew its duties, once; return the paths of schedules and of shifts, and those of its days by name."""
    with ours.app.app_context():
        crew_id = db.session.scalars(LARGE_CREW).one()
        fill_duties(crew_id)
        paths, days = addresses(crew_id), occasion_addresses(crew_id)
        db.session.rollback()
        db.engine.dispose()
        return *paths, days


def trained(ours: Site) -> tuple[str, TrainingPaths]:
    """Give one person ten years of training, and the crew what goes with it, once; return their cookie, and paths."""
    with ours.app.app_context():
        person = db.session.scalars(select(world.Person).order_by(world.Person.phone).limit(1)).one()
        crew = db.session.get_one(Crew, db.session.scalars(LARGE_CREW).one())
        paths = fill_training(person, crew)
        fill_lists(person, crew, paths.plan_id)
        look_for_badges()
        token = world.auth.open_session(person, address="127.0.0.1", agent="bench", method="code")
        db.session.commit()
        db.engine.dispose()
        return world.cookie_of(ours.app, token), paths


def coach_of_many(ours: Site) -> tuple[str, uuid.UUID]:
    """Give one person two hundred athletes, once; return their cookie, and the id of one athlete."""
    with ours.app.app_context():
        query = select(world.Person).where(world.Person.state == "active").order_by(world.Person.phone.desc())
        coach = db.session.scalars(query.limit(1)).one()
        athlete_id = fill_athletes(coach)
        fill_athlete(coach, athlete_id)
        look_for_badges()
        token = world.auth.open_session(coach, address="127.0.0.1", agent="bench", method="code")
        db.session.commit()
        db.engine.dispose()
        return world.cookie_of(ours.app, token), athlete_id


Row = tuple[str, Sequence[str], str | Sequence[str], float]
"""A page: its name, paths, the cookie or cookies of who looks, and its bar."""


def rows_of(ours: Site) -> list[Row]:
    """Return the pages that are measured."""
    profiles, series, operator = people_with_more(ours)
    talks, talking = talker(ours)
    crew, talk = crew_of_many(ours)
    schedules, shifts, days = duties_of_a_year(ours)
    runner, training = trained(ours)
    coach, athlete = coach_of_many(ours)
    reach_out, preview = check_ins_to_look_after(ours)
    with ours.app.app_context():
        listed = [f"/runs/{run_id}" for run_id in db.session.scalars(select(Run.id).order_by(Run.starts_at).limit(40))]
        db.engine.dispose()
    many: Sequence[str] = ours.cookies
    return [
        ("/runs, signed in", ["/runs"], many, 0.5),
        ("/cards, signed in", ["/cards"], many, 0.5),
        ("notifications", ["/notifications"], many, 0.5),
        ("messages", ["/messages"], talking, 0.5),
        ("a conversation", talks, talking, 0.5),
        ("a run's page, signed in", listed, many, 0.4),
        ("home, signed in", ["/"], many, 0.35),
        ("a form, /runs/new", ["/runs/new"], many, 0.5),
        ("settings", ["/me/settings"], many, 0.5),
        ("settings of notifications", ["/me/settings/notifications"], many, 0.5),
        ("what I organise", ["/organising"], many, 0.5),
        ("what waits for me", ["/answers"], many, 0.5),
        ("what I follow", ["/me/following"], many, 0.5),
        ("me", ["/me"], many, 0.5),
        ("my next runs, as a device keeps them", ["/me/offline"], many, 0.4),
        ("notifications on devices", ["/notifications/devices"], many, 0.5),
        ("ways to sign in", ["/me/ways"], many, 0.5),
        ("tokens", ["/me/tokens"], many, 0.5),
        ("webhooks", ["/me/webhooks"], many, 0.5),
        ("subscription", ["/subscription"], many, 0.5),
        ("a profile", profiles, many, 0.4),
        ("a series", series, many, 0.4),
        ("crews", ["/crews"], many, 0.5),
        ("who asks to get into my crews", ["/crews/requests"], many, 0.5),
        ("a crew", [crew], many, 0.4),
        ("the conversation of a crew", [talk], many, 0.4),
        ("runs of a crew", [f"{crew}/runs"], many, 0.4),
        ("members of a crew", [f"{crew}/members"], many, 0.5),
        ("sub-groups of a crew", [f"{crew}/groups"], many, 0.5),
        ("my membership in a crew", [f"{crew}/membership"], many, 0.5),
        ("invitations of numbers", [f"{crew}/phone-numbers"], ours.cookies[0], 0.5),
        ("a check-in", [f"{crew}/check-in"], many, 0.5),
        ("check-ins of a crew", [f"{crew}/check-ins"], many, 0.5),
        ("numbers of a crew", [f"{crew}/check-ins/numbers"], many, 0.5),
        ("mine beside a crew's", [f"{crew}/check-ins/numbers/mine"], many, 0.5),
        ("my check-ins, with their trend", ["/me/check-ins"], many, 0.5),
        ("settings of check-ins", ["/me/check-ins/settings"], many, 0.5),
        ("choices in a crew", [f"{crew}/check-in/settings"], many, 0.5),
        ("who might like to be asked", [reach_out], ours.cookies[0], 0.5),
        ("bringing older check-ins", ["/me/check-ins/import"], many, 0.5),
        ("the preview of a thousand of them", [preview], ours.cookies[0], 0.25),
        ("where help is found", ["/help/talk"], many, 0.5),
        ("duties that I can take", ["/duties"], many, 0.5),
        ("schedules of duties", ["/schedules"], many, 0.5),
        ("a schedule of duties", schedules, many, 0.4),
        ("a shift of duties", shifts, many, 0.4),
        ("my duties", ["/me/duties"], many, 0.5),
        ("the grid of duties", [days["grid"]], many, 0.25),
        ("the roster of a day of duties", [days["roster"]], many, 0.4),
        ("a roster of duties with its checks", [days["roster"]], ours.cookies[0], 0.25),
        ("the calendar of duties", ["/duties/calendar"], many, 0.4),
        ("the swap of a duty", [days["swap"]], ours.cookies[0], 0.25),
        ("close-outs of duties", ["/duties/close-outs"], ours.cookies[0], 0.5),
        ("a close-out of duties", [days["closeout"]], ours.cookies[0], 0.25),
        ("messages to people with duties", [days["messages"]], ours.cookies[0], 0.4),
        ("boards of duties", ["/duties/boards"], ours.cookies[0], 0.5),
        ("training of ten years", ["/me/training"], runner, 0.5),
        ("activities of ten years", ["/me/activities"], runner, 0.5),
        ("my plans", ["/me/plans"], runner, 0.5),
        ("my files", ["/me/files"], runner, 0.5),
        ("a search for two words", ["/search?q=loop+tea&type=runs"], many, 0.17),
        ("a search over everything", ["/search?q=tea"], many, 0.08),
        ("my goals", ["/me/goals"], runner, 0.5),
        ("my gear", ["/me/gear"], runner, 0.5),
        ("the board of everybody", ["/leaderboards?by=distance&in=all"], runner, 0.5),
        ("my badges", ["/me/badges"], runner, 0.5),
        ("badges of everybody", ["/badges"], many, 0.5),
        ("who sees my training", ["/me/training/visibility"], many, 0.5),
        ("my coaches", ["/me/coaches"], many, 0.5),
        ("two hundred athletes", ["/coaching"], coach, 0.5),
        ("the week of two hundred athletes", ["/coaching/week"], coach, 0.25),
        ("an athlete", [f"/coaching/athletes/{athlete}"], coach, 0.4),
        ("notes on an athlete", [f"/notes/athlete/{athlete}"], coach, 0.5),
        ("files of an athlete", [f"/files/athlete/{athlete}"], coach, 0.5),
        ("summaries of an athlete", [f"/summaries/athlete/{athlete}"], coach, 0.25),
        ("templates of plans", ["/coaching/templates"], coach, 0.5),
        ("when I have time", ["/me/availability"], many, 0.5),
        ("reminders of deadlines", ["/me/deadlines"], many, 0.5),
        ("my week of training", ["/me/training-week"], many, 0.5),
        ("my challenges", ["/me/challenges"], runner, 0.5),
        ("the timeline of a person", [f"{training.person}/timeline"], many, 0.5),
        ("the timeline of a plan", [f"{training.plan}/timeline"], runner, 0.5),
        ("the timeline of a crew", [f"{training.crew}/timeline"], many, 0.5),
        ("activities of a person", [f"{training.person}/activities"], many, 0.5),
        ("a plan of ten years", [training.plan], runner, 0.4),
        ("badges of a crew", [f"{training.crew}/badges"], many, 0.5),
        ("challenges of a crew", [f"{training.crew}/challenges"], many, 0.5),
        ("a challenge of four hundred", [training.challenge], many, 0.4),
        (
            "the board of a challenge",
            [training.challenge.replace("/", "/leaderboards/", 1).replace("challenges", "challenge")],
            many,
            0.5,
        ),
        ("reports of incidents", ["/incidents"], many, 0.5),
        ("reports of my runs and crews", ["/incidents/all"], operator, 0.5),
        ("what waits for operators", ["/admin"], operator, 0.4),
        ("failed jobs, operator", ["/admin/jobs"], operator, 0.5),
        ("audit log", ["/admin/audit"], operator, 0.5),
        ("broadcasts of operators", ["/admin/broadcasts"], operator, 0.5),
        ("numbers of the site", ["/admin/numbers"], operator, 0.5),
        ("people, operator", ["/admin/people"], operator, 0.5),
        ("/runs, visitor", ["/runs"], "", 1.5),
        ("/cards, visitor", ["/cards"], "", 1.5),
        ("a run's page, visitor", listed, "", 1.5),
        ("home, visitor", ["/"], "", 1.5),
        ("a board of duties, visitor", [days["board"]], "", 0.5),
        ("the API, described", ["/api/docs"], "", 1.5),
    ]


def pages(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int, words: Sequence[str] = ()) -> None:
    """Measure each page for the many, or those with one of these words in their names; then the processes' memory."""
    with site(home, LARGE, signed_in=MANY) as ours:
        for name, paths, cookie, least in rows_of(ours):
            if words and not any(word in name for word in words):
                continue
            size = load.pages(ours.port, paths[:1], seconds=0.2, clients=1, cookie=cookie).size
            with bare(home, size) as (port, pid):
                try:
                    found = against((ours.port, ours.pid, paths, cookie), (port, pid, ["/"], ""), seconds, rounds)
                except RuntimeError as fault:
                    tell(name, nan, "× yardst.", least=least, note=f"not measured: {fault}")
                    continue
            note = f"CPU {found.cost:.2f} ms a request, yardstick {found.other_cost:.2f} ms, page of {size // 1024} KB"
            tell(name, found.ratio, "× yardst.", least=least, note=note)
        supervisor, *workers = load.family(ours.pid)
        beside = f"after the rounds above; granian's supervisor beside them {load.memory_mb([supervisor]):.0f} MB"
        tell("two web processes, PSS", load.memory_mb(workers), "MB", most=200, note=beside)
