"""What people say under a run: who reads it, who removes it, and how much is too much."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.comments.actions import add_comment
from hampa.comments.forms import CommentForm
from hampa.comments.models import Comment
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.limits import count_within
from hampa.platform.submissions import create_once
from hampa.runs.models.run import RunOrganiser
from tests.factories.base import made
from tests.factories.comments import make_comment
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run
from tests.html import words
from tests.races import at_once


def said(answer):
    """Return the words of the comments on a page, in their order."""
    return [words(text) for text in answer.all(class_="comment-text")]


def say(browser, run, text, status=303, **how):
    form = browser.get(f"/runs/{run.id}").form(f"/runs/{run.id}/comments")
    return form.fill(text=text).submit(status=status, **how)


@pytest.mark.parametrize("visibility", ["public", "link"])
def test_who_is_signed_in_and_sees_the_run_reads_and_writes(page, owner, stranger, visibility):
    run = make_run(owner, visibility=visibility)
    back = say(page.as_(stranger), run, "Is there tea?").follow()
    assert said(back) == ["Is there tea?"]
    assert said(page.as_(owner).get(f"/runs/{run.id}")) == ["Is there tea?"]
    visitor = page.get(f"/runs/{run.id}", 200)
    assert "Is there tea?" not in visitor.text
    assert "Sign in to read what people say" in visitor.words


def test_it_comes_in_place_with_htmx(page, stranger):
    run = make_run()
    answer = say(page.as_(stranger), run, "Is there tea?", 200, htmx=True)
    assert said(answer) == ["Is there tea?"]
    assert answer.form(f"/runs/{run.id}/comments").values["text"] == ""
    remove = answer.form(f"/runs/{run.id}/comments/{answer.one('li').get('id').removeprefix('comment-')}/delete")
    assert said(remove.submit(htmx=True, status=200)) == []


@pytest.mark.parametrize("text", ["", "   ", "\u200c", "x" * 301])
@pytest.mark.parametrize("htmx", [False, True])
def test_nothing_and_too_much_is_refused_beside_the_field(page, stranger, db_session, text, htmx):
    run = make_run()
    answer = say(page.as_(stranger), run, text, 422, htmx=htmx)
    assert answer.error_of("text")
    assert text.strip() in answer.text
    assert db_session.query(Comment).count() == 0


def test_three_hundred_letters_fit_whatever_they_are(page, stranger):
    run = make_run()
    text = "چ" * 300
    assert said(say(page.as_(stranger), run, text).follow()) == [text]


def test_text_is_text_and_addresses_are_plain_links(page, stranger):
    run = make_run()
    make_comment(run, text="<b>no</b> *no*\nsee https://maps.example/a.")
    seen = page.as_(stranger).get(f"/runs/{run.id}").one(class_="comment-text")
    assert "<b>no</b> *no*" in words(seen)
    [link] = list(seen.iter("a"))
    assert (link.get("href"), link.get("rel")) == ("https://maps.example/a", "nofollow ugc noopener")
    assert {part.get("dir") for part in seen.iter("p")} == {"auto"}


def test_the_newest_stand_last_and_earlier_ones_a_tap_away(page, stranger):
    run = make_run()
    now = clock.now()
    texts = [f"Comment number {number:02}" for number in range(30)]
    for age, text in enumerate(reversed(texts)):
        make_comment(run, text=text, created_at=now - timedelta(minutes=age))
    browser = page.as_(stranger)
    seen = browser.get(f"/runs/{run.id}")
    assert said(seen) == texts[-4:]
    earlier = seen.one(id="earlier").find("a").get("href")
    part = browser.htmx.get(earlier, 200)
    assert said(part) == texts[-24:-4]
    assert said(browser.get(part.one(id="earlier").find("a").get("href"), 200)) == texts[:6]
    assert said(browser.get(f"/runs/{run.id}/comments", 200)) == texts[-20:]


def test_its_author_and_the_organiser_remove_it_and_nobody_else(page, owner, stranger, companion, db_session):
    run = make_run(owner)
    for person in (stranger, owner):
        comment = make_comment(run, stranger)
        path = f"/runs/{run.id}/comments/{comment.id}/delete"
        assert path not in [form.action for form in page.as_(companion).get(f"/runs/{run.id}").forms]
        page.as_(companion).post(path, {}, 403)
        page.as_(person).get(f"/runs/{run.id}").form(path).submit(status=303)
        page.as_(person).post(path, {}, 404)
    assert db_session.query(Comment).count() == 0


def test_a_comment_is_found_under_its_own_run_alone(page, owner):
    comment = make_comment(make_run(), make_person())
    page.as_(owner).post(f"/runs/{make_run(owner).id}/comments/{comment.id}/delete", {}, 404)
    page.as_(owner).post(f"/runs/{uuid.uuid4()}/comments", {"text": "x"}, 404)


def test_the_organiser_is_told_once_an_hour(page, owner, stranger, companion, told, db_session):
    run = make_run(owner)
    at = clock.now().replace(minute=5)
    for minutes, person, text in ((0, stranger, "First"), (10, companion, "Second"), (60, stranger, "Third")):
        with clock.frozen(at + timedelta(minutes=minutes)):
            page.as_(person).post(f"/runs/{run.id}/comments", {"text": text}, 303)
    assert told(owner) == ["run_comment"] * 2
    seen = page.as_(owner).get("/notifications").words
    assert "First" in seen
    assert "Second" not in seen
    assert "Third" in seen
    page.as_(owner).post(f"/runs/{run.id}/comments", {"text": "My own"}, 303)
    assert told(owner) == ["run_comment"] * 2
    assert "commented on" in page.as_(owner).get("/notifications").words


def test_ten_in_ten_minutes_are_enough(page, stranger, db_session):
    run, other = make_run(), make_run()
    start = clock.now()
    browser = page.as_(stranger)
    for number in range(10):
        with clock.frozen(start + timedelta(seconds=30 * number)):
            browser.post(f"/runs/{run.id}/comments", {"text": f"Number {number}"}, 303)
    with clock.frozen(start + timedelta(minutes=5)):
        answer = browser.post(f"/runs/{run.id}/comments", {"text": "One more"}, 429)
        assert answer.response.headers["Retry-After"] == "300"
        assert answer.error_of("text") == "That was a lot at once. Try again in 5 minutes."
        assert "One more" in words(answer.one(id="comment-text"))
        browser.post(f"/runs/{other.id}/comments", {"text": "Elsewhere"}, 303)
        page.as_(make_person()).post(f"/runs/{run.id}/comments", {"text": "Somebody else"}, 303)
    with clock.frozen(start + timedelta(minutes=10, seconds=1)):
        browser.post(f"/runs/{run.id}/comments", {"text": "One more"}, 303)
    assert db_session.query(Comment).filter_by(author_id=stranger.id, run_id=run.id).count() == 11


def test_a_form_that_is_sent_twice_says_it_once(page, stranger, db_session):
    run = make_run()
    browser = page.as_(stranger)
    form = browser.get(f"/runs/{run.id}").form(f"/runs/{run.id}/comments")
    for text in ("Tea?", "Tea?", "Yes"):
        form.fill(text=text).submit(status=303)
    say(browser, run, "Tea?")
    query = db_session.query(Comment.text).order_by(Comment.created_at, Comment.id)
    assert [text for (text,) in query] == ["Tea?", "Yes", "Tea?"]


def test_a_form_that_is_sent_twice_at_one_instant_says_it_once(real_database):
    with real_database.app_context():
        author_id, run_id = make_person().id, make_run().id
        db.session.commit()
    submission = uuid.uuid4()

    def send() -> None:
        create_once(submission, lambda: add_comment(db.session.get_one(Person, author_id), run_id, "Tea?").id)

    assert at_once(real_database, [send] * 6) == ["done"] * 6
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 1
        author = db.session.get_one(Person, author_id)
        assert count_within(author, f"comments.add:{run_id}", per="hour") == 1


def test_the_form_of_somebody_else_is_another_one(app):
    def submission_of(person_id, **fields):
        with app.test_request_context(method="POST", data=fields):
            return CommentForm().submission_of(person_id)

    one, other = uuid.uuid4(), uuid.uuid4()
    first = submission_of(one, submission="f1", text="Tea?", csrf_token="a")
    assert submission_of(one, submission="f1", text="Tea?", csrf_token="b") == first
    assert submission_of(other, submission="f1", text="Tea?") != first
    assert submission_of(one, submission="f2", text="Tea?") != first
    assert submission_of(one, submission="f1", text="Tee?") != first
    assert submission_of(one, text="Tea?") != submission_of(one, text="Tea?")


@pytest.mark.parametrize("given", [{"starts_local": in_days(-3)}, {"cancelled_at": clock.now()}])
def test_people_go_on_talking_after_the_run_and_after_it_was_cancelled(page, stranger, given):
    run = make_run(**given)
    assert said(say(page.as_(stranger), run, "That was good.").follow()) == ["That was good."]


def test_a_page_of_twenty_takes_the_statements_of_one_of_two(page, stranger, statements):
    browser, taken = page.as_(stranger), []
    browser.get("/me", 200)
    for many in (2, 20):
        run = make_run()
        for _ in range(many):
            make_comment(run)
        with statements() as seen:
            browser.get(f"/runs/{run.id}/comments", 200)
        taken.append(len(seen))
    assert taken[0] == taken[1]


def test_who_organises_a_run_with_its_owner_hears_and_removes_too(page, owner, companion, stranger, told, db_session):
    run = make_run(owner)
    made(RunOrganiser, run_id=run.id, person_id=companion.id, added_by_id=owner.id, agreed_at=clock.now())
    page.as_(stranger).post(f"/runs/{run.id}/comments", {"text": "Tea?"}, 303)
    assert (told(owner), told(companion)) == (["run_comment"], ["run_comment"])
    comment = db_session.query(Comment).one()
    page.as_(companion).get(f"/runs/{run.id}").form(f"/runs/{run.id}/comments/{comment.id}/delete").submit(status=303)
    assert db_session.query(Comment).count() == 0
