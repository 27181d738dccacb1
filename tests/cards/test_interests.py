"""Would like to run with you: asking, answering, taking back, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.cards import privacy
from hampa.cards.actions import decide, show_interest
from hampa.cards.models import MOST_A_DAY, MOST_PENDING, Card, Interest
from hampa.cards.queries.interests import COMPANIONS_A_PAGE, are_companions
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import Conflict, Refused
from hampa.platform.locale import i18n
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.people import let_be, make_person


def told(session, person):
    rows = session.scalars(select(Notification).where(Notification.person_id == person.id).order_by("created_at"))
    return [row.type for row in rows]


def status_of(session, interest):
    return session.scalar(select(Interest.status).where(Interest.id == interest.id))


def answer(page, person, interest, decision, **more):
    return page.as_(person).post(f"/interests/{interest.id}", {"decision": decision}, **more)


@pytest.mark.parametrize("htmx", [False, True])
def test_one_asks_with_a_line_and_the_owner_is_told(page, owner, stranger, db_session, htmx):
    card = make_card(owner)
    form = page.as_(stranger).get(f"/cards/{card.id}/interest", 200).form()
    done = form.fill(line="Tuesdays at the lake?").submit(htmx=htmx)
    assert done.location == f"/cards/{card.id}"
    interest = db_session.scalars(select(Interest)).one()
    assert (interest.sender_id, interest.owner_id, interest.status) == (stranger.id, owner.id, "pending")
    assert told(db_session, owner) == ["interest_received"]
    assert "Tuesdays at the lake?" in page.as_(owner).get("/me/cards", 200).words
    seen = page.as_(stranger).get(f"/cards/{card.id}", 200)
    assert seen.form(f"/interests/{interest.id}")


def test_one_tap_without_a_line_is_enough_and_twice_is_once(page, owner, stranger, db_session):
    card = make_card(owner)
    asking = page.as_(stranger)
    asking.get(f"/cards/{card.id}", 200).form(f"/cards/{card.id}/interest").submit(status=303)
    asking.post(f"/cards/{card.id}/interest", {"line": "again"}, status=303)
    assert db_session.scalar(select(func.count()).select_from(Interest)) == 1
    assert told(db_session, owner) == ["interest_received"]


def test_asking_taking_back_and_asking_again_does_not_ring_twice_a_day(page, owner, stranger, db_session):
    card = make_card(owner)
    for _ in range(2):
        decide(stranger, show_interest(stranger, card).id, "withdraw")
    assert told(db_session, owner) == ["interest_received"]
    with clock.shifted(timedelta(days=1)):
        show_interest(stranger, card)
    assert told(db_session, owner) == ["interest_received"] * 2


def test_a_visitor_is_sent_to_sign_in_and_back_to_the_question(page, owner):
    card = make_card(owner)
    question = f"/cards/{card.id}/interest"
    assert any(link.startswith("/login?act=") for link in page.get(f"/cards/{card.id}", 200).links)
    assert page.get(question, 303).location == f"/login?next={question}"


@pytest.mark.parametrize("line", ["x" * 201, "evil \u202e", "\u0007"])
def test_a_line_that_can_not_be_is_refused_beside_it(page, owner, stranger, line):
    card = make_card(owner)
    assert page.as_(stranger).post(f"/cards/{card.id}/interest", {"line": line}, status=422).error_of("line")


def refused(page, person, card):
    """Why asking is refused; the page of the question says the same before."""
    asking = page.as_(person)
    before = asking.get(f"/cards/{card.id}/interest", 200)
    after = asking.post(f"/cards/{card.id}/interest", status=422)
    return before, after


def test_ones_own_card_is_not_asked(page, owner):
    for seen in refused(page, owner, make_card(owner)):
        assert "This is your own card" in seen.words


def test_a_companion_is_not_asked_again(page, owner, companion):
    make_companions(companion, owner)
    for seen in refused(page, companion, make_card(owner)):
        assert "companions already" in seen.words


@pytest.mark.parametrize("gender", [None, "male", "other"])
def test_women_only_is_answered_by_women_only_and_others_read_why(page, gender):
    card = make_card(make_person(gender="female"), company="women")
    person = make_person(gender=gender)
    for seen in (*refused(page, person, card), page.as_(person).get(f"/cards/{card.id}", 200)):
        assert "for women only" in seen.words


def test_a_woman_answers_a_card_for_women(page):
    card = make_card(make_person(gender="female"), company="women")
    page.as_(make_person(gender="female")).post(f"/cards/{card.id}/interest", status=303)


def test_asking_and_taking_back_does_not_ring_at_everybody(page, stranger, db_session):
    for _ in range(MOST_A_DAY):
        asked = show_interest(stranger, make_card())
        decide(stranger, asked.id, "withdraw")
    card = make_card()
    refused = page.as_(stranger).post(f"/cards/{card.id}/interest", {"line": "See evil.example"}, status=422)
    assert "Ask the next ones tomorrow" in refused.words
    assert told(db_session, db_session.get_one(Person, card.owner_id)) == []
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        page.as_(stranger).post(f"/cards/{card.id}/interest", {}, status=303)


def test_twenty_may_wait_and_not_one_more(page, stranger, db_session):
    for _ in range(MOST_PENDING):
        make_interest(stranger, make_card())
    seen = page.as_(stranger).post(f"/cards/{make_card().id}/interest", status=422)
    assert "20 of your requests are already waiting" in seen.words
    waiting = db_session.scalars(select(Interest)).first()
    answer(page, stranger, waiting, "withdraw", status=303)
    page.as_(stranger).post(f"/cards/{make_card().id}/interest", status=303)


@pytest.mark.parametrize("htmx", [False, True])
def test_accepted_they_are_companions_and_the_sender_is_told_by_sms_too(page, owner, stranger, db_session, htmx):
    interest = make_interest(stranger, make_card(owner))
    form = page.as_(owner).get(f"/interests/{interest.id}", 200).forms
    accept = next(f for f in form if f.values.get("decision") == "accept")
    done = accept.submit(htmx=htmx)
    assert done.location == f"/interests/{interest.id}"
    assert are_companions(owner.id, stranger.id)
    assert are_companions(stranger.id, owner.id)
    assert told(db_session, stranger) == ["interest_accepted"]
    sms = db_session.scalars(select(OutboxMessage)).one()
    assert (sms.recipient, sms.purpose) == (stranger.phone, "interest_accepted")
    for one, other in ((owner, stranger), (stranger, owner)):
        seen = page.as_(one).get("/me/cards", 200)
        assert f"/people/{other.id}" in seen.links
        page.as_(one).get(f"/people/{other.id}", 200)


def test_a_decline_is_not_rubbed_in(page, owner, stranger, db_session):
    interest = make_interest(stranger, make_card(owner))
    answer(page, owner, interest, "decline", status=303)
    assert told(db_session, stranger) == []
    assert not are_companions(owner.id, stranger.id)
    page.as_(stranger).get(f"/people/{owner.id}", 404)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_decline_is_taken_back_where_it_was_given(page, owner, stranger, db_session, htmx):
    interest = make_interest(stranger, make_card(owner))
    browser = page.as_(owner)
    fields = {"decision": "decline", "next": "/answers"}
    if htmx:
        said = browser.htmx.post(f"/interests/{interest.id}", fields, 200)
    else:
        said = browser.post(f"/interests/{interest.id}", fields, 303).follow()
    undone = said.form(f"/interests/{interest.id}").submit(status=303)
    assert undone.location == f"/interests/{interest.id}"
    assert status_of(db_session, interest) == "pending"
    assert told(db_session, stranger) == []
    answer(page, owner, interest, "accept", status=303)


def test_a_decline_is_final_after_ten_minutes_for_who_asked_and_when_they_have_asked_again(
    page, owner, stranger, db_session
):
    card = make_card(owner)
    interest = make_interest(stranger, card, "declined", decided_at=clock.now() - timedelta(minutes=9))
    answer(page, stranger, interest, "reopen", status=403)
    assert page.as_(owner).get(f"/interests/{interest.id}", 200).form(f"/interests/{interest.id}")
    again = make_interest(stranger, card)
    answer(page, owner, interest, "reopen", status=409)
    answer(page, owner, again, "decline", status=303)
    old = make_interest(make_person(), card, "declined", decided_at=clock.now() - timedelta(minutes=11))
    assert "Undo" not in page.as_(owner).get(f"/interests/{old.id}", 200).words
    answer(page, owner, old, "reopen", status=409)
    gone = make_interest(make_person(), make_card(owner), "accepted")
    answer(page, owner, gone, "reopen", status=409)


def test_who_asked_takes_it_back(page, owner, stranger, db_session):
    interest = make_interest(stranger, make_card(owner))
    assert f"/interests/{interest.id}" in page.as_(stranger).get("/me/cards", 200).links
    answer(page, stranger, interest, "withdraw", status=303)
    assert status_of(db_session, interest) == "withdrawn"
    assert f"/interests/{interest.id}" not in page.as_(owner).get("/me/cards", 200).links


DECISIONS = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_the_same_decision_twice_is_once_and_another_is_refused_with_the_reason(
    page, owner, stranger, db_session, first, second
):
    interest = make_interest(stranger, make_card(owner))
    by = {"accept": owner, "decline": owner, "withdraw": stranger}
    answer(page, by[first], interest, first, status=303)
    again = answer(page, by[second], interest, second)
    assert again.status == (303 if first == second else 409)
    if first != second:
        assert "already been answered or taken back" in again.words
    assert status_of(db_session, interest) == DECISIONS[first]
    assert len(told(db_session, stranger)) == (first == "accept")


@pytest.mark.parametrize("decision", ["", "maybe", "ACCEPT", "accept decline"])
def test_what_is_no_decision_is_refused(page, owner, stranger, db_session, decision):
    interest = make_interest(stranger, make_card(owner))
    answer(page, owner, interest, decision, status=422)
    assert status_of(db_session, interest) == "pending"


def test_only_the_owner_answers_only_the_sender_takes_back_others_know_nothing(
    page, owner, companion, stranger, operator, db_session
):
    interest = make_interest(stranger, make_card(owner))
    answer(page, stranger, interest, "accept", status=403)
    answer(page, stranger, interest, "decline", status=403)
    answer(page, owner, interest, "withdraw", status=403)
    for other in (companion, operator):
        page.as_(other).get(f"/interests/{interest.id}", 404)
        for decision in DECISIONS:
            answer(page, other, interest, decision, status=404)
    assert answer(page, None, interest, "accept", status=303).location.startswith("/login")
    assert status_of(db_session, interest) == "pending"


def test_without_a_token_nothing_is_decided(page, owner, stranger, db_session):
    interest = make_interest(stranger, make_card(owner))
    page.as_(owner).post_raw(f"/interests/{interest.id}", {"decision": "accept"}, 400)
    assert status_of(db_session, interest) == "pending"


def test_deleting_a_card_asks_first_ends_what_waits_and_tells(page, owner, stranger, companion, db_session):
    card = make_card(owner, title="Gone soon")
    path = f"/cards/{card.id}/delete"
    waiting = make_interest(stranger, card)
    accepted = make_interest(companion, card, "accepted")
    asked = page.as_(owner).get(path, 200)
    assert "1 person is waiting" in asked.words
    done = asked.form().submit(status=303)
    assert "Gone soon" not in done.follow().words
    assert db_session.scalars(select(Card)).all() == []
    assert status_of(db_session, waiting) == "ended"
    assert status_of(db_session, accepted) == "accepted"
    assert are_companions(owner.id, companion.id)
    assert (told(db_session, stranger), told(db_session, companion)) == (["interest_ended"], [])
    seen = page.as_(stranger).get("/notifications").words
    assert "took down the card" in seen
    assert "Gone soon" not in seen
    for person, interest in ((stranger, waiting), (companion, accepted)):
        page.as_(person).get(f"/interests/{interest.id}", 200)
    page.as_(owner).post(path, status=404)
    answer(page, stranger, waiting, "withdraw", status=409)


@pytest.mark.parametrize(
    ("visibility", "sees"),
    [("hidden", set()), ("accepted", {"companion"}), ("public", {"visitor", "stranger", "companion", "operator"})],
)
@pytest.mark.parametrize("viewer", ["visitor", "stranger", "companion", "operator"])
def test_the_phone_is_shown_as_the_card_says(page, owner, companion, viewer, visibility, sees, request):
    card = make_card(owner, phone_visibility=visibility)
    make_interest(companion, card, "accepted")
    seen = page.as_(request.getfixturevalue(viewer)).get(f"/cards/{card.id}", 200)
    assert (f"tel:{owner.phone}" in seen.links) == (viewer in sees)
    assert (owner.phone in seen.text) == (viewer in sees)


@pytest.mark.parametrize("visibility", ["hidden", "accepted"])
def test_an_accepted_interest_shows_both_numbers_as_each_card_says(page, owner, stranger, visibility):
    make_card(stranger, phone_visibility=visibility)
    interest = make_interest(stranger, make_card(owner, phone_visibility=visibility), "accepted")
    for one, other in ((owner, stranger), (stranger, owner)):
        text = page.as_(one).get(f"/interests/{interest.id}", 200).text
        assert (other.phone in text) == (visibility == "accepted")


def test_a_pending_interest_shows_no_number(page, owner, stranger):
    make_card(stranger, phone_visibility="accepted")
    interest = make_interest(stranger, make_card(owner, phone_visibility="accepted"))
    assert stranger.phone not in page.as_(owner).get(f"/interests/{interest.id}", 200).text
    assert owner.phone not in page.as_(stranger).get(f"/interests/{interest.id}", 200).text


def test_my_cards_cost_the_same_with_two_and_with_ten(page, owner, statements):
    reader = page.as_(owner)
    costs = []
    for more in (2, 8):
        for _ in range(more):
            make_companions(make_person(), owner)
            make_interest(make_person(), make_card(owner))
            make_interest(owner, make_card())
        with statements() as seen:
            reader.get("/me/cards", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_companions_are_paged_by_name(page, owner):
    names = sorted(f"Runner {number:03}" for number in range(COMPANIONS_A_PAGE + 4))
    for name in names:
        make_companions(make_person(name=name), owner)
    reader = page.as_(owner)
    first = reader.get("/me/cards", 200)
    second = reader.get(next(link for link in first.links if "companions=" in link), 200)
    for number, name in enumerate(names):
        assert name in (first if number < COMPANIONS_A_PAGE else second).words


def test_actions_say_why_they_refuse(owner, stranger):
    card = make_card(owner, state="resting")
    with i18n.use_locale("en"), pytest.raises(Refused, match="resting"):
        show_interest(stranger, card)
    interest = make_interest(stranger, make_card(owner), "declined")
    with pytest.raises(Conflict):
        decide(owner, interest.id, "accept")


@pytest.mark.parametrize("state", ["suspended", "leaving"])
def test_the_number_of_who_is_gone_is_not_shown_to_companions(page, owner, stranger, state):
    interest = make_interest(stranger, make_card(owner, phone_visibility="accepted"), status="accepted")
    make_card(stranger, phone_visibility="accepted")
    for viewer, other in ((stranger, owner), (owner, stranger)):
        assert f"tel:{other.phone}" in page.as_(viewer).get(f"/interests/{interest.id}", 200).text
        let_be(other, state)
        seen = page.as_(viewer).get(f"/interests/{interest.id}", 404 if state == "suspended" else 200)
        assert "tel:" not in seen.text and f"/people/{other.id}" not in seen.text
        let_be(other, "active")


def test_what_was_taken_back_names_nobody_and_says_nothing_any_more(page, owner, stranger, db_session):
    interest = show_interest(stranger, make_card(owner), "Words in secret")
    page.as_(owner).get(f"/interests/{interest.id}", 200)
    decide(stranger, interest.id, "withdraw")
    db_session.commit()
    left = page.as_(owner).get(f"/interests/{interest.id}", 303).follow().words
    assert "This request was taken back." in left
    assert stranger.name not in left
    page.as_(stranger).get(f"/interests/{interest.id}", 200)
    [exported] = list(privacy.interests(owner))
    assert (exported["line"], exported["with_id"], exported["with_name"]) == ("", None, "")
    [own] = list(privacy.interests(stranger))
    assert own["with_name"] == owner.name


@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_a_copy_does_not_name_who_is_shut_out(owner, stranger, db_session, state):
    make_companions(owner, stranger)
    stranger.state = state
    db_session.flush()
    assert [one["with_name"] for one in privacy.companions(owner)] == [""]
