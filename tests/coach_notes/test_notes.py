"""Notes on plans: who sees one and what they may do, what was changed and by whom, and how one comes back."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.coach_notes import actions, jobs
from hampa.coach_notes.models import LONGEST, MOST_VERSIONS, CoachNote, CoachNoteVersion
from hampa.people.actions import block
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.differences import ADDED, REMOVED, differences
from hampa.training.actions.plans import delete_plan, leave_plan, set_role
from tests.factories.kept_files import make_note
from tests.factories.people import make_person
from tests.factories.training import make_plan
from tests.races import at_once

RICH = (
    "# Taper\n\n**Three** weeks, *slowly*\n\n- <script>alert(1)</script>\n- [no](javascript:alert(1)) https://a.example"
)


def notes() -> list[CoachNote]:
    db.session.expire_all()
    return list(db.session.scalars(select(CoachNote).order_by(CoachNote.created_at, CoachNote.id)))


def test_a_note_is_its_authors_until_it_is_shared_and_of_those_who_belong(page, owner, companion, stranger):
    plan = make_plan(owner, companion, name="Spring")
    browser, theirs = page.as_(owner), page.as_(companion)
    address = f"/notes/plan/{plan.id}"
    refused = browser.get(address).form(address).fill(text="x" * (LONGEST + 1)).submit(status=422)
    assert refused.error_of("text") and "x" * 100 in refused.text
    browser.get(address).form(address).fill(text=RICH).submit(status=303)
    [note] = notes()
    shown = browser.get(f"/notes/{note.id}")
    assert shown.one("h3").text == "Taper" and [one.text for one in shown.all("strong")] == ["Three"]
    assert "<script>alert" not in shown.text and 'href="javascript' not in shown.text
    theirs.get(f"/notes/{note.id}", 404)
    assert "Taper" not in theirs.get(address).text and "Taper" not in theirs.get(f"/plans/{plan.id}").text
    theirs.post(f"/notes/{note.id}/share", {"on": "1"}, 404)
    browser.post(f"/notes/{note.id}/share", {"on": "1"}, 303)
    assert "Taper" in theirs.get(address).text and "Taper" in theirs.get(f"/plans/{plan.id}").text
    page.as_(stranger).get(f"/notes/{note.id}", 404)
    page.as_(stranger).get(address, 404)
    form = theirs.get(f"/notes/{note.id}/edit").form(f"/notes/{note.id}/edit")
    late = browser.get(f"/notes/{note.id}/edit").form(f"/notes/{note.id}/edit")
    form.fill(text="# Taper\n\nTwo weeks, slowly").submit(status=303)
    told = late.fill(text="# Taper\n\nFour weeks").submit(status=409)
    assert "Somebody changed this note" in told.text and "Four weeks" in told.text
    assert notes()[0].text.endswith("Two weeks, slowly")
    told.form(f"/notes/{note.id}/edit").submit(status=303)
    changes = browser.get(f"/notes/{note.id}/versions")
    assert [one.text for one in changes.all("h2")] == ["Version 3", "Version 2", "Version 1"]
    assert "Two" in {one.text for one in changes.all("del")} and "Four" in {one.text for one in changes.all("ins")}
    assert companion.name in changes.text and owner.name in changes.text
    theirs.post(f"/notes/{note.id}/pin", {"on": "1"}, 303)
    assert "Pinned" in browser.get(address).text
    theirs.post(f"/notes/{note.id}/delete", {}, 403)
    set_role(owner, plan.id, companion.id, "viewer")
    db.session.commit()
    theirs.get(f"/notes/{note.id}/edit", 403)
    theirs.post(f"/notes/{note.id}/pin", {"on": ""}, 403)
    theirs.post(address, {"text": "Mine"}, 403)
    browser.post(f"/notes/{note.id}/delete", {}, 303)
    for viewer in (browser, theirs):
        viewer.get(f"/notes/{note.id}", 404)
    theirs.post(f"/notes/{note.id}/restore", {}, 404)
    assert "Bring back" in browser.get(address).text and "Bring back" not in theirs.get(address).text
    browser.post(f"/notes/{note.id}/restore", {}, 303)
    theirs.get(f"/notes/{note.id}", 200)
    block(owner, companion.id)
    db.session.commit()
    theirs.get(f"/notes/{note.id}", 404)
    assert "Taper" not in theirs.get(address).text


def test_what_belongs_together_goes_together_and_in_time(program, owner, companion):
    plan = make_plan(owner, companion)
    kept, shared, own = make_note(owner, plan), make_note(companion, plan), make_note(companion, plan, is_shared=False)
    mine, theirs = program.as_(owner), program.as_(companion)
    mine.delete(f"/notes/{shared.id}", 204)
    theirs.post(f"/notes/{shared.id}/restore", None, 200)
    mine.delete(f"/notes/{shared.id}", 204)
    mine.delete(f"/notes/{own.id}", 404)
    with clock.frozen(clock.now() + timedelta(days=30, minutes=1)):
        program.as_(companion).post(f"/notes/{shared.id}/restore", None, 404)
        jobs.forget_deleted()
    assert {note.id for note in notes()} == {kept.id, own.id}
    leave_plan(companion, plan.id)
    db.session.commit()
    for path in (f"/notes/{own.id}", f"/notes/{kept.id}", f"/notes/{kept.id}/versions"):
        theirs.get(path, 404)
    theirs.patch(f"/notes/{own.id}", {"is_pinned": True}, 404)
    assert not theirs.get("/search?q=note&type=notes", 200).data
    assert [hit["id"] for hit in mine.get("/search?q=note&type=notes", 200).data] == [str(kept.id)]
    delete_plan(owner, plan.id)
    db.session.commit()
    assert not notes()


def test_a_program_pages_changes_and_reads_versions(program, owner):
    plan, mine = make_plan(owner), program.as_(owner)
    for at in range(4):
        mine.post(f"/notes/plan/{plan.id}", {"text": f"Week {at}"}, 201)
    first = mine.get(f"/notes/plan/{plan.id}?limit=3", 200)
    second = mine.get(f"/notes/plan/{plan.id}?limit=3&after={first.json['meta']['next']}", 200)
    assert [note["text"] for note in [*first.data, *second.data]] == ["Week 3", "Week 2", "Week 1", "Week 0"]
    note = first.data[0]
    for number in range(1, 4):
        mine.patch(f"/notes/{note['id']}", {"text": f"Week 3, {number} times", "number": number}, 200)
    mine.patch(f"/notes/{note['id']}", {"text": "Lost", "number": 2}, 409)
    versions = mine.get(f"/notes/{note['id']}/versions", 200).data["versions"]
    assert [one["number"] for one in versions] == [4, 3, 2, 1]
    assert {"kind": "removed", "text": "2"} in versions[0]["pieces"]
    mine.patch(f"/notes/{note['id']}", {"is_pinned": True, "is_shared": True}, 200)
    assert [one["id"] for one in mine.get(f"/notes/plan/{plan.id}?pinned=1", 200).data] == [note["id"]]


def test_sharing_a_note_shows_nothing_of_what_it_said_before(page, program, owner, companion):
    plan = make_plan(owner, companion)
    mine, theirs = program.as_(owner), page.as_(companion)
    note = mine.post(f"/notes/plan/{plan.id}", {"text": "She is lazy"}, 201).data
    mine.patch(f"/notes/{note['id']}", {"text": "She needs rest", "is_shared": True}, 200)
    mine.patch(f"/notes/{note['id']}", {"text": "She needs much rest"}, 200)
    mine.patch(f"/notes/{note['id']}", {"is_shared": False}, 200)
    mine.patch(f"/notes/{note['id']}", {"text": "I give up on her"}, 200)
    mine.patch(f"/notes/{note['id']}", {"text": "She rests"}, 200)
    mine.patch(f"/notes/{note['id']}", {"is_shared": True}, 200)
    versions = f"/notes/{note['id']}/versions"
    for address in (versions, f"{versions}?before=2", f"{versions}?before=5"):
        words = theirs.get(address, 200).words
        assert "lazy" not in words and "give up" not in words
    seen = program.as_(companion).get(versions, 200).data["versions"]
    assert [one["number"] for one in seen] == [5, 3, 2]
    assert seen[-1]["pieces"] == [{"kind": "added", "text": "She needs rest"}], "the first has all its words"
    words = page.as_(owner).get(versions, 200).words
    assert "lazy" in words and "give up" in words


def test_of_two_who_write_from_the_same_version_one_is_told(real_database):
    one, other = make_person(), make_person()
    plan = make_plan(one, other)
    note_id, ids = make_note(one, plan, text="First").id, (one.id, other.id)
    db.session.commit()

    def change(person_id):
        return lambda: actions.change_note(db.session.get_one(Person, person_id), note_id, f"By {person_id}", 1)

    assert sorted(at_once(real_database, [change(id_) for id_ in ids])) == ["ChangedMeanwhile", "done"]


def test_versions_are_kept_up_to_a_limit(owner, monkeypatch):
    monkeypatch.setattr(actions, "MOST_VERSIONS", 3)
    note = make_note(owner, make_plan(owner))
    for at in range(6):
        actions.change_note(owner, note.id, f"Text {at}")
    assert db.session.scalar(select(func.count()).select_from(CoachNoteVersion)) == 3 < MOST_VERSIONS


BOMBS = {
    "lines": ("a\nb\n" * 5_000, "b\na\n" * 5_000),
    "words": ("a b " * 5_000, "b a " * 5_000),
    "letters": ("a" * LONGEST, "b" * LONGEST),
    "signs": ("!?" * 10_000, "?!" * 10_000),
    "nothing": ("", "x\n" * 10_000),
    "many_lines": ("\n".join("a b c d e " * 5 for _ in range(390)), "\n".join("e d c b a " * 5 for _ in range(390))),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_difference_is_true_and_soon_there_whatever_is_compared(name):
    before, after = BOMBS[name]
    begun = time.process_time()
    pieces = differences(before, after)
    print(f"{time.process_time() - begun:.2f} s of CPU")
    assert "".join(piece.text for piece in pieces if piece.kind != ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.kind != REMOVED) == after
