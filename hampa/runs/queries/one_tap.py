"""What stands behind a link that does one thing in one tap."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from hampa.people.models.person import Person
from hampa.platform import clock, links
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.i18n import gettext as _
from hampa.runs.models.participation import GOING, OFFERED, TAKING_PART, WANTS_TO_GO, Participation
from hampa.runs.models.run import Run

JOIN, LEAVE, OFFER, STILL_IN = "j", "l", "o", "s"
PURPOSES = (JOIN, LEAVE, OFFER, STILL_IN)


@dataclass(frozen=True)
class Tap:
    """Who got a link, about which run, and what for."""

    purpose: str
    person: Person
    run: Run
    mine: Participation

    @property
    def first_name(self) -> str:
        """All that who holds the link learns of who it was sent to."""
        return self.person.name.split(" ")[0]

    @property
    def question(self) -> str:
        """What is left to ask: join, offer, leave or still_in; "" when there is nothing, or no more."""
        if self.purpose == OFFER or self.mine.status == OFFERED:
            return "offer" if self.mine.offer_ends_at and self.mine.offer_ends_at > clock.now() else ""
        if self.purpose == JOIN:
            return "" if self.mine.status in WANTS_TO_GO else "join"
        if self.mine.status not in TAKING_PART:
            return ""
        return "still_in" if self.purpose == STILL_IN and self.mine.status == GOING else "leave"

    def link_for(self, purpose: str) -> str:
        """The token of another link for the same person and run."""
        return links.token(purpose, self.mine.id, self.person.phone)


def tap_of(token: str) -> Tap:
    """What stands behind a token. Raises NotFound for one that is forged, or of somebody who may not come in any more."""
    link = links.read(token)
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
