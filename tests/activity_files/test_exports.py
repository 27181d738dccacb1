"""The copy of somebody's training goes into another Hampa unchanged: once, whatever is wrong with parts of it."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta

from sqlalchemy import func, select

from hampa.activity_files import jobs
from hampa.activity_files.models import ActivityImport, ActivityImportFile
from hampa.badges.models import BadgeElsewhere
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.training.actions import plans
from hampa.training.actions.choices import choose_circles
from hampa.training.models.activities import Activity
from hampa.training.models.goals import Goal
from hampa.training.models.plans import Milestone, TrainingPlan
from tests.account.test_export import fetched, rows_of
from tests.activity_files.test_files import NOW, packed, send
from tests.factories.badges import make_award, make_badge
from tests.factories.fit import fit_activity, loop
from tests.factories.people import make_person
from tests.factories.training import make_activity, make_gear, make_goal, make_plan

FREE = {"id", "activity_id", "run_id", "created_at", "updated_at"}


def told(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """Return what a copy says of training, without ids and times of writing; plans stand by their names."""
    named = rows_of(archive, "training_plans") + rows_of(archive, "training_gear")
    names = {one["id"]: one["name"] for one in named}
    found = {}
    for noun in (
        "activities",
        "activity_tracks",
        "training_plans",
        "training_milestones",
        "training_goals",
        "training_gear",
        "training_choices",
    ):
        rows = [{key: value for key, value in one.items() if key not in FREE} for one in rows_of(archive, noun)]
        rows = [one for one in rows if one.get("role") != "contributor"]
        for one in rows:
            for key in {"plan_id", "gear_id"} & {key for key, value in one.items() if value}:
                one[key] = names[one[key]]
        found[noun] = sorted(json.dumps(one, sort_keys=True) for one in rows)
    files = sorted(archive.read(name).hex() for name in archive.namelist() if name.startswith("activities/"))
    return {**found, "files": files}


def counts() -> list[int]:
    return [
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Activity, TrainingPlan, Milestone, Goal)
    ]


def test_a_copy_goes_into_another_account_unchanged_and_once(page, owner, companion, stranger, operator, work):
    with clock.frozen(NOW):
        choose_circles(owner, {"visibility": "companions", "map_visibility": "crew", "heart_visibility": "me"})
        plan = plans.create_plan(owner, {"name": "Half marathon", "visibility": "members"})
        step = plans.add_milestone(owner, plan.id, "Fifteen kilometres", None)
        plans.reach_milestone(owner, plan.id, step.id, reached=True)
        make_goal(owner, plan_id=plan.id)
        make_goal(owner, metric="time", target=36_000)
        make_plan(companion, owner, name="Somebody else's")
        shoes = make_gear(owner, name="Road shoes", before_m=40_000, default_kinds=["run"])
        taken = make_award(make_badge(name_en="Taken back"), owner, revoked_at=NOW)
        earned = make_award(make_badge(name_en="Ten runs", name_fa="ده بار"), owner)
        make_activity(
            owner,
            note="Along the river,\nthen home",
            plan_id=plan.id,
            gear_id=shoes.id,
            effort=6,
            feeling="good",
            climb_m=80,
        )
        make_activity(owner, ago=timedelta(days=3), kind="strength", distance_m=None, timezone="Europe/Berlin")
        db.session.commit()
        send(page.as_(owner), fit_activity(loop(300)), "morning.fit")
        work()
        first = fetched(page, owner, work)
        expected = told(first)
        assert [len(rows) for rows in expected.values()] == [3, 1, 1, 1, 2, 1, 1, 1]
        content = first.fp.getvalue()

        newcomer = make_person()
        before = counts()
        both = [2 * one for one in before]
        both[1] -= 1  # the plan of somebody else
        for fate in ("made", "same"):
            shown = send(page.as_(newcomer), content, "hampa.zip")
            work()
            waiting = page.as_(newcomer).get(shown.url)
            agree = f"{shown.url}/take-over"
            if fate == "same":
                assert "is already here" in waiting.words
            else:
                assert counts() == before, "nothing comes before its person agrees"
                told_before = [["".join(one.itertext()) for one in row.iter("td")] for row in waiting.all("tr")[1:]]
                assert told_before == [
                    *(["3", "–", "–"], ["1", "–", "1"], ["2", "–", "–"]),
                    *(["1", "–", "–"], ["1", "–", "1"]),
                ], waiting.words
                assert "1 of the new activities will be seen by others" in waiting.words
                page.as_(newcomer).speaking("fa").get(shown.url)
                for other in (stranger, operator):
                    page.as_(other).post(agree, {}, 404)
                    page.as_(other).post(f"{shown.url}/discard", {}, 404)
            waiting.form(agree).submit(status=303)
            page.as_(newcomer).post(agree, {}, 303)
            work()
            done = page.as_(newcomer).get(shown.url)
            latest = db.session.scalars(select(ActivityImport).order_by(ActivityImport.id.desc())).first()
            assert (latest.files, latest.reason) == (4, None)
            fates = select(ActivityImportFile.fate).where(ActivityImportFile.import_id == latest.id)
            assert set(db.session.scalars(fates)) == {fate}, done.words
            assert ("gear and badges came too" in done.words) == (fate == "made")
            assert counts() == both
        second = fetched(page, newcomer, work)
        assert told(second) == expected
        brought = rows_of(second, "badges_elsewhere")
        assert [(one["badge_id"], one["name_en"]) for one in brought] == [(str(earned.badge_id), "Ten runs")]
        assert str(taken.badge_id) not in json.dumps(brought) and not rows_of(second, "badges")
        mine = page.as_(newcomer).get("/me/badges")
        assert "Earned elsewhere" in mine.words and "Nobody here has checked it" in mine.words
        assert "Ten runs" not in page.as_(owner).get(f"/people/{newcomer.id}").words
        own = send(page.as_(owner), content, "my-own.zip")
        work()
        page.as_(owner).get(own.url).form(f"{own.url}/take-over").submit(status=303)
        work()
        assert not db.session.scalars(select(BadgeElsewhere).where(BadgeElsewhere.person_id == owner.id)).all()
        assert counts() == both, "one's own copy brings nothing new"


def test_hostile_copies_are_refused_part_by_part(page, owner, work):
    row = {
        "id": "01900000-0000-7000-8000-000000000001",
        "kind": "run",
        "started_at": "2026-11-01T06:00:00+00:00",
        "ended_at": "2026-11-01T07:00:00+00:00",
        "timezone": "Asia/Tehran",
        "duration_s": 3_600,
    }
    wrong = [
        {"kind": "flight"},
        {"timezone": "../../etc/passwd"},
        {"duration_s": 10**12},
        {"note": "nul \x00 byte"},
        {"started_at": "2030-01-01T06:00:00+00:00", "ended_at": "2030-01-01T07:00:00+00:00"},
        {"ended_at": "2026-11-09T07:00:00+00:00"},
        {"visibility": "all"},
    ]
    rows = [
        row,
        *({**row, "id": f"01900000-0000-7000-8000-0000000001{at:02}", **one} for at, one in enumerate(wrong)),
        7,
    ]
    mark = {"export.json": json.dumps({"site": ["javascript:alert(1)"]}).encode()}
    badge = {"badge_id": row["id"], "name_en": "Gold", "earned_on": "2026-11-01"}
    with clock.frozen(NOW):
        browser = page.as_(owner)

        def taken(files: dict[str, bytes]) -> ActivityImport:
            shown = send(browser, packed(mark | files), "hampa.zip")
            work()
            waiting = browser.get(shown.url)
            if waiting.all("form", action=f"{shown.url}/take-over"):
                waiting.form(f"{shown.url}/take-over").submit(status=303)
                work()
            return db.session.scalars(select(ActivityImport).order_by(ActivityImport.id.desc())).first()

        one = taken(
            {
                "activities.json": json.dumps(rows).encode(),
                f"activities/{row['id']}.gpx.gz": b"\x1f\x8bbroken",
                "training_plans.json": json.dumps([{"id": row["id"], "name": "x" * 999, "role": "owner"}]).encode(),
                "training_goals.json": json.dumps({"deep": [[[]]]}).encode(),
                "training_gear.json": json.dumps([{**row, "name": "Shoes", "kind": "rocket"}, 7]).encode(),
                "badges.json": json.dumps([{**badge, "name_en": "x" * 99}, {**badge, "earned_on": "now"}, []]).encode(),
                "badges_elsewhere.json": json.dumps({"badge_id": 1}).encode(),
                "activities/../../evil.gpx.gz": b"..",
            }
        )
        fates = select(ActivityImportFile.fate, func.count()).where(ActivityImportFile.import_id == one.id)
        assert dict(db.session.execute(fates.group_by(ActivityImportFile.fate)).all()) == {"same": 1, "failed": 9}
        assert counts() == [0, 0, 0, 0]
        one = taken({"activities.json": json.dumps([row]).encode()})
        assert counts()[0] == 1
        for files, reason in (
            ({"activities.json": b"[" * 100_000}, "broken"),
            ({"activities.json": b"{}"}, "broken"),
            ({"activities.json": json.dumps([row] * 5_000).encode()}, "too_many"),
            ({"activities.json": b" " * 12_000_001}, "too_large"),
            ({"activities.json": b"[" + b"[]," * 1_000_000 + b"1]"}, "too_large"),
        ):
            assert taken(files).reason == reason
        assert counts()[0] == 1


def test_a_copy_that_nobody_wants_is_deleted(page, owner, work):
    files = {"export.json": b"{}", "activities.json": b"[]"}
    with clock.frozen(NOW):
        browser = page.as_(owner)
        addresses = [send(browser, packed(files), f"{name}.zip").url for name in ("away", "forgotten")]
        work()
        jobs.sweep()
        uploads = list(db.session.scalars(select(ActivityImport.upload)))
        browser.get(addresses[0]).form(f"{addresses[0]}/discard").submit(status=303)
        browser.get(addresses[0], 404)
        assert "waits for you" in browser.get("/me/activities/import").words
    with clock.frozen(NOW + timedelta(hours=30)):
        jobs.sweep()
        assert db.session.scalar(select(func.count()).select_from(ActivityImport)) == 1
    with clock.frozen(NOW + timedelta(days=8)):
        jobs.sweep()
        work()
    assert not db.session.scalars(select(ActivityImport)).all()
    assert not [one for one in uploads if storage.exists(one)]
