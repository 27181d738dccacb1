"""The copy of somebody's training goes into another Hampa unchanged: once, whatever is wrong with parts of it."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta

from sqlalchemy import func, select

from hampa.activity_files.models import ActivityImport, ActivityImportFile
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.actions import plans
from hampa.training.actions.choices import choose_circles
from hampa.training.models.activities import Activity
from hampa.training.models.goals import Goal
from hampa.training.models.plans import Milestone, TrainingPlan
from tests.account.test_export import fetched, rows_of
from tests.activity_files.test_files import NOW, packed, send
from tests.factories.fit import fit_activity, loop
from tests.factories.people import make_person
from tests.factories.training import make_activity, make_goal

FREE = {"id", "activity_id", "run_id", "created_at", "updated_at"}


def told(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """Return what a copy says of training, without ids and times of writing; plans stand by their names."""
    names = {one["id"]: one["name"] for one in rows_of(archive, "training_plans")}
    found = {}
    for noun in (
        "activities",
        "activity_tracks",
        "training_plans",
        "training_milestones",
        "training_goals",
        "training_choices",
    ):
        rows = [{key: value for key, value in one.items() if key not in FREE} for one in rows_of(archive, noun)]
        for one in rows:
            if one.get("plan_id"):
                one["plan_id"] = names[one["plan_id"]]
        found[noun] = sorted(json.dumps(one, sort_keys=True) for one in rows)
    files = sorted(archive.read(name).hex() for name in archive.namelist() if name.startswith("activities/"))
    return {**found, "files": files}


def counts() -> list[int]:
    return [
        db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Activity, TrainingPlan, Milestone, Goal)
    ]


def test_a_copy_goes_into_another_account_unchanged_and_once(page, owner, work):
    with clock.frozen(NOW):
        choose_circles(owner, {"visibility": "companions", "map_visibility": "crew", "heart_visibility": "me"})
        plan = plans.create_plan(owner, {"name": "Half marathon", "visibility": "members"})
        step = plans.add_milestone(owner, plan.id, "Fifteen kilometres", None)
        plans.reach_milestone(owner, plan.id, step.id, reached=True)
        make_goal(owner, plan_id=plan.id)
        make_goal(owner, metric="time", target=36_000)
        make_activity(owner, note="Along the river,\nthen home", plan_id=plan.id, effort=6, feeling="good", climb_m=80)
        make_activity(owner, ago=timedelta(days=3), kind="strength", distance_m=None, timezone="Europe/Berlin")
        db.session.commit()
        send(page.as_(owner), fit_activity(loop(300)), "morning.fit")
        work()
        first = fetched(page, owner, work)
        expected = told(first)
        assert [len(rows) for rows in expected.values()] == [3, 1, 1, 1, 2, 1, 1]
        content = first.fp.getvalue()

        newcomer = make_person()
        before = counts()
        for fate in ("made", "same"):
            shown = send(page.as_(newcomer), content, "hampa.zip")
            work()
            done = page.as_(newcomer).get(shown.url)
            latest = db.session.scalars(select(ActivityImport).order_by(ActivityImport.id.desc())).first()
            assert (latest.files, latest.reason) == (4, None)
            fates = select(ActivityImportFile.fate).where(ActivityImportFile.import_id == latest.id)
            assert set(db.session.scalars(fates)) == {fate}, done.words
            assert ("plans and goals came too" in done.words) == (fate == "made")
            assert counts() == [2 * before[0], 2 * before[1], 2 * before[2], 2 * before[3]]
        assert told(fetched(page, newcomer, work)) == expected
        send(page.as_(owner), content, "my-own.zip")
        work()
        assert counts() == [2 * one for one in before], "one's own copy brings nothing new"


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
    mark = {"export.json": b"{}"}
    with clock.frozen(NOW):
        browser = page.as_(owner)

        def taken(files: dict[str, bytes]) -> ActivityImport:
            send(browser, packed(mark | files), "hampa.zip")
            work()
            return db.session.scalars(select(ActivityImport).order_by(ActivityImport.id.desc())).first()

        one = taken(
            {
                "activities.json": json.dumps(rows).encode(),
                f"activities/{row['id']}.gpx.gz": b"\x1f\x8bbroken",
                "training_plans.json": json.dumps([{"id": row["id"], "name": "x" * 999, "role": "owner"}]).encode(),
                "training_goals.json": json.dumps({"deep": [[[]]]}).encode(),
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
        ):
            assert taken(files).reason == reason
        assert counts()[0] == 1
