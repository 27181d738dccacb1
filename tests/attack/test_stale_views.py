"""What changes while something else is under way: a face, a name, a page that is kept, a run of somebody else by now."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.cards.jobs import reindex_all
from hampa.moderation import actions as moderation, queries
from hampa.moderation.actions import Verdict
from hampa.moderation.models import Report
from hampa.people import queries as people
from hampa.people.actions import deactivate, reactivate, reinstate, suspend
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.platform.media.pictures import Rendition
from hampa.profile.actions import pipeline
from hampa.profile.models import PersonPicture
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.people import make_person
from tests.factories.profiles import make_face
from tests.factories.runs import make_run


def gone(person_id):
    deactivate(people.lock_person(person_id))
    db.session.commit()


def back(person_id):
    reactivate(people.lock_person(person_id))
    db.session.commit()


def test_a_face_that_is_read_while_its_person_leaves_waits_for_them_to_come_back(owner):
    old = make_face(owner)
    new = made(PersonPicture, person_id=owner.id, upload="uploads/new", created_at=clock.now() + timedelta(seconds=1))
    gone(owner.id)
    pipeline.finish(new.id, "uploads/new", [Rendition(width, width, b"webp") for width in (512, 256, 64)])
    db.session.commit()
    db.session.refresh(owner)
    assert owner.avatar is None
    back(owner.id)
    assert owner.avatar == str(new.id) != str(old.id)


def test_who_is_leaving_is_found_by_no_name_and_by_all_again_afterwards(page, work):
    person = make_person(name="Sara Karimi", handle="quince_runs")
    make_card(person, title="By the canal")
    make_run(person, title="Round the canal")
    sara = person.id
    gone(sara)
    reindex_all()
    work()
    for asked in ("karimi", "quince_runs"):
        assert "Round the canal" not in page.get(f"/runs?q={asked}", 200).words, asked
    back(sara)
    work()
    for asked in ("karimi", "quince_runs"):
        assert "By the canal" in page.get(f"/cards?q={asked}", 200).words, asked
        assert "Round the canal" in page.get(f"/runs?q={asked}", 200).words, asked


@pytest.mark.usefixtures("remembering")
def test_who_closes_their_page_is_without_a_face_on_cards_at_once(page, owner):
    owner.profile_visibility = "everyone"
    make_face(owner)
    make_card(owner)
    assert "/face/" in page.get("/cards", 200).text
    page.as_(owner).get("/me/privacy", 200).form("/me/privacy").fill(profile_visibility="companions").submit(status=303)
    assert "/face/" not in page.get("/cards", 200).text


@pytest.mark.usefixtures("remembering")
def test_visitors_see_no_card_of_who_has_left_though_their_page_is_kept(page, owner, work):
    make_card(owner, title="By the canal")
    assert "By the canal" in page.get("/cards", 200).words
    gone(owner.id)
    work()
    assert "By the canal" not in page.get("/cards", 200).words


@pytest.mark.usefixtures("remembering")
def test_visitors_see_no_card_of_who_is_shut_out_and_it_again_with_them(page, owner, work):
    make_card(owner, title="By the canal")
    assert "By the canal" in page.get("/cards", 200).words
    suspend(people.lock_person(owner.id), "banned", None)
    work()
    assert "By the canal" not in page.get("/cards", 200).words
    reinstate(people.lock_person(owner.id))
    work()
    assert "By the canal" in page.get("/cards", 200).words


def test_deciding_about_a_run_leaves_what_is_said_of_the_operator_whose_it_is_by_now(operator, owner, companion):
    run = make_run(owner)
    about_owner = moderation.report(companion, "run", run.id, "spam", "")
    run.organiser_id = operator.id
    db.session.flush()
    about_operator = moderation.report(make_person(), "run", run.id, "harassment", "It is his now")
    [listed] = queries.reports(operator, "open").items
    assert (listed.id, listed.others) == (about_owner.id, 0)
    moderation.decide(operator, about_owner.id, Verdict("nothing"), address="")
    states = {row.id: row.state for row in db.session.execute(select(Report.id, Report.state))}
    assert (states[about_owner.id], states[about_operator.id]) == ("decided", "open")


@pytest.mark.usefixtures("app", "db_session")
def test_a_folder_to_which_a_file_comes_while_it_is_swept_stays():
    name = "people/01890000-0000-7000-8000-000000000001"
    storage.put(f"{name}/x/64.webp", b"webp")
    long_ago = (clock.now() - timedelta(days=3)).timestamp()
    os.utime(settings().home / "files" / name / "x/64.webp", (long_ago, long_ago))

    def known(names):
        storage.put(f"{name}/y/64.webp", b"webp")
        return set()

    storage.delete_strays("people", clock.now(), known)
    assert storage.exists(f"{name}/y/64.webp")
