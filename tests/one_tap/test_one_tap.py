"""Links from messages: what they show, what one tap does, and what they never do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Notification
from hampa.people.models import STATES, Block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.security import signed_links
from hampa.runs.models.participation import Participation
from hampa.runs.queries import people
from hampa.runs.queries.snapshots import run_snapshot
from tests.factories.base import made
from tests.factories.people import let_be, make_person
from tests.factories.runs import make_run, take_part
from tests.plans.saving import save


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


def link_of(purpose, person, run):
    mine = people.participation_of(person, run.id)
    return "/go/" + signed_links.make_token(purpose, mine.id, person.phone)


def tap(answer, say):
    """Press the button of the page that says so, and go where it leads."""
    pressed = next(form for form in answer.forms if form.values.get("answer") == say)
    return pressed.submit(status=303).follow()


def versions():
    return db.session.execute(select(Participation.id, Participation.version).order_by(Participation.id)).all()


def test_looking_changes_nothing_however_often(page, sara, states):
    run = make_run(title="Lake loop")
    take_part(run, sara)
    link, before = link_of("s", sara, run), versions()
    for _ in range(3):
        seen = page.get(link, 200)
    assert "Still in, Sara?" in seen.words
    assert "Lake loop" in seen.words
    assert run.place in seen.words
    assert states(run) == {sara.id: "GOING"}
    assert versions() == before


def test_who_holds_a_link_may_read_it_in_the_other_language(page, sara):
    run = make_run()
    take_part(run, sara)
    link = link_of("s", sara, run)
    seen = page.get(link)
    [switch] = seen.all("a", class_="language")
    assert "هنوز می‌آیی؟" in page.get(switch.attrib["href"]).words
    assert "می‌بینیمت" in page.post(link, {"answer": "yes"}, 303).follow().words
    assert "See you there" in page.as_(sara).get(f"{link}?lang=fa").words, "an account says what its owner reads"


def test_yes_is_kept_and_seen_by_who_organises(page, owner, sara):
    run = make_run(owner)
    take_part(run, sara)
    answer = tap(page.get(link_of("s", sara, run)), "yes")
    assert "See you there, Sara!" in answer.words
    said = people.participation_of(sara, run.id).still_in_at
    assert said is not None
    page.post(link_of("s", sara, run), {"answer": "yes"}, 303)
    assert people.participation_of(sara, run.id).still_in_at == said
    listed = page.as_(owner).get(f"/runs/{run.id}/participants")
    assert "Still in" in listed.words
    assert "Still in" not in page.as_(make_person()).get(f"/runs/{run.id}/participants").words


def test_no_frees_the_place_and_can_be_taken_back(page, sara, states):
    run = make_run(capacity=2)
    take_part(run)
    take_part(run, sara)
    out = tap(page.get(link_of("s", sara, run)), "no")
    assert "You are out, Sara." in out.words
    assert states(run)[sara.id] == "LEFT"
    again = tap(out, "yes")
    assert "You're in, Sara!" in again.words
    assert states(run)[sara.id] == "GOING"


def test_who_comes_back_has_not_said_yes_yet(page, sara):
    run = make_run()
    take_part(run, sara)
    said = tap(page.get(link_of("s", sara, run)), "yes")
    tap(tap(said, "no"), "yes")
    assert "Still in, Sara?" in page.get(link_of("s", sara, run)).words


def test_leaving_by_link_and_twice(page, sara, states):
    run = make_run()
    take_part(run, sara)
    link = link_of("l", sara, run)
    page.get(link, 200)
    for _ in range(2):
        page.post(link, {"answer": "yes"}, 303)
    assert states(run) == {sara.id: "LEFT"}


def test_joining_by_link_twice_is_joining_once_and_waits_where_it_is_full(page, sara, states, told):
    run = make_run(capacity=2)
    take_part(run, sara, status="LEFT")
    link = link_of("j", sara, run)
    assert "Are you in, Sara?" in page.get(link, 200).words
    for _ in range(2):
        page.post(link, {"answer": "yes"}, 303)
    assert states(run) == {sara.id: "GOING"}
    full = make_run(capacity=2)
    take_part(full)
    take_part(full)
    take_part(full, sara, status="LEFT")
    assert "waitlist" in tap(page.get(link_of("j", sara, full)), "yes").words
    assert states(full)[sara.id] == "WAITLISTED"


def offered(sara, run):
    return take_part(run, sara, status="OFFERED", offer_ends_at=clock.now() + timedelta(hours=1))


def test_an_offer_is_taken_by_link_and_twice_is_once(page, sara, states):
    run = make_run(capacity=2)
    take_part(run)
    offered(sara, run)
    link = link_of("o", sara, run)
    seen = page.get(link, 200)
    assert "A place for you, Sara!" in seen.words
    assert states(run)[sara.id] == "OFFERED"
    assert "You're in, Sara!" in tap(seen, "yes").words
    page.post(link, {"answer": "yes"}, 303)
    assert states(run)[sara.id] == "GOING"


def test_an_offer_is_passed_on_to_the_next(page, sara, states):
    run = make_run(capacity=2)
    take_part(run)
    offered(sara, run)
    waits = take_part(run, status="WAITLISTED")
    assert "You are interested, Sara." in tap(page.get(link_of("o", sara, run)), "no").words
    assert (states(run)[sara.id], states(run)[waits.id]) == ("INTERESTED", "GOING")


def test_an_offer_whose_time_is_over_says_so_and_goes_on(page, sara, states):
    run = make_run(capacity=2)
    take_part(run)
    offered(sara, run)
    waits = take_part(run, status="WAITLISTED")
    link = link_of("o", sara, run)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert "This offer is over, Sara." in page.get(link, 200).words
        assert "gone to the next in line" in page.post(link, {"answer": "yes"}, 422).words
    assert states(run)[waits.id] == "GOING"
    assert states(run)[sara.id] != "GOING"


def test_who_is_offered_a_place_is_asked_that_by_any_link(page, sara, states):
    run = make_run(capacity=2)
    take_part(run)
    offered(sara, run)
    assert "You're in" in tap(page.get(link_of("s", sara, run)), "yes").words
    assert states(run)[sara.id] == "GOING"


def test_sms_of_a_change_and_of_a_place_carry_a_link_of_ones_own(page, owner, sara, work, db_session):
    run = make_run(owner, capacity=2)
    goes = take_part(run)
    take_part(run)
    waits = take_part(run, sara, status="WAITLISTED")
    form = page.as_(owner).get(f"/runs/{run.id}/edit").form()
    save(form, place="Another gate", capacity="3")
    work()
    texts = dict(db_session.execute(select(ConsoleDelivery.purpose, ConsoleDelivery.text)).all())
    assert {"run_promoted", "run_changed"} <= texts.keys()
    for person, purpose in ((goes, "run_changed"), (waits, "run_promoted")):
        sent = select(ConsoleDelivery.text).where(
            ConsoleDelivery.recipient == person.phone, ConsoleDelivery.purpose == purpose
        )
        link = db_session.scalars(sent).one().partition("\n")[0].split()[-1]
        assert "Still in" in page.get("/go/" + link.rsplit("/", 1)[1], 200).words


def test_what_was_written_before_there_were_links_leads_to_the_run(page, sara, work, db_session):
    run = make_run()
    notify([sara.id], "run_promoted", subject_id=run.id, data=run_snapshot(run), event="written before")
    work()
    text = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == sara.phone)).one()
    assert text.partition("\n")[0].endswith(f"/r/{run.short_code}")


def test_a_no_to_a_link_that_only_asks_for_yes_does_nothing(page, sara, states):
    run = make_run()
    take_part(run, sara)
    page.post(link_of("l", sara, run), {"answer": "no"}, 303)
    assert states(run) == {sara.id: "GOING"}
    page.post(link_of("l", sara, run), {}, 422)
    page.post(link_of("l", sara, run), {"answer": "perhaps"}, 422)
    assert states(run) == {sara.id: "GOING"}


def test_without_the_token_of_the_form_nothing_happens(page, sara, states):
    run = make_run()
    take_part(run, sara)
    page.post_raw(link_of("l", sara, run), {"answer": "yes"}, 400)
    assert states(run) == {sara.id: "GOING"}


@pytest.mark.parametrize("state", [state for state in STATES if state != "active"])
def test_links_of_who_may_not_come_in_are_dead(page, sara, states, state):
    run = make_run()
    take_part(run, sara)
    link = link_of("l", sara, run)
    let_be(sara, state)
    page.get(link, 404)
    page.post(link, {"answer": "yes"}, 404)
    assert states(run) == {sara.id: "GOING"}


def test_who_changes_their_number_leaves_the_links_behind(page, sara):
    run = make_run()
    take_part(run, sara)
    link = link_of("s", sara, run)
    sara.phone = "+989350000009"
    page.get(link, 404)


def test_a_forged_link_says_how_to_go_on_and_nothing_of_the_run(page, sara):
    run = make_run(title="Lake loop")
    take_part(run, sara)
    link = link_of("s", sara, run)
    forged = page.get(link[:-4] + ("AAA" if link[-4:-1] != "AAA" else "BBB") + "s", 404)
    assert "tap it in the message once more" in forged.words
    assert "Lake loop" not in forged.text
    assert "Sara" not in forged.text


@pytest.mark.parametrize("how", ["cancelled", "begun", "over"])
def test_a_link_whose_run_is_past_or_called_off_says_so(page, sara, states, how):
    run = make_run()
    take_part(run, sara)
    link = link_of("s", sara, run)
    later = {"begun": run.starts_at, "over": run.ends_at}.get(how, clock.now())
    if how == "cancelled":
        run.cancelled_at = clock.now()
    with clock.frozen(later + timedelta(minutes=1)):
        ended = page.get(link, 410)
        assert run.title in ended.words
        assert not [form for form in ended.forms if "/go/" in form.action]
        page.post(link, {"answer": "no"}, 410)
    assert states(run) == {sara.id: "GOING"}


def test_the_page_speaks_the_language_of_whose_link_it_is(page, db_session):
    sara = make_person(name="سارا کریمی", locale="fa", calendar="solar")
    run = make_run()
    take_part(run, sara)
    seen = page.get(link_of("s", sara, run), 200)
    assert "سارا، هنوز می‌آیی؟" in seen.words
    assert 'lang="fa" dir="rtl"' in seen.text


def test_whoever_holds_it_learns_a_first_name_and_no_more(page, sara):
    run = make_run()
    take_part(run, sara, note="My knee hurts")
    seen = page.get(link_of("s", sara, run), 200)
    for secret in ("Karimi", sara.phone, sara.phone[-7:], str(sara.id), "knee"):
        assert secret not in seen.text


def test_it_is_in_no_index_and_no_cache_and_no_log(page, sara, capfd):
    run = make_run()
    take_part(run, sara)
    link = link_of("s", sara, run)
    answer = page.get(link, 200)
    assert answer.response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.response.headers["Cache-Control"] == "no-store"
    assert 'content="noindex, nofollow"' in answer.text
    assert "/go/<token>" in (written := capfd.readouterr().err)
    assert link.removeprefix("/go/") not in written


def test_the_one_it_is_for_counts_and_not_who_is_signed_in(page, sara, stranger, states):
    run = make_run()
    take_part(run, sara)
    page.as_(stranger).post(link_of("l", sara, run), {"answer": "yes"}, 303)
    assert states(run) == {sara.id: "LEFT"}
    assert not db.session.scalars(select(Notification).filter_by(person_id=stranger.id)).all()


def test_a_link_shows_nothing_of_a_run_whose_organiser_blocks_its_person(page, sara):
    run = make_run(title="Hidden loop")
    take_part(run, sara, "LEFT")
    links = [link_of(purpose, sara, run) for purpose in "jlos"]
    assert "Hidden loop" in page.get(links[0], 200).words
    made(Block, blocker_id=run.organiser_id, blocked_id=sara.id)
    for link in links:
        assert "Hidden loop" not in page.get(link, 404).words
