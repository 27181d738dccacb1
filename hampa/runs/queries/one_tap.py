"""What a one-tap link is for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from hampa.people.models.person import Person
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

JOIN, LEAVE, OFFER, STILL_IN = "j", "l", "o", "s"
PURPOSES = (JOIN, LEAVE, OFFER, STILL_IN)
TOPICS = {status: status.lower() for status in (GOING, WAITLISTED, REQUESTED, INTERESTED, LEFT)}


@dataclass(frozen=True)
class Tap:
    """A link: its person, its run and its purpose."""

    purpose: str
    person: Person
    run: Run
    mine: Participation

    @property
    def first_name(self) -> str:
        """The first name of the person; whoever holds the link learns no more of them."""
        return self.person.name.split(" ")[0]

    @property
    def question(self) -> str:
        """What the link asks: "join", "offer", "leave" or "still_in", "" when there is nothing to ask any more."""
        if self.purpose == OFFER or self.mine.status == OFFERED:
            return "offer" if self.mine.offer_ends_at and self.mine.offer_ends_at > clock.now() else ""
        if self.purpose == JOIN:
            return "" if self.mine.status in WANTS_TO_GO else "join"
        if self.mine.status not in TAKING_PART:
            return ""
        return "still_in" if self.purpose == STILL_IN and self.mine.status == GOING else "leave"

    @property
    def topic(self) -> str:
        """What the page of the link is about: its question, or else how the person takes part, in one word.

        "leave_place" and "leave" tell people with a place from others; "confirmed" is a "still_in" that was answered;
        "offer_over" is an offer that has gone to the next.
        """
        if self.question == "leave" and self.mine.status == GOING:
            return "leave_place"
        if self.question == "still_in" and self.mine.still_in_at:
            return "confirmed"
        return self.question or TOPICS.get(self.mine.status, "offer_over")

    def link_for(self, purpose: str) -> str:
        """Return the token of another link for the same person and run."""
        return signed_links.token(purpose, self.mine.id, self.person.phone)


def tap_of(token: str) -> Tap:
    """Return the link of a token. Raise NotFound when it is forged or its person may not sign in any more."""
    link = signed_links.read(token)
    if link is not None and link.purpose in PURPOSES:
        row = db.session.execute(
            select(Participation, Run, Person)
            .join(Run, Run.id == Participation.run_id)
            .join(Person, Person.id == Participation.person_id)
            .where(Participation.id == link.subject_id, Person.state == "active")
        ).first()
        if row is not None and link.fits(row.Person.phone):
            return Tap(link.purpose, row.Person, row.Run, row.Participation)
    raise NotFound(_("This link does not work. Perhaps a part of it is missing: tap it in the message once more."))
