"""What stands around conversations: who is here, the ways to them, the list beside one."""

from __future__ import annotations

from sqlalchemy import select

from hampa.cards.queries.interests import may_see_online
from hampa.messages.models import Conversation
from hampa.messages.queries.conversations import conversation_for
from hampa.people.models import Person
from hampa.platform.db import db
from tests.factories.messages import make_conversation
from tests.factories.runs import make_run, take_part
from tests.messages.test_two_people import begin, composer
from tests.page import Page


def test_being_here_is_shown_once_both_have_written(page: Page, owner: Person, stranger: Person) -> None:
    owner.shows_online = stranger.shows_online = True
    run = make_run(organiser=owner)
    take_part(run, stranger)
    db.session.commit()
    begin(page, owner, stranger)
    conversation_id = db.session.scalars(select(Conversation.id)).one()

    def sees(viewer: Person, other: Person) -> tuple[bool, bool]:
        return conversation_for(viewer, conversation_id).shows_online, may_see_online(viewer, other.id)

    assert sees(owner, stranger) == (False, False), "who has not answered is not watched"
    assert sees(stranger, owner) == (False, False)
    composer(page.as_(stranger).get(f"/messages/{conversation_id}", 200)).fill(text="Yes!").submit(status=303)
    assert sees(owner, stranger) == (True, True)
    assert sees(stranger, owner) == (True, True)
    stranger.shows_online = False
    db.session.commit()
    assert sees(owner, stranger) == (False, False)


def test_the_page_of_a_run_leads_to_its_organisers(page: Page, owner: Person, stranger: Person) -> None:
    run = make_run(owner)
    here, way = f"/runs/{run.id}", f"/messages/to/{owner.id}"
    assert way in page.as_(stranger).get(here, 200).links
    assert way not in page.as_(owner).get(here, 200).links
    assert way not in page.as_(None).get(here, 200).links
    assert page.as_(stranger).get(way, 200).form(way)


def test_the_list_stands_beside_a_conversation_where_there_is_room(
    page: Page, owner: Person, companion: Person
) -> None:
    conversation = make_conversation(owner, companion, "Hello")
    aside = page.as_(owner).get(f"/messages/{conversation.id}", 200).one("aside", id="talks-beside")
    assert aside.get("data-hx-get") == "/messages" and "hidden" in aside.attrib
