"""What an athlete takes back is gone at once by all five doors: pages, the API, the search, links of files, and streams."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from hampa.coach_summaries.models import CoachSummary
from hampa.coaching.actions import agreements, sessions as actions
from hampa.coaching.models.athletes import Coach
from hampa.files.queries import links
from hampa.notifications.actions.notifying import notify
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.live.events import FIELD, STREAM, Event
from hampa.platform.live.topics import allowed_topics, groups_of
from hampa.platform.redis import key, redis
from tests.factories.base import made
from tests.factories.coaching import add_coach, make_athlete, make_coached_plan, make_exception, make_session
from tests.factories.kept_files import make_note, make_stored_file
from tests.factories.training import make_activity

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
WORD = "kestrel"
NEWS = "/live/news?section=home&here=/"


class Doors:
    """All by which a coach sees something of an athlete, and what is behind each at this moment."""

    def __init__(self, page, program, coach, runner, record, plan) -> None:
        self.pages, self.program, self.coach = page.as_(coach), program.as_(coach), coach
        session = make_session(plan, date(2026, 12, 1), text="Kestrel hills", felt_effort=8, line="Kestrel wind")
        session.activity_id = make_activity(runner, started_at=WEDNESDAY - timedelta(days=1)).id
        on_record = make_note(coach, record, text="Kestrel: sleeps badly")
        on_plan = make_note(coach, plan, text="Kestrel: drills")
        file = make_stored_file(runner, plan, name="Kestrel blood.pdf")
        sentence = {"part": "facts", "text": "Kestrel is ready.", "sources": [f"athlete:{record.id}"]}
        owner = {"owner_kind": "athlete", "owner_id": record.id, "author_id": coach.id, "locale": "en", "basis": "x"}
        summary = made(CoachSummary, **owner, sentences=[sentence], approved_at=WEDNESDAY, is_shared=True)
        actions.move_session(runner, plan.id, make_session(plan).id, date(2026, 12, 4), "Kestrel guests")
        self.row_id = db.session.scalars(select(Coach.id).where(Coach.coach_id == coach.id)).one()
        athlete, of_plan = f"/coaching/athletes/{record.id}", f"/plans/{plan.id}"
        kept = (("athlete", record.id), ("plan", plan.id))
        self.lists = ("/coaching", "/coaching/week", "/coaching/plans", "/notifications")
        self.things = (
            *(
                athlete,
                f"{athlete}/timeline",
                of_plan,
                f"{of_plan}/sessions",
                f"{of_plan}/changes",
                f"{of_plan}/timeline",
            ),
            *(f"{of_plan}/sessions/{session.id}", f"/notes/{on_record.id}", f"/notes/{on_plan.id}"),
            *(f"/notes/{on_record.id}/versions", f"/notes/{on_plan.id}/versions"),
            *(f"/{part}/{kind}/{id_}" for part in ("notes", "files", "summaries") for kind, id_ in kept),
        )
        self.api_lists = ("/me/athletes", "/me/athletes/plans", "/me/athletes/week", "/notifications")
        self.api_things = (
            *(f"/athletes/{record.id}", f"/athletes/{record.id}/timeline", of_plan, f"{of_plan}/sessions"),
            *(f"{of_plan}/sessions/{session.id}", f"{of_plan}/changes", f"{of_plan}/timeline"),
            *(f"/notes/{on_record.id}", f"/notes/{on_plan.id}", f"/files/{file.id}", f"/files/{file.id}/link"),
            *(f"/summaries/{summary.id}", f"/activities/{session.activity_id}"),
            *(f"/{part}/{kind}/{id_}" for part in ("notes", "files", "summaries") for kind, id_ in kept),
        )
        token, _ends_at = links.make_link(coach, file.id)
        self.link = f"/files/{file.id}/content/{token}"

    def check(self, *, is_open: bool) -> None:
        """Assert that everything is behind each door, or nothing any more."""
        notify([self.coach.id], "coach_added", subject_id=self.row_id, data={}, event=ids.new_id())
        db.session.commit()
        status = 200 if is_open else 404
        wrong = []
        for path in (NEWS, *self.lists):
            answer = self.pages.htmx._ask("GET", path, 200) if path == NEWS else self.pages.get(path, 200)
            wrong += [path] if (WORD in answer.text.lower()) != is_open else []
        wrong += [path for path in self.things if self.pages.get(path).status != status]
        for path in self.api_lists:
            wrong += [f"API {path}"] if (WORD in str(self.program.get(path, 200).json).lower()) != is_open else []
        wrong += [f"API {path}" for path in self.api_things if self.program.get(path).status != status]
        for kind in ("athletes", "plans", "notes", "files"):
            hits = self.program.get(f"/search?q={WORD}&type={kind}", 200).data
            wrong += [f"search {kind}"] if bool(hits) != is_open else []
        shown = self.pages.get(f"/search?q={WORD[:-1]}", 200)
        wrong += ["search page"] if bool(shown.all("li", class_="hit")) != is_open else []
        wrong += ["link"] if self.pages.get(self.link).status != status else []
        assert not wrong, f"{'shut' if is_open else 'open'}: {wrong}"


def heard_by(person, since: bytes) -> list[str]:
    """Return the events after one that the streams of a person get."""
    topics = {f"person:{person.id}", *(f"group:{one}" for one in groups_of(person))}
    rows = redis().xrange(key(STREAM), min=b"(" + since)
    events = [Event.decode((0, 0), fields[FIELD.encode()]) for _position, fields in rows]
    return [event.name for event in events if topics & set(event.topics)]


def test_what_is_taken_back_is_gone_by_all_doors_at_once(page, program, owner, companion, stranger):
    with clock.frozen(WEDNESDAY):
        record = make_athlete(owner, companion, name="Kestrel of mine")
        add_coach(record, stranger)
        plan = make_coached_plan(record, date(2026, 12, 20), name="Kestrel spring")
        make_exception(companion, date(2026, 12, 2), note="Kestrel flu")
        doors = Doors(page, program, owner, companion, record, plan)
        db.session.commit()
        doors.check(is_open=True)
        assert "Kestrel flu" in page.as_(owner).get(f"/plans/{plan.id}/sessions").text

        # One right alone: what it showed is gone, and the rest stays.
        agreements.set_rights(companion, record.id, owner.id, ["plans"])
        db.session.commit()
        for path in ("/coaching/week", f"/coaching/athletes/{record.id}", f"/plans/{plan.id}/sessions"):
            text = page.as_(owner).get(path, 200).text
            assert not [word for word in ("Kestrel flu", "Kestrel wind") if word in text], path
        agreements.set_rights(companion, record.id, owner.id, ["plans", "activities", "map", "availability"])
        db.session.commit()
        doors.check(is_open=True)

        # All of it: no door is left, to whom it was handed out before neither.
        asked = ",".join(
            f"{name}:{id_}" for name in ("run", "online", "crew", "conversation") for id_ in (record.id, plan.id)
        )
        agreements.end(companion, record.id, owner.id)
        db.session.commit()
        doors.check(is_open=False)
        assert allowed_topics(owner, asked) == frozenset()
        last = redis().xrevrange(key(STREAM), count=1)
        since = last[0][0] if last else b"0-0"
        make_note(companion, plan, text="Kestrel: mine now")
        moved = make_session(plan)
        actions.move_session(companion, plan.id, moved.id, date(2026, 12, 5), "Kestrel guests")
        actions.change_session(stranger, plan.id, moved.id, {"distance_m": 5_000}, "Kestrel eased")
        db.session.commit()
        assert "notices" in heard_by(companion, since) and heard_by(owner, since) == []
        doors.check(is_open=False)
