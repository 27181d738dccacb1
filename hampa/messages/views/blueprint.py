"""The blueprint of the pages of conversations, and what other pages show of them."""

from typing import Any

from flask import Blueprint, url_for
from markupsafe import Markup

from hampa.auth.queries import count_with_session
from hampa.crews.models import Crew, CrewMembership
from hampa.messages.queries.conversations import crew_conversation_for
from hampa.messages.queries.listing import count_of_unread, muted_conversations
from hampa.notifications.queries.mutes import MUTED_ELSEWHERE, Muted
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.web import slots
from hampa.platform.web.parts import part
from hampa.platform.web.session import me
from hampa.platform.web.template_filters import named
from hampa.runs.models.participation import HAD_PLACE
from hampa.runs.models.run import Run

blueprint = Blueprint("messages", __name__)


def write_button(person: Any) -> Markup | None:
    """Return the way to write to a person, for their row in a list, their card and their page."""
    viewer = me()
    if viewer is None or viewer.id == person.id:
        return None
    return part("messages/write_button.html", href=url_for("messages.to_person", person_id=person.id), name=person.name)


def write_to_organiser(organiser: Any) -> Markup | None:
    """Return the way to write to an organiser, for their row on the page of a run."""
    viewer = me()
    if viewer is None or viewer.id == organiser.id or not organiser.active:
        return None
    href = url_for("messages.to_person", person_id=organiser.id)
    return part("messages/write_link.html", href=href, name=organiser.name)


def conversation_link(run: Run, organises: bool, status: str | None) -> Markup | None:
    """Return the way to the conversation of a run, for people who belong to it."""
    if not organises and status not in HAD_PLACE:
        return None
    href = url_for("messages.of_run", run_id=run.id)
    return part("messages/on_run.html", href=href, is_over=run.ends_at <= clock.now())


def talk_of_crew(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return the way of a member to the conversation of a crew, and how much is unread there."""
    if membership is None or not membership.is_active:
        return None
    talk = crew_conversation_for(me(), crew.id, membership)
    href = url_for("messages.of_crew", crew_id=crew.id)
    if talk.id is not None:
        href = url_for("messages.show", conversation_id=talk.id, _anchor="end")
    return {"href": href, "id": talk.id, "unread": talk.unread}


def muted(person: Person) -> list[Muted]:
    """Return the conversations that a person has muted, for the list of all that they did."""
    return [
        Muted(
            "conversation",
            one.id,
            one.name if one.of_group else named(one.name),
            url_for("messages.show", conversation_id=one.id),
            url_for("messages.mute", conversation_id=one.id),
            {"muted": "no"},
        )
        for one in muted_conversations(person)
    ]


slots.contribute(blueprint, MUTED_ELSEWHERE, muted)
count_with_session("messages", count_of_unread)
slots.fill_by(blueprint, "person.write", write_button)
slots.fill_by(blueprint, "run.organiser", write_to_organiser)
slots.fill_by(blueprint, "run.conversation", conversation_link)
slots.fill(blueprint, "crew.top", "messages/on_crew.html", talk_of_crew)
