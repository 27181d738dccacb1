"""Notes and files of athletes: what each coach may, what the athlete sees, and what is gone when it is taken back."""

from __future__ import annotations

from sqlalchemy import func, select

from hampa.coach_notes.models import CoachNote
from hampa.coaching.actions import agreements
from hampa.coaching.models.athletes import CoachingEvent
from hampa.files.models import RemovedFile, StoredFile
from hampa.files.queries import links
from hampa.people.actions import block
from hampa.platform.db import db
from tests.factories.coaching import add_coach, make_athlete, make_coached_plan
from tests.factories.files import sent
from tests.factories.kept_files import make_note, make_stored_file, pdf
from tests.factories.people import make_person

WORD = "kestrel"
KINDS = ("athletes", "plans", "notes", "files")


def found(program, person) -> set[tuple[str, str]]:
    """Return what somebody finds in each kind, by pages of one kind and by the best of all alike."""
    mine = program.as_(person)
    hits = {(kind, hit["title"]) for kind in KINDS for hit in mine.get(f"/search?q={WORD}&type={kind}", 200).data}
    best = {(hit["kind"], hit["title"]) for hit in mine.get(f"/search?q={WORD}", 200).data if hit["kind"] in KINDS}
    assert best == hits
    return hits


def test_each_coach_and_the_athlete_have_their_rights_until_they_are_taken_back(
    page, program, owner, companion, stranger, operator
):
    follower = make_person(name="Omid Follower")
    record = make_athlete(owner, companion, note="A kestrel of a runner")
    add_coach(record, stranger)
    add_coach(record, follower, "follower")
    plan = make_coached_plan(record, name="Kestrel spring")
    head, helper, reader = (page.as_(one) for one in (owner, stranger, follower))
    runner = page.as_(companion)
    path, notes, files = (f"/{part}/athlete/{record.id}" for part in ("coaching/athletes", "notes", "files"))
    path = f"/coaching/athletes/{record.id}"
    form = head.get(notes).form(notes)
    assert "The athlete and all their coaches see it" in head.get(notes).words
    form.fill(text="Kestrel alone: sleeps badly").submit(status=303)
    head.get(notes).form(notes).fill(text="Kestrel for all: **drills** on Monday", is_shared="y").submit(status=303)
    private, shared = db.session.scalars(select(CoachNote).order_by(CoachNote.created_at)).all()
    form = head.get(files).form(files)
    head.post(form.action, form.values.to_dict() | {"file": sent(pdf(), "Kestrel blood.pdf")}, 303)
    file = db.session.scalars(select(StoredFile)).one()
    file.state = "ready"
    on_plan = make_note(owner, plan, text="Kestrel on the plan")
    db.session.commit()

    # What each sees: the head all, the others what is shared; who has nothing to do with it, nothing.
    assert "sleeps badly" in head.get(path).words and "Kestrel blood.pdf" in head.get(path).words
    for viewer in (helper, reader):
        assert "for all" in viewer.get(path).words and "sleeps badly" not in viewer.get(path).words
        viewer.get(f"/notes/{private.id}", 404)
        viewer.get(f"/files/{file.id}", 303)
        viewer.get(f"/notes/{on_plan.id}")
    helper.get(notes).form(notes).fill(text="Kestrel: from the helper", is_shared="y").submit(status=303)
    helper.post(f"/notes/{shared.id}/delete", {}, 403)
    helper.post(f"/files/{file.id}/delete", {}, 403)
    helper.post(f"/notes/{shared.id}/pin", {"on": "1"}, 303)
    reader.post(notes, {"text": "Mine"}, 403)
    reader.post(f"/notes/{shared.id}/pin", {"on": ""}, 403)
    assert "Write a note" not in reader.get(notes).words
    shown = runner.get("/me/coaches")
    assert "2 notes shared with you" in shown.words and "1 file for you" in shown.words
    assert "for all" in runner.get(notes).words and "sleeps badly" not in runner.get(notes).words
    assert [one.text for one in runner.get(f"/notes/{shared.id}").all("strong")][-1:] == ["drills"]
    runner.post(notes, {"text": "Mine"}, 403)
    runner.post(f"/notes/{shared.id}/edit", {"text": "Mine"}, 403)
    runner.get(path, 404)
    runner.get(f"/files/{file.id}", 303)
    for viewer in (operator, make_person()):
        for address in (notes, files, f"/notes/{shared.id}", f"/files/{file.id}"):
            page.as_(viewer).get(address, 404)

    # Programs have the same, and the search finds what each may see.
    api = f"/athletes/{record.id}"
    texts = [row["text"] for row in program.as_(companion).get(f"{api}/notes", 200).data]
    assert texts == ["Kestrel: from the helper"]
    assert [row["title"] for row in program.as_(companion).get(f"{api}/notes?pinned=true", 200).data] == [
        "Kestrel for all: drills on Monday"
    ]
    assert [row["name"] for row in program.as_(follower).get(f"{api}/files", 200).data] == ["Kestrel blood.pdf"]
    program.as_(follower).post(f"{api}/notes", {"text": "Mine"}, 403)
    made = program.as_(stranger).post(f"{api}/notes", {"text": "By a program"}, 201)
    assert made.data["owner_kind"] == "athlete"
    program.as_(operator).get(f"{api}/notes", 404)
    athlete = ("athletes", record.name)
    of_plan = {("plans", "Kestrel spring"), ("notes", "Kestrel on the plan")}
    both = {("notes", "Kestrel for all: drills on Monday"), ("notes", "Kestrel: from the helper")}
    both |= {("files", "Kestrel blood.pdf")}
    assert found(program, owner) == {athlete, ("notes", "Kestrel alone: sleeps badly"), *of_plan, *both}
    assert found(program, stranger) == found(program, follower) == {athlete, *of_plan, *both}
    assert found(program, companion) == {*of_plan, *both}
    assert not found(program, operator) and not found(program, None)

    # Taken back from one coach: nothing is left to them, of what they wrote neither.
    token, _ends_at = links.make_link(stranger, file.id)
    link = f"/files/{file.id}/content/{token}"
    helper.get(link)
    agreements.end(companion, record.id, stranger.id)
    db.session.commit()
    for address in (path, notes, files, f"/notes/{shared.id}", f"/notes/{made.data['id']}", f"/files/{file.id}", link):
        helper.get(address, 404)
    helper.post(notes, {"text": "Mine"}, 404)
    helper.post(f"/notes/{shared.id}/restore", {}, 404)
    program.as_(stranger).get(f"{api}/notes", 404)
    program.as_(stranger).get(f"/files/{file.id}/link", 404)
    assert not found(program, stranger)
    assert (
        WORD not in helper.get(f"/search?q={WORD}").words.replace(f"q={WORD}", "").lower().replace("search: ", "")[60:]
    )
    block(companion, follower.id)
    db.session.commit()
    assert not found(program, follower)
    reader.get(notes, 404)

    # With the last coach the record goes, its notes and files with it, and the storage is told; the plan stays.
    assert {event.what for event in db.session.scalars(select(CoachingEvent))} >= {"note_shared", "file_added"}
    agreements.end(companion, record.id, owner.id)
    agreements.end(companion, record.id, follower.id)
    db.session.commit()
    assert db.session.scalars(select(CoachNote.owner_kind)).all() == ["plan"]
    assert not db.session.scalars(select(StoredFile)).all()
    assert db.session.scalar(select(func.count()).select_from(RemovedFile)) == 1
    assert found(program, companion) == of_plan and not found(program, owner)


def test_deleting_a_record_says_which_plans_notes_and_files_go(page, owner):
    record = make_athlete(owner, name="Ali")
    plan = make_coached_plan(record, name="Spring")
    make_note(owner, record, is_shared=False)
    make_note(owner, plan)
    make_stored_file(owner, record, name="Shoes.pdf")
    make_stored_file(owner, plan, name="Route.pdf")
    path = f"/coaching/athletes/{record.id}"
    asks = page.as_(owner).get(f"{path}/delete")
    for words in ("Spring", "2 notes go with it", "Shoes.pdf", "Route.pdf"):
        assert words in asks.words
    assert "and the athlete once they have an account" in page.as_(owner).get(f"/notes/athlete/{record.id}").words
    asks.form(f"{path}/delete").submit(status=303)
    for table in (CoachNote, StoredFile):
        assert not db.session.scalars(select(table)).all()
    assert db.session.scalar(select(func.count()).select_from(RemovedFile)) == 2
