"""Streams of events: who gets which, what is replayed, when they end; with the real server and a real Redis."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from hampa.auth.actions import sessions
from hampa.auth.models import Session
from hampa.auth.queries import ended_among
from hampa.crews.actions.memberships import join_crew, leave_crew
from hampa.crews.queries.members import members_here
from hampa.joining import actions as joining
from hampa.messages.actions.crews import write_to_crew
from hampa.messages.models import Conversation
from hampa.messages.queries.conversations import crew_conversation_for
from hampa.notifications.actions.notifying import notify, tell_pages
from hampa.notifications.actions.reading import mark_read
from hampa.notifications.models import Notification
from hampa.people import actions as people
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live import publish, publish_now, publish_to_people, typing
from hampa.platform.live.events import STREAM
from hampa.platform.live.presence import ALIVE_SECONDS, MOST_CONNECTIONS, connections_key, connections_of, online_among
from hampa.platform.redis import key, redis
from hampa.tokens.actions.personal import end_token, generate_text
from tests.database import Databases
from tests.factories.base import made
from tests.factories.crews import make_crew
from tests.factories.messages import add_messages
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.tokens import make_personal_token
from tests.live_site import EventSource, LiveSite, say, serving_live
from tests.program import token_of

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture(scope="module")
def _served(app: object, databases: Databases) -> Iterator[LiveSite]:
    with serving_live(databases, HAMPA_WEB_THREADS="2", HAMPA_POOL_SIZE="1", HAMPA_POOL_OVERFLOW="1") as site:
        yield site


@pytest.fixture
def site(_served: LiveSite) -> Iterator[LiveSite]:
    """Yield the server, which two processes serve, with few threads and database connections."""
    with _served.app.app_context():
        yield _served
        db.session.rollback()


def somebody() -> Person:
    person = make_person()
    db.session.commit()
    return person


def test_who_looks_at_a_run_hears_at_once_that_somebody_joined(site: LiveSite) -> None:
    viewer, joiner, run = somebody(), somebody(), make_run(capacity=10)
    db.session.commit()
    with site.open(viewer, f"run:{run.id}") as stream:
        joining.join_run(joiner, run.id)
        db.session.commit()
        message = stream.next()
        assert message is not None
        assert message.data == {"topic": f"run:{run.id}", "event": "changed"}
        assert message.id == stream.last_id


def test_nothing_is_said_of_what_is_rolled_back_nor_before_the_outermost_commit(site: LiveSite) -> None:
    person = somebody()
    with site.open(person) as stream:
        publish(f"person:{person.id}", "undone")
        db.session.rollback()
        with db.session.begin_nested():
            publish(f"person:{person.id}", "done")
        before = redis().xlen(key(STREAM))
        publish(f"person:{person.id}", "done")
        assert redis().xlen(key(STREAM)) == before
        db.session.commit()
        assert [message.data["event"] for message in site.heard(stream, person)] == ["done"], "once a commit"


def test_a_stream_gets_what_its_person_may_know_of_and_nothing_else(site: LiveSite) -> None:
    viewer, other, hidden_owner = somebody(), somebody(), somebody()
    hidden, unasked = make_run(organiser=hidden_owner), make_run()
    people.block(hidden_owner, viewer.id)
    db.session.commit()
    wanted = [f"run:{hidden.id}", f"person:{other.id}", f"session:{uuid.uuid4()}", f"run:{uuid.uuid4()}", "run:1", "x"]
    with site.settled(viewer, ",".join(wanted)) as stream:
        for topic in (f"run:{hidden.id}", f"person:{other.id}", f"run:{unasked.id}", *wanted):
            say(topic, "secret")
        assert site.heard(stream, viewer) == []


def test_events_that_name_somebody_do_not_reach_who_is_hidden_from_them(site: LiveSite) -> None:
    viewer, friend, blocked, run = somebody(), somebody(), somebody(), make_run()
    people.block(viewer, blocked.id)
    db.session.commit()
    with site.settled(viewer, f"run:{run.id}") as stream:
        say(f"run:{run.id}", "here", person=blocked.id)
        say(f"run:{run.id}", "here", person=friend.id)
        assert [message.data["person"] for message in site.heard(stream, viewer)] == [str(friend.id)]


def test_a_block_has_open_pages_ask_again_what_they_may_hear(site: LiveSite) -> None:
    viewer, owner = somebody(), somebody()
    run = make_run(organiser=owner)
    db.session.commit()
    with site.open(viewer, f"run:{run.id}") as stream:
        people.block(owner, viewer.id)
        db.session.commit()
        assert stream.next() is None
        assert stream.retry > 0, "the browser comes back"
    with site.settled(viewer, f"run:{run.id}") as stream:
        say(f"run:{run.id}", "secret")
        assert site.heard(stream, viewer) == []


def test_who_gives_up_a_place_is_asked_again_what_they_may_hear(site: LiveSite) -> None:
    person, run = somebody(), make_run()
    joining.join_run(person, run.id)
    db.session.commit()
    with site.open(person) as stream:
        joining.leave_run(person, run.id)
        db.session.commit()
        assert stream.next() is None
        assert stream.retry > 0


@pytest.mark.parametrize("by_header", [True, False], ids=["by Last-Event-ID", "by the address"])
def test_who_comes_back_gets_what_they_missed_in_either_process(site: LiveSite, by_header: bool) -> None:
    person, run = somebody(), make_run()
    db.session.commit()
    cookie = site.cookie(person)
    with site.open(person, cookie=cookie) as stream:
        last = stream.last_id
    say(f"run:{run.id}", "other")
    say(f"person:{person.id}", "missed", number=1)
    publish_to_people([person.id, uuid.uuid4()], "missed", number=2)
    db.session.commit()
    for _ in range(4):
        back = {"last_id": last} if by_header else {"after": last}
        with site.open(person, cookie=cookie, **back) as stream:
            assert [message.data["number"] for message in site.heard(stream, person)] == [1, 2]


def test_who_was_away_for_too_long_is_told_to_ask_for_all_again(site: LiveSite) -> None:
    person = somebody()
    with site.open(person, last_id="1-1") as stream:
        message = stream.next()
        assert message is not None
        assert message.event == "reload"
        assert message.id > "1-1"
    for nonsense in ("1", "x-y", "1-٣", "9" * 60 + "-1"):
        with site.open(person, last_id=nonsense.encode().decode("latin-1")) as stream:
            assert site.heard(stream, person) == []


def test_what_is_of_the_moment_is_told_now_or_never(site: LiveSite) -> None:
    person, run = somebody(), make_run()
    db.session.commit()
    with site.open(person, f"run:{run.id}") as stream:
        site.entered(person, 1)
        last = stream.last_id
        before = redis().xlen(key(STREAM))
        typing(uuid.uuid4(), person.id)
        typing(conversation := uuid.uuid4(), person.id)
        typing(conversation, person.id)
        assert redis().xlen(key(STREAM)) == before + 2, "once in some seconds in each conversation"
        publish_now(f"run:{run.id}", "typing", person=uuid.uuid4())
        assert [message.data["event"] for message in site.heard(stream, person)] == ["typing"]
    with site.open(person, f"run:{run.id}", last_id=last) as stream:
        assert [message.event for message in (stream.next(),) if message] == ["message"]
        assert site.heard(stream, person) == [], "but the one that ended the first reading"


def test_notifications_reach_the_open_pages_of_one_and_of_many(site: LiveSite) -> None:
    person, others = somebody(), [somebody() for _ in range(3)]
    with site.open(person) as stream:
        data = {"what": "new_device", "browser": "Chrome", "system": "Android"}
        notify([person.id], "account_security", subject_id=person.id, data=data, event="one")
        db.session.commit()
        assert [message.data["topic"] for message in site.heard(stream, person)] == ["me"]
        wanted = db.select(Person.id).where(Person.id.in_([person.id, *(one.id for one in others)]))
        notify(wanted, "account_security", subject_id=person.id, data=data, event="many")
        db.session.commit()
        row = db.session.scalars(
            db.select(Notification).where(Notification.person_id == person.id).order_by(Notification.created_at)
        ).all()[-1]
        last, told = None, 0
        while (last := tell_pages(row.event, row.created_at, last, batch=3)) is not None:
            db.session.commit()
            told += 1
        assert told == 2
        assert [message.data["event"] for message in site.heard(stream, person)] == ["notices"]
        mark_read(row)
        db.session.commit()
        assert [message.data["event"] for message in site.heard(stream, person)] == ["notices"]


def test_nobody_listens_without_a_session(site: LiveSite) -> None:
    person = somebody()
    cookie = site.cookie(person)
    sessions.end_sessions(person)
    db.session.commit()
    for nobody in ("", "hampa=x", cookie):
        with EventSource(site.port, nobody) as refused:
            assert refused.status == 401


def test_the_stream_of_a_session_that_ends_is_ended(site: LiveSite) -> None:
    person = somebody()
    with site.open(person) as ended, site.open(person) as other:
        newest = db.session.scalars(
            db.select(Session).where(Session.person_id == person.id).order_by(Session.created_at)
        ).first()
        assert newest is not None
        sessions.end_session(newest)
        db.session.commit()
        message = ended.next()
        assert message is not None
        assert message.event == "ended"
        assert ended.next() is None
        assert site.heard(other, person) == []
        sessions.end_sessions(person)
        db.session.commit()
        assert [getattr(other.next(), "event", None), other.next()] == ["ended", None]


def test_a_program_listens_with_its_token_until_that_ends(site: LiveSite) -> None:
    person, run = somebody(), make_run()
    text, stays = generate_text(), generate_text()
    token = make_personal_token(person, text, scopes=["notifications:read", "runs:read"])
    make_personal_token(person, stays, scopes=["notifications:read", "runs:read"])
    make_personal_token(person, few := generate_text(), scopes=["runs:read"])
    access = token_of(person)
    session_id = person.session_id
    db.session.commit()
    for wrong, status in (("made-up", 401), (few, 403)):
        with EventSource(site.port, site.cookie(person), token=wrong) as refused:
            assert refused.status == status, "the cookie does not count beside a token"
    with (
        site.open(person, f"run:{run.id}", token=access) as signed_in,
        site.open(person, f"run:{run.id}", token=text) as personal,
        site.open(person, token=stays) as other,
    ):
        say(f"run:{run.id}", "changed")
        for stream in (signed_in, personal):
            assert [message.data["event"] for message in site.heard(stream, person)][:1] == ["changed"]
        end_token(token)
        sessions.end_session(db.session.get_one(Session, session_id))
        db.session.commit()
        for stream in (signed_in, personal):
            ended = [stream.next(), stream.next()]
            assert any(getattr(message, "event", None) == "ended" for message in ended), ended
        assert "all" not in [message.data["event"] for message in site.heard(other, person)]


@pytest.mark.parametrize("leave", ["suspended", "banned", "deactivate", "erase"])
def test_the_streams_of_who_is_shut_out_or_leaves_end(site: LiveSite, leave: str) -> None:
    person = somebody()
    with site.open(person) as stream:
        if leave in ("suspended", "banned"):
            people.suspend(person, leave, None)
        else:
            db.session.refresh(person)
            getattr(people, leave)(person)
        db.session.commit()
        assert [getattr(stream.next(), "event", None), stream.next()] == ["ended", None]


def test_a_session_that_ended_unheard_is_found_on_a_timer(site: LiveSite) -> None:
    person, suspended = somebody(), somebody()
    active, ended = site.cookie(person), site.cookie(suspended)
    assert active != ended
    ids = db.session.scalars(db.select(Session.id).where(Session.person_id.in_([person.id, suspended.id]))).all()
    assert ended_among(ids) == set()
    db.session.execute(text("UPDATE people SET state = 'suspended' WHERE id = :id"), {"id": suspended.id})
    of_suspended = set(db.session.scalars(db.select(Session.id).where(Session.person_id == suspended.id)))
    assert ended_among([*ids, unknown := uuid.uuid4()]) == {*of_suspended, unknown}
    db.session.execute(
        text("UPDATE sessions SET last_seen_at = :old WHERE person_id = :id"),
        {"old": clock.now() - timedelta(days=31), "id": person.id},
    )
    assert ended_among(ids) == set(ids)


def test_the_oldest_of_seven_connections_gives_way(site: LiveSite) -> None:
    person = somebody()
    streams = [site.open(person) for _ in range(MOST_CONNECTIONS)]
    for stream in streams:
        site.heard(stream, person)
    site.entered(person, MOST_CONNECTIONS)
    with site.open(person) as seventh:
        message = streams[0].next()
        while message is not None and message.event == "message":  # what was said to the others
            message = streams[0].next()
        assert message is not None
        assert message.event == "replaced"
        site.heard(seventh, person)
        assert len(connections_of(person.id)) == MOST_CONNECTIONS
    for stream in streams:
        stream.close()


def test_a_connection_is_an_entry_that_ends_with_its_heartbeat(site: LiveSite) -> None:
    person, other = somebody(), somebody()
    with site.open(person):
        site.entered(person, 1)
        (one,) = connections_of(person.id)
        session_id = db.session.scalar(db.select(Session.id).where(Session.person_id == person.id))
        assert one.session_id == str(session_id)
        assert ":" in one.process
        assert abs(one.heartbeat - one.since / 1e6) < ALIVE_SECONDS
        assert 0 < redis().ttl(key(connections_key(person.id))) <= ALIVE_SECONDS
        assert online_among([person.id, other.id]) == {person.id}
    site.entered(person, 0)
    assert 0 < redis().ttl(key(connections_key(person.id))) <= ALIVE_SECONDS, "between two pages nobody is gone"


def test_open_streams_hold_neither_threads_nor_database_connections(site: LiveSite) -> None:
    """Each process has two threads and two database connections."""
    streams = [site.open(somebody()) for _ in range(12)]
    cookie = site.cookie(somebody())
    assert [site.get("/runs", cookie) for _ in range(8)] == [200] * 8
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    assert db.session.scalar(text(busy)) == 1, "the one that asks"
    for stream in streams:
        stream.close()


def test_a_crew_hears_what_its_members_do(site: LiveSite) -> None:
    sara, reza, quiet, late = (make_person(shows_online=shows) for shows in (True, True, False, True))
    crew = make_crew(sara, reza, quiet, joining="open", is_listed=True)
    add_messages(made(Conversation, crew_id=crew.id), [sara], ["Good morning"])
    db.session.commit()
    talk_id = crew_conversation_for(reza, crew.id).id
    with site.open(sara, f"crew:{crew.id},conversation:{talk_id}") as stream, site.open(late) as outside:
        site.came(crew, sara)
        site.heard(stream, sara)
        with site.open(quiet):
            site.entered(quiet, 1)
        with site.open(reza) as his:
            site.came(crew, reza)
            assert [message.data for message in site.heard(stream, sara)] == [
                {"topic": f"crew:{crew.id}", "event": "came"}
            ], "nobody's name, and nothing of who does not show it"
            assert [one.id for one in members_here(sara, crew.id)] == [reza.id]
            assert members_here(quiet, crew.id) == []
            typing(talk_id, reza.id)
            write_to_crew(reza, crew.id, "Is there tea?")
            db.session.commit()
            heard = [(message.data["topic"], message.data["event"]) for message in site.heard(stream, sara)]
            assert heard == [
                (f"conversation:{talk_id}", "typing"),
                (f"conversation:{talk_id}", "message"),
                ("me", "messages"),
            ]
            site.heard(his, reza)
            leave_crew(reza, crew.id)
            db.session.commit()
            assert his.next() is None, "what is for members is not for them any more"
        assert [message.data["event"] for message in site.heard(stream, sara)] == ["left"]
        assert members_here(sara, crew.id) == []
        assert site.heard(outside, late) == []
        join_crew(late, crew.id)
        db.session.commit()
        assert outside.next() is None, "who comes in hears of the crew from then on"
    with site.settled(late) as inside:
        write_to_crew(sara, crew.id, "Welcome")
        db.session.commit()
        assert [message.data["event"] for message in site.heard(inside, late)] == ["messages"]


def test_proxies_are_told_not_to_hold_a_stream_back(site: LiveSite) -> None:
    with site.open(somebody()) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert stream.headers["Cache-Control"] == "no-store"
        assert "Content-Length" not in stream.headers
        assert stream.headers["X-Content-Type-Options"] == "nosniff"
