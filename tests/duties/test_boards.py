"""The board for the meeting point: behind a link, without names but first ones, renewed and ended."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hampa.boards.models import Board
from hampa.boards.queries import short_names, token_of
from hampa.platform import clock
from hampa.platform.db import db
from tests.duties.test_duties import FIRST
from tests.factories.crews import add_member
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person


def test_a_board_from_its_making_to_its_end(page, crew, schedule, owner, companion, stranger):
    for other, status in ((None, 303), (stranger, 404), (companion, 403)):
        page.as_(other).post("/duties/boards", {"crew": str(crew.id)}, status)
    form = page.as_(owner).get("/duties/boards", 200).form("/duties/boards")
    for _twice in range(2):
        form.submit(status=303)
    (board,) = db.session.scalars(select(Board))
    path = f"/board/{token_of(board)}"
    assert path in page.as_(owner).get("/duties/boards", 200).text
    people = [make_person(name=name) for name in ("Sara Karimi", "Sara Ahmadi", "Reza Tehrani")]
    for place, one in enumerate(people, 1):
        add_member(crew, one)
        make_booking(schedule, one, FIRST, place=place, attendance="attended" if place == 1 else None)
    gone = make_booking(
        make_schedule(crew, name="Finish", min_people=2, max_people=2), companion, FIRST, attendance="no_show"
    )
    make_booking(make_schedule(crew, name="Later", rule="0 12 * * *"), owner, FIRST + timedelta(hours=6))
    make_schedule(crew, name="Draft gate", published_at=None)
    with clock.frozen(FIRST + timedelta(minutes=20)):
        shown = page.as_(None).get(path, 200)
        on, coming = shown.words.split("On now")[1].split("Next")
        assert "North gate" in on and "Sara K." in on and "Sara A." in on and "Reza" in on
        assert "Later" in coming and "Later" not in on
        assert "Missing 2 people Finish" in shown.words
        for hidden in ("Karimi", "Ahmadi", "Tehrani", companion.phone, "Draft gate", str(gone.id)):
            assert hidden not in shown.text
        headers = shown.response.headers
        assert "noindex" in headers["X-Robots-Tag"] and headers["Cache-Control"] == "no-store"
        assert '<meta http-equiv="refresh" content="60">' in shown.text
        fragment = page.as_(None).htmx.get(path, 200)
        assert "<html" not in fragment.text and 'id="board"' in fragment.text
        people[2].state = "suspended"
        db.session.flush()
        assert "Reza" not in page.as_(None).get(path, 200).words
    for other, status in ((None, 303), (companion, 404), (owner, 303)):
        page.as_(other).post(f"/duties/boards/{board.id}/link", {}, status)
    page.as_(None).get(path, 404)
    renewed = f"/board/{token_of(db.session.get(Board, board.id))}"
    page.as_(None).get(renewed, 200)
    page.as_(stranger).post(f"/duties/boards/{board.id}/end", {}, 404)
    page.as_(owner).post(f"/duties/boards/{board.id}/end", {}, 303)
    for old in (path, renewed, "/board/nothing", renewed[:-1] + "n"):
        page.as_(None).get(old, 404)


def test_short_names_tell_people_apart_and_say_no_more():
    assert short_names(["Sara Karimi", "Reza", "Sara Ahmadi", "", "Ali Reza Tehrani"]) == [
        "Sara K.",
        "Reza",
        "Sara A.",
        "",
        "Ali",
    ]
