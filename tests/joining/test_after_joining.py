"""What somebody sees who has just joined, and what they can change of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, RunInvitation
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part


def group(run, name="Easy", **given):
    """Add a pace group to the run."""
    position = len(db.session.scalars(select(PaceGroup).where(PaceGroup.run_id == run.id)).all())
    return made(PaceGroup, run_id=run.id, position=position, name=name, pace=390, **given)


def names(answer):
    """Return the names in the list of who comes."""
    return [e.text or "".join(e.itertext()) for e in answer.one(id="people").iter() if e.get("class") == "person-name"]


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("htmx", [True, False])
def test_what_comes_next_is_offered_once(page, stranger, language, htmx):
    run = make_run()
    browser = page.as_(stranger).speaking(language)
    sent = (browser.htmx if htmx else browser).post(f"/runs/{run.id}/join", {"status": "GOING"})
    seen = sent if htmx else sent.follow()
    links = [e.get("href", "") for e in seen.one(id="joined").iter("a")]
    assert f"/runs/{run.id}.ics" in links
    assert any(link.startswith("sms:") and run.short_code in link for link in links)
    assert "#place" in links
    assert any(e.get("data-share", "").endswith(run.short_code) for e in seen.one(id="joined").iter("a"))
    assert not browser.get(f"/runs/{run.id}", 200).all(id="joined")


def test_a_change_of_details_is_no_joining(page, stranger):
    run = make_run(guests_allowed=1)
    take_part(run, stranger)
    saved = page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING", "guests": "1"}, 303)
    assert not saved.follow().all(id="joined")


def test_nobody_but_who_joined_sees_the_moment(page, stranger, companion):
    run = make_run()
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    for viewer in (None, companion):
        assert not page.as_(viewer).get(f"/runs/{run.id}", 200).all(id="joined")


def test_the_main_button_asks_for_the_group_and_the_moment_for_one_left_out(page, stranger):
    run = make_run(guests_allowed=2)
    easy, full = group(run), group(run, "Fast", size=1)
    take_part(run, pace_group_id=full.id)
    browser = page.as_(stranger)
    shown = browser.get(f"/runs/{run.id}", 200)
    assert f"/runs/{run.id}/join" in [e.get("href") for e in shown.one(id="bar").iter("a")]
    asked = browser.get(f"/runs/{run.id}/join", 200)
    assert "may bring up to 2 guests" in shown.words and "Guests with you" in asked.words
    offered = [e.get("value") for e in asked.all("button", name="pace_group")]
    assert offered == [str(easy.id)]
    later = asked.form().submit("I'll choose later", status=303).follow()
    [chips] = [f for f in later.forms if f.values.get("pace_group") and f.element in later.one(id="joined").iter()]
    chips.submit(status=303)
    assert (
        db.session.scalar(select(Participation.pace_group_id).where(Participation.person_id == stranger.id)) == easy.id
    )


def test_a_group_that_has_filled_up_meanwhile_is_said_where_it_was_chosen(page, stranger):
    run = make_run()
    easy = group(run, size=1)
    group(run, "Slow")
    asked = page.as_(stranger).get(f"/runs/{run.id}/join", 200).form()
    take_part(run, pace_group_id=easy.id)
    refused = asked.submit(str(easy.id), status=422)
    assert "This group is full" in refused.words
    assert [e.get("value") for e in refused.all("button", name="pace_group")] != [str(easy.id)]


def test_where_nothing_is_asked_the_page_of_joining_leads_to_the_run(page, stranger):
    run = make_run()
    assert page.as_(stranger).get(f"/runs/{run.id}/join", 303).location == f"/runs/{run.id}"


def test_i_stand_first_among_those_who_come_and_once(page, stranger):
    run = make_run()
    others = [take_part(run, make_person(name=f"Runner {n}")) for n in range(3)]
    take_part(run, stranger)
    seen = page.as_(stranger).get(f"/runs/{run.id}", 200)
    assert names(seen)[1:] == [stranger.name, *(one.name for one in others)]
    everybody = page.as_(stranger).get(f"/runs/{run.id}/participants", 200)
    shown = [e.text or "".join(e.itertext()) for e in everybody.all() if e.get("class") == "person-name"]
    assert shown == [stranger.name, *(one.name for one in others)]
    assert names(page.as_(others[1]).get(f"/runs/{run.id}", 200))[1] == others[1].name


def test_going_opens_what_can_be_changed_with_leaving_last(page, stranger):
    run = make_run(guests_allowed=2)
    easy = group(run)
    take_part(run, stranger)
    browser = page.as_(stranger)
    bar = browser.get(f"/runs/{run.id}", 200).one(id="bar")
    assert f"/runs/{run.id}/taking-part" in [e.get("href") for e in bar.iter("a")]
    shown = browser.get(f"/runs/{run.id}/taking-part", 200)
    assert str(easy.id) in [form.values.get("pace_group") for form in shown.forms]
    assert "guests" in [name for form in shown.forms for name in form.names]
    ways = [link for link in shown.links if link.startswith(f"/runs/{run.id}")]
    assert ways.index(f"/runs/{run.id}/leave") >= len(ways) - 2
    assert page.as_(make_person()).get(f"/runs/{run.id}/taking-part", 303).location == f"/runs/{run.id}"


def test_only_interested_is_not_offered_once_joining_is_closed(page, stranger):
    run = make_run(joining_closes_at=clock.now() + timedelta(hours=1))
    take_part(run, stranger)
    browser = page.as_(stranger)
    assert "Maybe" in browser.get(f"/runs/{run.id}/leave", 200).words
    with clock.shifted(timedelta(hours=2)):
        for path in ("leave", "taking-part"):
            assert "Maybe" not in browser.get(f"/runs/{run.id}/{path}", 200).words


def test_a_place_that_was_passed_on_can_be_brought_back_while_it_is_free(page, stranger):
    run = make_run(capacity=2)
    take_part(run, stranger, "OFFERED")
    passed = page.as_(stranger).post(f"/runs/{run.id}/offer", {"answer": "pass"}, 303).follow()
    [back] = [f for f in passed.forms if "bring it back" in "".join(f.element.itertext())]
    back.submit(status=303)
    assert db.session.scalar(select(Participation.status).where(Participation.person_id == stranger.id)) == "GOING"
    assert "bring it back" not in page.as_(stranger).get(f"/runs/{run.id}", 200).words


def test_a_place_that_went_to_the_next_does_not_come_back(page, stranger):
    run = make_run(capacity=2)
    take_part(run)
    take_part(run, stranger, "OFFERED")
    take_part(run, status="WAITLISTED")
    passed = page.as_(stranger).post(f"/runs/{run.id}/offer", {"answer": "pass"}, 303).follow()
    assert "gone to the next in line" in passed.words
    assert "bring it back" not in passed.words


def test_a_no_to_organising_can_be_taken_back_for_a_while(page, owner, stranger):
    run = make_run(owner)
    until = clock.now() + timedelta(days=2)
    made(RunInvitation, run_id=run.id, role="organiser", person_id=stranger.id, asker_id=owner.id, expires_at=until)
    browser, path = page.as_(stranger), f"/runs/{run.id}/invitation"
    said_no = browser.post(path, {"answer": "no"}, 303).follow()
    assert "You said no" in said_no.words
    with clock.shifted(timedelta(minutes=31)):
        assert "nothing to answer" in browser.get(path, 303).follow().words
        assert "You said no" not in browser.post(path, {"answer": "back"}, 303).follow().words
    assert "Organise it together?" in said_no.form(path).submit(status=303).follow().words


def test_a_link_in_an_sms_asks_for_a_missing_name(page):
    from tests.one_tap.test_one_tap import link_of

    run, nameless = make_run(), make_person(name="")
    take_part(run, nameless, "OFFERED")
    link = link_of("o", nameless, run)
    shown = page.get(link, 200)
    yes = next(form for form in shown.forms if form.values.get("answer") == "yes")
    refused = yes.submit(status=422)
    assert refused.error_of("own_name")
    again = next(form for form in refused.forms if form.values.get("answer") == "yes")
    again.fill(own_name="Negar").submit(status=303)
    db.session.refresh(nameless)
    assert nameless.name == "Negar"
    assert db.session.scalar(select(Participation.status).where(Participation.person_id == nameless.id)) == "GOING"


def test_a_no_by_a_link_needs_no_name(page):
    from tests.one_tap.test_one_tap import link_of

    run, nameless = make_run(), make_person(name="")
    take_part(run, nameless, "OFFERED")
    page.post(link_of("o", nameless, run), {"answer": "no"}, 303)
    assert db.session.scalar(select(Participation.status).where(Participation.person_id == nameless.id)) == "INTERESTED"


def test_leaving_is_said_once(page, owner, stranger):
    run = make_run(owner)
    take_part(run, stranger)
    browser = page.as_(stranger)
    left = browser.get(f"/runs/{run.id}/leave", 200).form(f"/runs/{run.id}/leave").submit(status=303).follow()
    assert "you're no longer coming to this run. You can join again below." in left.words
    assert "any more" not in browser.get(f"/runs/{run.id}", 200).words


def test_sharing_without_a_script_shows_the_link_and_the_ways_to_send_it(page, owner):
    run = make_run(owner, title="Dawn loop")
    seen = page.get(f"/runs/{run.id}", 200)
    assert seen.one(id="share").get("value").endswith(f"/r/{run.short_code}")
    [button] = [link for link in seen.all("a") if link.get("data-share")]
    assert button.get("href") == "#share", "it reloads no page"
    links = [link.get("href", "") for link in seen.all("a")]
    for start in ("sms:?&body=Dawn%20loop", "https://wa.me/?text=Dawn%20loop", "https://t.me/share/url?url=http"):
        assert [link for link in links if link.startswith(start)], start
