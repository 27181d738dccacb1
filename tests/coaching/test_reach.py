"""How far coaching reaches: timelines, reasons, programs and copies of data; and what is gone when it is taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.coach_summaries.models import CoachSummary
from hampa.coaching.actions import agreements, sessions as actions
from hampa.coaching.models.athletes import CoachingEvent
from hampa.coaching.queries.timeline import DONE
from hampa.people import privacy_registry
from hampa.platform import clock
from hampa.platform.db import db
from hampa.timeline.models import TimelineEntry
from tests.factories.base import made
from tests.factories.coaching import add_coach, make_athlete, make_coached_plan, make_session
from tests.factories.kept_files import make_note, make_stored_file
from tests.factories.people import make_person
from tests.factories.training import make_activity

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
RIGHTS = ("activities", "plans")


@pytest.fixture
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def events(program, person, path: str) -> list[tuple[str, str, str]]:
    """Return what happened, as a timeline tells it: whose, what, and what was said of it."""
    entries = program.as_(person).get(f"{path}/timeline?kind={DONE}", 200).data
    return [(one["person"]["name"], one["values"]["what"], one["values"]["why"]) for one in entries]


@pytest.mark.usefixtures("_wednesday")
def test_timelines_tell_of_coaching_to_each_what_they_may_see(page, program, owner, companion, stranger, operator):
    record = make_athlete(owner, companion, RIGHTS)
    add_coach(record, stranger, rights=("plans",))
    plan = actions.create_plan_for(owner, record.id, {"name": "Ten fast"}, date(2026, 12, 20))
    session = actions.add_session(owner, plan.id, {"day": date(2026, 12, 2), "kind": "run", "distance_m": 8_000})
    actions.move_session(companion, plan.id, session.id, date(2026, 12, 4), "Guests")
    actions.set_state(companion, plan.id, session.id, "excused", "illness", "Fever")
    actions.set_state(companion, plan.id, session.id, "planned")
    actions.move_session(companion, plan.id, session.id, date(2026, 12, 2))
    actions.answer_session(companion, plan.id, session.id, {"feeling": "heavy", "line": "Wind"})
    db.session.commit()
    coach, runner, path = f"/people/{owner.id}", f"/people/{companion.id}", f"/plans/{plan.id}"
    theirs = [
        *((companion.name, what, "") for what in ("answered", "moved", "planned")),
        *((companion.name, "excused", "Fever"), (companion.name, "moved", "Guests")),
    ]
    given = [("added", ""), ("plan_made", "")]
    assert events(program, companion, runner) == [*theirs, *((companion.name, *one) for one in given)]
    assert events(program, owner, path) == [*theirs, *((owner.name, *one) for one in given)]
    assert events(program, owner, coach) == [(owner.name, *one) for one in given]
    shown = page.as_(companion).get(f"{runner}/timeline")
    for text in ("Ten fast", f"by {owner.name}", "“Fever”", "8 km", "“Guests”"):
        assert text in shown.words, text
    assert companion.name in page.as_(owner).get(f"{coach}/timeline?kind={DONE}").words

    # Words tell how it stood, and nobody is notified of their own changes.
    changed = page.as_(owner).get(f"{path}/changes").words
    assert "Standing: To come → Excused" in changed and "Excuse: Illness" in changed
    assert "changed your plan" not in page.as_(companion).get("/notifications").words

    # Who has no right to what was done learns that a session was off, and neither why nor how another was.
    off = [("moved", ""), ("planned", ""), ("skipped", ""), ("moved", "Guests")]
    assert events(program, stranger, path) == [
        *((companion.name, *one) for one in off),
        *((owner.name, *one) for one in given),
    ]
    hidden = page.as_(stranger)
    for address in (f"{path}/timeline", f"{path}/changes", f"/coaching/athletes/{record.id}/timeline"):
        words = hidden.get(address).words
        assert "was skipped" in words and "Guests" in words, address
        assert not [one for one in ("Fever", "Excused", "excused", "ill", "Wind", "Heavy") if one in words.split()]
    actions.set_state(companion, plan.id, make_session(plan, date(2026, 12, 3)).id, "excused", "travel", "Yazd")
    db.session.commit()
    for address in (f"{path}/sessions", "/coaching/week", path):
        words = hidden.get(address).words
        assert "Skipped" in words and "travelling" not in words, address
        assert "Excused: travelling" in page.as_(owner).get(address).words, address
    told = program.as_(stranger).get(f"{path}/sessions", 200).data
    assert [(one["state"], one["excuse"]) for one in told] == [("planned", ""), ("skipped", "")]
    for other in (operator, make_person()):
        for whose in (runner, coach):
            reply = program.as_(other).get(f"{whose}/timeline")
            assert reply.status == 404 or reply.data == []
        program.as_(other).get(f"{path}/timeline", 404)

    # What is taken back is gone from timelines with the next request, and with the last coach for good.
    agreements.set_rights(companion, record.id, owner.id, ["plans"])
    db.session.commit()
    assert {what for _who, what, _why in events(program, owner, path)} == {
        "added",
        "moved",
        "planned",
        "plan_made",
        "skipped",
    }
    block(companion, stranger.id)
    db.session.commit()
    program.as_(stranger).get(f"{path}/timeline", 404)
    agreements.end(companion, record.id, owner.id)
    db.session.commit()
    assert events(program, owner, coach) == []
    agreements.end(companion, record.id, stranger.id)
    db.session.commit()
    entries = select(func.count()).select_from(TimelineEntry).where(TimelineEntry.kind == DONE)
    assert db.session.scalar(entries) == db.session.scalar(select(func.count()).select_from(CoachingEvent)) == 0


@pytest.mark.usefixtures("_wednesday")
def test_milestones_and_the_plan_itself_are_changes_that_stand_in_its_list(page, program, owner, companion):
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 20), name="Ten fast")
    db.session.commit()
    coach, runner, path = page.as_(owner), page.as_(companion), f"/plans/{plan.id}"
    step = program.as_(owner).post(f"{path}/milestones", {"name": "Long one", "due_on": "2026-12-10"}, 201).data
    words = coach.get(f"{path}/changes").words
    assert "A milestone was added" in words and "Long one" in words and "the athlete was told" in words
    assert "changed your plan" in runner.get("/notifications").words
    program.as_(companion).patch(f"{path}/milestones/{step['id']}", {"reached": True}, 200)
    program.as_(companion).patch(path, {"name": "Ten faster", "status": "completed"}, 200)
    program.as_(owner).ask("DELETE", f"{path}/milestones/{step['id']}", 204)
    events = program.as_(owner).get(f"{path}/changes", 200).data
    assert [(one["what"], one["told"]) for one in events] == [
        *(("step_deleted", True), ("plan_changed", False), ("step_reached", False), ("step_added", True))
    ]
    words = coach.get(f"/coaching/athletes/{record.id}/timeline?kind=plans").words
    for text in ("A milestone was reached", "Ten fast → Ten faster", "A milestone was deleted"):
        assert text in words, text

    # Plans are found by their names and those of athletes, by their standing, and for one athlete.
    make_coached_plan(make_athlete(owner, name="كريمي"), name="Spring")
    db.session.commit()
    for asked, found in (
        *(("q=faster", ["Ten faster"]), ("q=کریمی", ["Spring"]), (f"athlete={record.id}", ["Ten faster"])),
        *(("status=completed", ["Ten faster"]), ("status=completed&q=spring", []), ("q=%25", [])),
        *(("", ["Spring", "Ten faster"]), ("athlete=nobody", ["Spring", "Ten faster"])),
    ):
        listed = [link.text for link in coach.get(f"/coaching/plans?{asked}").all("a", class_="plan-name")]
        assert listed == found, asked
        if "nobody" not in asked:
            rows = program.as_(owner).get(f"/me/athletes/plans?{asked}", 200).data
            assert [row["name"] for row in rows] == found, asked


@pytest.mark.usefixtures("_wednesday")
def test_programs_coach_with_the_scope_of_coaching_alone(program, owner, companion):
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 20), name="Kestrel spring")
    session = make_session(plan, date(2026, 12, 1))
    session.activity_id = make_activity(companion, started_at=WEDNESDAY - timedelta(days=1)).id
    note = make_note(owner, plan, text="Kestrel: ankle", is_shared=True)
    file = make_stored_file(owner, plan, state="ready")
    record_note = made(type(note), owner_kind="athlete", owner_id=record.id, author_id=owner.id, text="Kestrel alone")
    own = make_coached_plan(make_athlete(companion, owner), name="Kestrel autumn")
    db.session.commit()
    one = f"/plans/{plan.id}/sessions/{session.id}"
    reads = (
        *(f"/plans/{plan.id}", f"/plans/{plan.id}/sessions", one, f"/plans/{plan.id}/changes"),
        *(f"/plans/{plan.id}/timeline", f"/notes/plan/{plan.id}", f"/notes/{note.id}", f"/notes/{record_note.id}"),
        *(f"/notes/athlete/{record.id}", f"/files/{file.id}", f"/files/athlete/{record.id}", f"/files/{file.id}/link"),
        *(f"/summaries/athlete/{record.id}", f"/summaries/plan/{plan.id}", f"/activities/{session.activity_id}"),
    )
    writes = (
        *(("PUT", f"{one}/day", {"day": "2026-12-05"}), ("PUT", f"{one}/step", {"step": "skip"})),
        *(("POST", f"/notes/plan/{plan.id}", {"text": "Hm"}), ("POST", f"/plans/{plan.id}/milestones", {"name": "8"})),
        *(("POST", f"/summaries/plan/{plan.id}", {}), ("PUT", f"/plans/{plan.id}/race", {"race_on": "2026-12-30"})),
    )
    training = ("training:read", "training:write", "timeline:read", "search:read")
    alone, reader = program.as_(owner, *training), program.as_(owner, *training, "coaching:read")
    both = program.as_(owner, *training, "coaching:read", "coaching:write")
    for path in reads:
        alone.get(path, 404)
        reader.get(path, 200)
    for method, path, body in writes:
        for less in (alone, reader):
            less.ask(method, path, 404, json=body)
    names = ["Kestrel autumn", "Kestrel spring"]
    for mine, expected in ((alone, names[:1]), (both, names), (alone, names[:1])):
        assert sorted(hit["title"] for hit in mine.get("/search?q=kestrel&type=plans", 200).data) == expected
    assert alone.get("/search?q=ankle", 200).data == [] and reader.get("/search?q=ankle", 200).data
    alone.get(f"/plans/{own.id}/sessions", 200)
    alone.ask("GET", f"/athletes/{record.id}", 403)
    both.ask("PUT", f"{one}/race".replace(f"/sessions/{session.id}", ""), 200, json={"race_on": "2026-12-30"})


@pytest.mark.usefixtures("_wednesday")
def test_a_coach_who_was_ended_takes_nothing_along(owner, companion, stranger):
    record = make_athlete(owner, companion)
    add_coach(record, stranger)
    plan = make_coached_plan(record)
    note = make_note(owner, plan, text="kestrel-ankle", is_shared=True)
    made(type(note), owner_kind="athlete", owner_id=record.id, author_id=owner.id, text="kestrel-sleep")
    sentences = [
        {"part": "facts", "text": text, "sources": [key]}
        for text, key in (("kestrel-said", f"athlete:{record.id}"), ("kestrel-gone", f"plan:{companion.id}"))
    ]
    made(
        CoachSummary,
        owner_kind="athlete",
        owner_id=record.id,
        author_id=owner.id,
        locale="en",
        basis="x",
        sentences=sentences,
    )
    actions.add_session(owner, plan.id, {"day": date(2026, 12, 5), "kind": "run", "distance_m": 8_000}, "kestrel-why")
    db.session.commit()

    def copied() -> str:
        names = ("coach_notes", "coach_note_versions", "coach_summaries", "coaching_events")
        return str([list(noun.rows(owner)) for noun in privacy_registry.nouns() if noun.name in names])

    for word in ("ankle", "sleep", "said", "why"):
        assert f"kestrel-{word}" in copied(), word
    assert "kestrel-gone" not in copied()
    agreements.end(companion, record.id, owner.id)
    db.session.commit()
    assert "kestrel" not in copied()
