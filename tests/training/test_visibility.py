"""Who sees the activity, the line and the pulse, each for itself, on pages and for programs."""

from __future__ import annotations

import pytest

from hampa.blocks.actions import block
from hampa.cards.models import ACCEPTED
from hampa.platform.db import db
from hampa.training.actions.activities import create_activity
from hampa.training.models.activities import COMPANIONS, CREW, EVERYONE, ME, VISIBILITIES
from tests.factories.activity_files import make_track
from tests.factories.cards import make_card, make_interest
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.factories.training import make_activity, make_plan

SEEN_BY = {
    ME: set(),
    COMPANIONS: {"companion"},
    CREW: {"mate"},
    EVERYONE: {"companion", "mate", "stranger", "operator"},
}


@pytest.fixture
def viewers(owner, companion, stranger, operator):
    make_interest(companion, make_card(owner), ACCEPTED)
    mate = make_person()
    make_crew(owner, mate)
    db.session.commit()
    return {"companion": companion, "mate": mate, "stranger": stranger, "operator": operator}


def test_activity_line_and_pulse_are_seen_by_whom_their_person_chose(page, program, owner, viewers):
    activity = make_activity(owner, duration_s=700, distance_m=2_000, note="Along the river")
    make_track(owner, activity=activity)
    path = f"/activities/{activity.id}"
    readers = {name: (page.as_(viewer), program.as_(viewer)) for name, viewer in viewers.items()}

    def look(circle: str, on_map: str, heart: str) -> None:
        activity.visibility, activity.map_visibility, activity.heart_visibility = circle, on_map, heart
        db.session.commit()
        for name, (reader, asker) in readers.items():
            if name not in SEEN_BY[circle]:
                reader.get(path, 404)
                asker.get(f"{path}/track", 404)
                continue
            shown, data = reader.get(path), asker.get(f"{path}/track", 200).data
            sees_map, sees_heart, is_cut = name in SEEN_BY[on_map], name in SEEN_BY[heart], on_map != ME
            assert ("route-way" in shown.text) == sees_map, name
            assert [len(piece) for piece in data["line"]] == ([3] if sees_map else [])
            assert ("pulse" in shown.text.lower()) == sees_heart, name
            hearts = {data["heart_mean"], data["heart_most"], *(one["heart"] for one in data["splits"])}
            assert (hearts != {None}) == sees_heart
            assert sum(one["metres"] for one in data["splits"] if one["unit"] == "km") == (600 if is_cut else 2_000)
            told = asker.get(path, 200).data
            assert (told["distance_m"], told["duration_s"]) == ((1_000, 330) if is_cut else (2_000, 700))
            assert (told["sees_map"], told["sees_heart"]) == (sees_map, sees_heart)
            if is_cut:
                assert told["created_at"] == told["updated_at"] == told["ended_at"] != activity.ended_at
                assert "11:40" not in shown.words and "2 km" not in shown.words
            reader.get(f"{path}/file", 403)

    for circle in VISIBILITIES:
        for on_map in VISIBILITIES:
            heart = VISIBILITIES[(VISIBILITIES.index(on_map) + VISIBILITIES.index(circle)) % 4]
            look(circle, on_map, heart)
    mine = page.as_(owner).get(path)
    assert "11:40" in mine.words and "Mean pulse" in mine.text and "route-way" in mine.text
    assert program.as_(owner).get(path, 200).data["duration_s"] == 700


def test_sums_of_a_plan_do_not_measure_what_is_hidden(page, program, owner, viewers):
    plan = make_plan(owner, viewers["companion"])
    activity = make_activity(
        owner, plan_id=plan.id, duration_s=700, distance_m=2_000, visibility="companions", map_visibility="companions"
    )
    make_track(owner, activity=activity)
    db.session.commit()
    path = f"/plans/{plan.id}"
    theirs, mine = page.as_(viewers["companion"]).get(path), page.as_(owner).get(path)
    assert "2 km" not in theirs.words and "1 km" in theirs.words
    assert "2 km" in mine.words
    rows = {one["role"]: one for one in program.as_(viewers["companion"]).get(path, 200).data["members"]}
    assert (rows["owner"]["distance_m"], rows["owner"]["duration_s"]) == (1_000, 330)


def test_the_page_of_a_person_has_what_the_viewer_sees(page, program, owner, viewers):
    for number, circle in enumerate((ME, COMPANIONS, COMPANIONS, COMPANIONS, COMPANIONS, EVERYONE)):
        make_activity(owner, visibility=circle, distance_m=10_000 + 1_000 * number)
    db.session.commit()
    own = f"/people/{owner.id}"
    assert len(page.as_(viewers["companion"]).get(own).all("li", class_="activity")) == 3
    for name, count in (("companion", 5), ("stranger", 1), ("mate", 1)):
        reader = page.as_(viewers[name])
        listed = reader.get(f"{own}/activities")
        assert len(listed.all("li", class_="activity")) == count and "10 km" not in listed.words
        assert len(program.as_(viewers[name]).get(f"{own}/activities", 200).data) == count
    assert len(page.as_(owner).get(f"{own}/activities").all("li", class_="activity")) == 5
    block(viewers["stranger"], owner.id)
    db.session.commit()
    page.as_(viewers["stranger"]).get(f"{own}/activities", 404)
    assert "Nothing to see here" in page.as_(owner).get(f"/people/{viewers['companion'].id}/activities").text


def test_one_chooses_once_for_all_and_anew_for_each(page, program, owner):
    reader = page.as_(owner)
    before = make_activity(owner)
    form = reader.get("/me/training/visibility").form("/me/training/visibility")
    assert form.values["visibility"] == form.values["map_visibility"] == form.values["heart_visibility"] == "me"
    form.fill(visibility="everyone", map_visibility="crew", heart_visibility="companions").submit(status=303)
    reader.post("/me/training/visibility", {"visibility": "all"}, 422)
    assert reader.get("/me/activities/new").form().values["map_visibility"] == "crew"
    made = create_activity(
        owner, {name: getattr(before, name) for name in ("kind", "started_at", "ended_at", "duration_s")}
    )
    assert (made.visibility, made.map_visibility, made.heart_visibility) == ("everyone", "crew", "companions")
    mine = program.as_(owner)
    times = {"started_at": "2026-01-01T06:00:00Z", "ended_at": "2026-01-01T07:00:00Z"}
    other = mine.post("/activities", {**times, "visibility": "me"}, 201).data
    assert (other["visibility"], other["map_visibility"]) == ("me", "crew")
    db.session.refresh(before)
    assert before.visibility == "me"
    circles = {"visibility": "companions", "map_visibility": "me", "heart_visibility": "me"}
    assert mine.put("/me/training/visibility", circles | {"so_far": True}, 200).data == circles
    db.session.expire_all()
    assert (before.visibility, made.visibility, made.map_visibility) == ("companions", "companions", "me")
