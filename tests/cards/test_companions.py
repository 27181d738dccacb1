"""Being companions, and being it no more."""

from __future__ import annotations

from datetime import date

import pytest

from hampa.cards.actions import show_interest
from hampa.cards.queries.interests import are_companions
from hampa.joining.actions import join_run
from hampa.notifications.models import Notification
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.people import make_person
from tests.factories.runs import make_run


@pytest.mark.parametrize("who", ["owner", "companion"])
def test_either_of_the_two_ends_it_without_a_word(page, owner, companion, db_session, who, request):
    one = request.getfixturevalue(who)
    other = companion if one is owner else owner
    card = make_card(owner, state="resting", phone_visibility="accepted")
    make_companions(companion, owner)
    path = f"/me/companions/{other.id}/end"
    assert path in page.as_(one).get("/me/cards", 200).links
    asked = page.as_(one).get(path, 200)
    assert other.name in asked.words
    asked.form(path).submit(status=303)
    assert not are_companions(owner.id, companion.id)
    assert db_session.query(Notification).count() == 0
    page.as_(companion).get(f"/people/{owner.id}", 404)
    page.as_(companion).get(f"/cards/{card.id}", 404)
    for person in (one, other):
        assert "/end" not in " ".join(page.as_(person).get("/me/cards", 200).links)
    page.as_(one).post(path, status=404)


def test_all_that_made_them_companions_ends(page, owner, companion):
    make_companions(companion, owner)
    make_companions(owner, companion)
    page.as_(owner).post(f"/me/companions/{companion.id}/end", status=303)
    assert not are_companions(owner.id, companion.id)


def test_who_parted_can_ask_again(page, owner, companion, db_session):
    interest = make_companions(companion, owner)
    page.as_(owner).post(f"/me/companions/{companion.id}/end", status=303)
    assert "no longer companions" in page.as_(companion).get(f"/interests/{interest.id}", 200).words
    db_session.expire_all()
    assert show_interest(companion, make_card(owner)).status == "pending"


def test_others_end_nothing(page, owner, companion, stranger):
    make_companions(companion, owner)
    for other in (owner, make_person()):
        page.as_(stranger).get(f"/me/companions/{other.id}/end", 404)
        page.as_(stranger).post(f"/me/companions/{other.id}/end", status=404)
    assert are_companions(owner.id, companion.id)


@pytest.mark.parametrize(("state", "seen"), [("active", True), ("resting", False)])
def test_the_card_that_somebody_brought_to_a_run_stands_beside_them(page, owner, companion, stranger, state, seen):
    run, card = make_run(owner), make_card(companion, title="Brought along", state=state)
    join_run(companion, run.id)
    browser = page.as_(companion)
    browser.get(f"/runs/{run.id}", 200).form(f"/runs/{run.id}/join").fill(card_id=str(card.id)).submit(status=303)
    for path in (f"/runs/{run.id}", f"/runs/{run.id}/participants"):
        assert (f"/cards/{card.id}" in page.as_(stranger).get(path, 200).links) == seen
        assert f"/cards/{card.id}" not in page.get(path).links
    browser.post(f"/cards/{card.id}/delete", status=303)
    assert "Reza" in page.as_(stranger).get(f"/runs/{run.id}/participants", 200).words


def test_the_number_stays_seen_as_long_as_a_card_shows_it(page, owner, companion):
    asked, other = (make_card(owner, phone_visibility="accepted") for _ in range(2))
    addresses = (f"/interests/{make_interest(companion, asked, 'accepted').id}", f"/people/{owner.id}")
    for card, seen in ((asked, True), (other, False)):
        question = page.as_(owner).get(f"/cards/{card.id}/delete", 200)
        assert "see your number only as long as another card" in question.words
        question.form(f"/cards/{card.id}/delete").submit(status=303)
        for address in addresses:
            assert (f"tel:{owner.phone}" in page.as_(companion).get(address, 200).links) == seen
    silent = make_card(owner, phone_visibility="hidden")
    assert "see your number" not in page.as_(owner).get(f"/cards/{silent.id}/delete", 200).words


@pytest.mark.parametrize("visibility", ["hidden", "accepted"])
def test_the_page_of_a_companion_has_the_number_as_their_card_says(page, owner, companion, stranger, visibility):
    owner.profile_visibility = "everyone"
    make_interest(companion, make_card(owner, phone_visibility=visibility), "accepted")
    for viewer in (companion, stranger, None):
        links = page.as_(viewer).get(f"/people/{owner.id}", 200).links
        assert (f"tel:{owner.phone}" in links) == (viewer is companion and visibility == "accepted")
    shown = page.as_(owner).get("/me/privacy?as=companion", 200)
    assert (f"tel:{owner.phone}" in shown.links) == (visibility == "accepted")


def test_a_request_says_how_its_sender_runs_and_how_that_matches(page, owner, stranger, statements):
    own = make_card(owner, days=["tue", "thu"], pace=330)
    make_card(stranger, title="elsewhere", days=["sun"], time_of_day="night", pace=500)
    best = make_card(stranger, days=["thu", "sat"], pace=340)
    interest = make_interest(stranger, own, line="Shall we?")
    for path in ("/me/cards", f"/interests/{interest.id}"):
        seen = page.as_(owner).get(path, 200)
        assert "5:40" in seen.words and "Thursdays at dawn" in seen.words and "10 s/km slower" in seen.words, path
        assert f"/cards/{best.id}" in seen.links
        assert "8:20" not in seen.words, "one card of the sender is enough"
    costs = []
    for more in (1, 8):
        for _ in range(more):
            other = make_person()
            make_card(other)
            make_interest(other, own)
        with statements() as asked:
            page.as_(owner).get("/me/cards", 200)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_request_of_somebody_without_a_card_or_with_a_resting_one_says_so(page, owner, stranger):
    make_card(stranger, title="asleep", state="resting")
    make_interest(stranger, make_card(owner))
    seen = page.as_(owner).get("/me/cards", 200)
    assert "Has no card yet" in seen.words
    assert "asleep" not in seen.words


def test_a_match_offers_first_of_all_a_run_for_the_two_on_days_of_both(page, owner, stranger):
    interest = make_interest(stranger, make_card(owner, days=["tue", "thu"], place="Chitgar"), "accepted")
    make_card(stranger, days=["thu", "sat"])
    for reader, other in ((owner, stranger), (stranger, owner)):
        seen = page.as_(reader).get(f"/interests/{interest.id}", 200)
        links = [link.get("href") for link in seen.one(id="interest").iter("a")]
        assert f"/runs/new?with={other.id}" in links
        days = [link.rpartition("day=")[2] for link in links if "&day=" in link]
        assert days and all(date.fromisoformat(day).strftime("%a") == "Thu" for day in days)
        assert links[-1] == f"/people/{other.id}/block"
