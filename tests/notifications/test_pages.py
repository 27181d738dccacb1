"""The page of notifications, for its owner and for other viewers."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.notifications import jobs
from hampa.notifications.models import Notification, get_kind
from hampa.notifications.queries import listing as queries
from hampa.people.actions import unblock
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale import i18n
from tests.factories.notifications import DATA, ID, RUN, in_words, make_notification
from tests.factories.people import make_person
from tests.factories.runs import make_run

EVERY_LINE = [
    *DATA.items(),
    ("run_organiser", {**RUN, "what": "stepped_down"}),
    ("run_organiser", {**RUN, "what": "accepted"}),
    ("run_organiser", {**RUN, "what": "declined_organiser"}),
    ("run_organiser", {**RUN, "what": "declined_owner"}),
    ("run_invited", {**RUN, "role": "organiser", "series": False}),
    ("run_handed_over", {**RUN, "what": "given", "series": True}),
    ("run_joined", {**RUN, "status": "WAITLISTED"}),
    ("run_joined", {**RUN, "status": "INTERESTED"}),
    ("run_changed", {**RUN, "changes": ["description", "capacity", "pace_groups", "joining_closes"]}),
    ("run_approved", {**RUN, "status": "WAITLISTED"}),
    *[("run_set", {**RUN, "status": status, "participation": ID}) for status in ("GOING", "WAITLISTED", "INTERESTED")],
    ("account_security", {"what": "new_device", "browser": "", "system": ""}),
    ("account_security", {"what": "wrong_codes"}),
    # As an earlier release stored them; its words are not shown.
    ("run_comment", {**RUN, "title": "OLD WORDS", "place": "OLD WORDS", "name": "OLD WORDS", "line": "OLD WORDS"}),
    ("organiser_message", {**RUN, "title": "OLD WORDS", "place": "", "name": "OLD WORDS", "text": "OLD WORDS"}),
    ("run_set", {**RUN, "title": "OLD WORDS", "place": "", "status": "LEFT", "note": "OLD WORDS"}),
    ("run_cancelled", {**RUN, "title": "OLD WORDS", "place": "OLD WORDS", "reason": "OLD WORDS"}),
    ("interest_received", {"name": "OLD WORDS", "card": "OLD WORDS", "line": "OLD WORDS"}),
    ("interest_ended", {"name": "OLD WORDS", "card": "OLD WORDS"}),
    (
        "series_changed",
        {**RUN, "title": "OLD WORDS", "place": "", "changes": [], "runs": 2, "cancelled": True, "reason": "OLD WORDS"},
    ),
    ("home_safe", {"what": "ask", "expected_at": "2026-11-27T17:00:00+00:00", "contact": "OLD WORDS"}),
]


def path_of(notification):
    return f"/notifications/{notification.id}"


def read_at(session, notification):
    return session.scalar(select(Notification.read_at).where(Notification.id == notification.id))


def test_an_empty_list_invites(page, owner):
    seen = page.as_(owner).get("/notifications", 200)
    assert "Nothing to tell yet" in seen.words
    assert "/runs" in seen.links


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_type_has_words_in_both_languages(page, owner, language):
    owner.locale = language
    reza = make_person(name="<b>Reza</b>")
    for kind, data in EVERY_LINE:
        make_notification(owner, kind, data=data, actor_id=reza.id if get_kind(kind).names_actor else None)
    browser, url, words, shown = page.as_(owner), "/notifications", "", 0
    while url:
        seen = browser.get(url, 200)
        words, shown = words + seen.words, shown + len(seen.all("li", class_="notice-row"))
        url = next((link for link in seen.links if "after=" in link), "")
    assert shown == len(EVERY_LINE)
    assert "<b>Reza</b>" in words, "what people wrote is shown as they wrote it"
    assert "OLD WORDS" not in words


def test_newest_first_and_page_by_page_without_gaps(page, owner, companion):
    start = clock.now()
    made = [
        make_notification(owner, actor_id=companion.id, created_at=start - timedelta(minutes=number // 2))
        for number in range(2 * queries.PAGE + 3)
    ]
    expected = [n.id for n in sorted(made, key=lambda n: (n.created_at, n.id), reverse=True)]
    reader, url, shown = page.as_(owner), "/notifications", []
    while url:
        seen = reader.get(url, 200)
        links = [link for link in seen.links if link.startswith("/notifications/")]
        shown += [uuid.UUID(link.rpartition("/")[2]) for link in links]
        url = next((link for link in seen.links if "after=" in link), None)
    assert shown == expected


@pytest.mark.parametrize("after", ["", "x", "AAAA", "W10", "%00", "ي"])
def test_a_cursor_that_means_nothing_gives_the_first_page(page, owner, after):
    notification = make_notification(owner)
    seen = page.as_(owner).get(f"/notifications?after={after}")
    assert seen.status == 400 if after == "%00" else path_of(notification) in seen.links


def test_the_list_costs_the_same_with_two_and_with_twenty(page, owner, companion, statements):
    reader = page.as_(owner)
    costs = []
    for more in (2, 18):
        for _ in range(more):
            make_notification(owner, "run_joined", actor_id=companion.id)
        with statements() as seen:
            reader.get("/notifications", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_seeing_the_list_reads_nothing_opening_one_reads_it_and_leads_on(page, owner, db_session):
    run = uuid.uuid4()
    one, other = (make_notification(owner, "run_comment", subject_id=run) for _ in range(2))
    reader = page.as_(owner)
    seen = reader.get("/notifications", 200)
    assert len(seen.all("li", class_="notice-row-new")) == 2
    assert reader.get(path_of(one), 303).location == f"/runs/{run}"
    first = read_at(db_session, one)
    assert first is not None
    assert read_at(db_session, other) is None
    with clock.shifted(timedelta(hours=1)):
        reader.get(path_of(one), 303)
    assert read_at(db_session, one) == first
    assert len(reader.get("/notifications").all("li", class_="notice-row-new")) == 1


TARGETS = {
    "run_promoted": "/runs/{id}",
    "run_comment": "/runs/{id}",
    "interest_received": "/interests/{id}",
    "interest_accepted": "/interests/{id}",
    "interest_ended": "/cards",
    "organiser_message": "/runs/{id}",
    "series_changed": "/series/{id}",
    "home_safe": "/safety",
    "export_ready": "/me/export",
    "report_decided": "/me/reports/{id}",
    "email_changed": "/me/email",
    "contact_seen": "/me/contact",
    "account_security": "/me/sessions",
    "phone_changed": "/me/sessions",
}


PARTS = {"run_comment": "comments", "organiser_message": "messages"}


def test_each_leads_to_what_it_is_about(page, owner):
    reader = page.as_(owner)
    for kind, target in TARGETS.items():
        notification = make_notification(owner, kind)
        opened = reader.get(path_of(notification), 303)
        assert opened.location == target.format(id=notification.subject_id)
        assert opened.response.headers["Location"].partition("#")[2] == PARTS.get(kind, "")


def test_what_no_feature_registers_any_more_is_passed_over(page, owner, caplog):
    """Its feature was removed, or this is an older release."""
    make_notification(owner, "run_promoted")
    past = make_notification(owner, "long_gone", data={})
    assert queries.unread_count(owner) == 1
    reader = page.as_(owner)
    seen = reader.get("/notifications", 200)
    assert len(seen.all("li", class_="notice-row")) == 1
    reader.get(path_of(past), 404)
    assert caplog.text.count("long_gone") == 2


def test_a_page_of_them_leads_on_all_the_same(page, owner):
    start = clock.now()
    for number in range(queries.PAGE):
        make_notification(owner, "long_gone", data={}, created_at=start - timedelta(minutes=number))
    last = make_notification(owner, created_at=start - timedelta(days=1))
    reader = page.as_(owner)
    further = next(link for link in reader.get("/notifications", 200).links if "after=" in link)
    assert path_of(last) in reader.get(further, 200).links


def test_the_bell_counts_what_is_new(page, owner):
    notification = make_notification(owner)
    make_notification(owner, read_at=clock.now())
    make_notification(owner, expires_at=clock.now() - timedelta(seconds=1))
    make_notification(make_person())
    assert queries.unread_count(owner) == 1
    reader = page.as_(owner)
    bells = reader.get("/me", 200).all("a", href="/notifications")
    assert any("1" in (bell.get("aria-label") or "") for bell in bells)
    reader.get(path_of(notification))
    assert queries.unread_count(owner) == 0


def test_the_bell_is_counted_with_the_session(page, owner, stranger, statements):
    """Without the notifications of people who are hidden by a block, and with those that name nobody."""
    make_notification(owner, "interest_received", actor_id=stranger.id)
    make_notification(owner, "run_cancelled", actor_id=stranger.id)
    reader = page.as_(owner)

    def bell() -> str:
        return reader.get("/me/settings", 200).all("a", href="/notifications")[0].get("aria-label")

    assert bell().startswith("2 ")
    block(owner, stranger.id)
    db.session.commit()
    assert bell().startswith("1 ")
    unblock(owner, stranger.id)
    db.session.commit()
    with statements() as seen:
        assert bell().startswith("2 ")
    assert len(seen) == 1


def test_a_page_to_which_nothing_unread_leads_writes_nothing(page, owner, companion, statements):
    run = make_run(companion)
    make_notification(owner, "interest_received", actor_id=companion.id)
    about = make_notification(owner, "run_cancelled", actor_id=companion.id, subject_id=make_run(companion).id)
    reader = page.as_(owner)
    reader.get(f"/runs/{run.id}", 200)
    with statements() as seen:
        reader.get(f"/runs/{run.id}", 200)
    assert seen and not [statement for statement in seen if statement.startswith("UPDATE notifications")]
    reader.get(f"/runs/{about.subject_id}", 200)
    assert read_at(db.session, about) is not None


def test_the_bell_stops_counting_at_a_hundred(owner):
    for _ in range(queries.MOST_COUNTED + 5):
        make_notification(owner)
    assert queries.unread_count(owner) == queries.MOST_COUNTED


def test_mark_all_read_marks_mine_and_nobody_elses(page, owner, stranger, db_session):
    mine, theirs = make_notification(owner), make_notification(stranger)
    done = page.as_(owner).get("/notifications").form("/notifications/read-all").submit()
    assert done.status == 303
    seen = done.follow()
    assert not seen.all("li", class_="notice-row-new")
    assert not seen.all("form", action="/notifications/read-all")
    assert read_at(db_session, mine) is not None
    assert read_at(db_session, theirs) is None


@pytest.mark.parametrize("htmx", [False, True])
def test_one_is_deleted_and_the_list_stays_where_it_was(page, owner, htmx):
    start = clock.now()
    made = [make_notification(owner, created_at=start - timedelta(minutes=n)) for n in range(queries.PAGE + 2)]
    reader = page.as_(owner)
    further = next(link for link in reader.get("/notifications").links if "after=" in link)
    kept, doomed = (path_of(notification) for notification in made[-2:])
    done = reader.get(further).form(doomed + "/delete").submit(htmx=htmx)
    seen = done.follow()
    assert done.location == further
    assert doomed not in seen.links
    assert kept in seen.links
    reader.get(doomed, 404)
    reader.post(doomed + "/delete", status=404)


def test_what_has_expired_is_not_shown_and_not_opened(page, owner):
    past = make_notification(owner, expires_at=clock.now() - timedelta(seconds=1))
    ahead = make_notification(owner, expires_at=clock.now() + timedelta(hours=1))
    reader = page.as_(owner)
    links = reader.get("/notifications").links
    assert path_of(past) not in links
    assert path_of(ahead) in links
    reader.get(path_of(past), 404)


@pytest.mark.parametrize("viewer", ["stranger", "companion", "operator"])
def test_anothers_are_not_known_to_anybody_else(page, owner, viewer, request, db_session):
    notification = make_notification(owner)
    other = page.as_(request.getfixturevalue(viewer))
    other.get(path_of(notification), 404)
    other.post(path_of(notification) + "/delete", status=404)
    assert path_of(notification) not in other.get("/notifications").links
    assert read_at(db_session, notification) is None


def test_a_visitor_is_asked_to_sign_in_and_comes_back(page, owner):
    notification = make_notification(owner)
    for path in ("/notifications", path_of(notification)):
        assert page.get(path, 303).location.startswith("/login?next=/notifications")
    assert page.post("/notifications/read-all", status=303).location.startswith("/login")


def test_old_ones_are_forgotten(owner, db_session):
    now = clock.now()
    kept = [
        make_notification(owner, created_at=now - timedelta(days=364)),
        make_notification(owner, created_at=now - timedelta(days=200), read_at=now - timedelta(days=89)),
    ]
    make_notification(owner, created_at=now - timedelta(days=366))
    make_notification(owner, created_at=now - timedelta(days=200), read_at=now - timedelta(days=91))
    jobs.delete_old_notifications()
    assert set(db_session.scalars(select(Notification.id))) == {notification.id for notification in kept}


SMS = (
    "interest_accepted",
    "run_joined",
    "run_promoted",
    "run_offered",
    "run_requested",
    "run_approved",
    "run_set",
    "run_changed",
    "run_cancelled",
    "account_security",
)


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("kind", SMS)
def test_an_sms_has_words_a_link_and_no_more_than_three_parts(app, kind, language):
    with app.app_context(), i18n.use_locale(language, "Asia/Tehran"):
        text = app.jinja_env.get_template(get_kind(kind).sms_template).render(data=in_words(kind)).strip()
        assert settings().base_url + "/" in text
    assert "\n" not in text
    assert len(text) <= (3 * 67 if language == "fa" else 160)
    assert ("Hampa" in text) == (language == "en")
