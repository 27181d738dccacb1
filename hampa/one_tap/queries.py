"""One-tap links from messages."""

from dataclasses import dataclass

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import signed_links
from hampa.runs.models.participation import (
    GOING,
    INTERESTED,
    LEFT,
    OFFERED,
    REQUESTED,
    TAKING_PART,
    WAITLISTED,
    WANTS_TO_GO,
    Participation,
)
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

JOIN, LEAVE, OFFER, STILL_IN = "j", "l", "o", "s"
PURPOSES = (JOIN, LEAVE, OFFER, STILL_IN)
TOPICS = {status: status.lower() for status in (GOING, WAITLISTED, REQUESTED, INTERESTED, LEFT)}


@dataclass(frozen=True)
class Tap:
    """A one-tap link with its purpose, person and run."""

    purpose: str
    person: Person
    run: Run
    participation: Participation

    @property
    def first_name(self) -> str:
        """The first name of the person, which is all that the page of the link shows of them."""
        return self.person.name.split(" ")[0]

    @property
    def question(self) -> str:
        """What the link asks: "join", "offer", "leave" or "still_in", "" if there is nothing to ask any more."""
        if self.purpose == OFFER or self.participation.status == OFFERED:
            return (
                "offer" if self.participation.offer_ends_at and self.participation.offer_ends_at > clock.now() else ""
            )
        if self.purpose == JOIN:
            return "" if self.participation.status in WANTS_TO_GO else "join"
        if self.participation.status not in TAKING_PART:
            return ""
        return "still_in" if self.purpose == STILL_IN and self.participation.status == GOING else "leave"

    @property
    def topic(self) -> str:
        """The topic of the link's page: its question, or else the status of the person in lower case.

        "leave_place" is "leave" for people with a place; "confirmed" is a "still_in" that was answered; "offer_over" is
        an offer that has gone to the next; "removed" is for a person whom an organiser took off the list.
        """
        if self.participation.status == LEFT and self.participation.has_to_ask:
            return "removed"
        if self.question == "leave" and self.participation.status == GOING:
            return "leave_place"
        if self.question == "still_in" and self.participation.still_in_at:
            return "confirmed"
        return self.question or TOPICS.get(self.participation.status, "offer_over")

    def link_for(self, purpose: str) -> str:
        """Return the token of another link for the same person and run."""
        return signed_links.make_token(purpose, self.participation.id, self.person.phone)


def tap_of(token: str) -> Tap:
    """Return the link of a token. Raise NotFound when it is forged or the account of its person is not active."""
    link = signed_links.parse_token(token)
    if link is not None and link.purpose in PURPOSES:
        row = db.session.execute(
            select(Participation, Run, Person)
            .join(Run, Run.id == Participation.run_id)
            .join(Person, Person.id == Participation.person_id)
            .where(Participation.id == link.subject_id, Person.state == "active")
        ).first()
        if row is not None and link.is_valid_for(row.Person.phone):
            runs.run_for(row.Person, row.Run.id)  # a link shows no more than the page: raises NotFound
            return Tap(link.purpose, row.Person, row.Run, row.Participation)
    raise NotFound(_("This link does not work. Perhaps a part of it is missing: tap it in the message once more."))
