"""Whether a person may join a run and, if not, why; and which actions they may take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.models.participation import (
    GOING,
    INTERESTED,
    OFFERED,
    REQUESTED,
    TAKING_PART,
    WAITLISTED,
    WANTS_TO_GO,
    Participation,
)
from hampa.runs.models.run import Run

AdmissionStatus = Literal["open", "waitlist", "approval", "closed", "cancelled", "started", "over"]
"""What a newcomer gets: a free place, the waitlist, a request for approval, or nothing."""
FINAL = ("cancelled", "started", "over")
"""The statuses of runs whose participations no longer change."""

Action = Literal["join", "wait", "ask", "take", "pass", "interest", "leave"]
JOIN_ACTIONS: dict[str, Action] = {"open": "join", "waitlist": "wait", "approval": "ask"}
STATUS_ON_JOINING = {"open": GOING, "waitlist": WAITLISTED, "approval": REQUESTED}


@dataclass(frozen=True, slots=True)
class Admission:
    """The actions that one person may take at one run, as plain values for pages, links and lists.

    `participation` is the person's row, also after they have left; `participation_status` is None for a person who does
    not take part. `ahead` counts the people who wait before this one; for a newcomer, all who wait. `offer_ends_at` is
    when a place offered to this person goes to the next. `barred_reason` says why they can't join, "" if they can;
    `asks_gender` means that they can once they have said that they are a woman. `removed_reason` says why a person whom
    an organiser took off the list has to ask, "" if nobody did.
    `actions` are the allowed actions, the main one first.
    """

    status: AdmissionStatus
    participation_status: str | None = None
    participation: Participation | None = None
    ahead: int = 0
    offer_ends_at: datetime | None = None
    barred_reason: str = ""
    removed_reason: str = ""
    asks_gender: bool = False
    actions: tuple[Action, ...] = ()

    @property
    def final(self) -> bool:
        """Whether participations no longer change."""
        return self.status in FINAL

    @property
    def has_place(self) -> bool:
        """Whether the person has a place in a run that has not begun and is not cancelled."""
        return self.participation_status == GOING and not self.final

    @property
    def goes(self) -> bool:
        """Whether the person has a place in a run that is not cancelled or over; it may have begun."""
        return self.participation_status == GOING and self.status not in ("cancelled", "over")

    @property
    def waits(self) -> bool:
        """Whether the person is on the waitlist of a run that is not final."""
        return self.participation_status == WAITLISTED and not self.final

    @property
    def wants_to_go(self) -> bool:
        """Whether the person goes, waits, asks or is offered a place in a run that is not final."""
        return self.participation_status in WANTS_TO_GO and not self.final

    @property
    def may_join(self) -> bool:
        """Whether the main action is to join, to wait or to ask."""
        return bool(self.actions) and self.actions[0] in JOIN_ACTIONS.values()


def admission_status(run: Any, at: datetime | None = None, seats: int = 1) -> AdmissionStatus:
    """Return what a newcomer who takes `seats` places gets at `run` (a run or a row of a list), now or at a moment.

    A place can be free while others wait, if they need more places than there are.
    """
    at = at or clock.now()
    if run.cancelled_at is not None:
        return "cancelled"
    if run.starts_at + timedelta(minutes=run.duration_min) <= at:
        return "over"
    if run.starts_at <= at:
        return "started"
    if run.joining_closes_at is not None and run.joining_closes_at <= at:
        return "closed"
    if run.join_policy == "approval":
        return "approval"
    return "open" if run.capacity is None or run.taken + seats <= run.capacity else "waitlist"


def closed_reason(run: Run) -> str:
    """Return why nobody can join, leave or change the run any more, "" if they can."""
    reasons = {
        "cancelled": _("This run is cancelled."),
        "started": _("This run has begun."),
        "over": _("This run is over."),
    }
    return reasons.get(admission_status(run), "")


def refuse_closed(run: Run) -> None:
    """Raise Refused when participations no longer change."""
    if reason := closed_reason(run):
        raise Refused(reason)


def barred_reason(person: Person, run: Run, participation: Participation | None = None) -> str:
    """Return why this person in particular can't join the run, "" if they can."""
    if run.company == "women" and person.gender is None:
        return _("This run is for women only. If you are one, say so when you join.")
    if run.company == "women" and person.gender != "female":
        return _("This run is for women only.")
    if participation is not None and participation.declined_at is not None:
        return _("The organiser has answered: not this time.")
    return ""


def removed_reason(participation: Participation | None) -> str:
    """Return why a person whom an organiser took off the list has to ask, "" if they need not, or can't any more."""
    if participation is None or not participation.has_to_ask:
        return ""
    return _("The organiser took you off the list of this run. You can ask to join again.")


def _status_after_removal(status: AdmissionStatus, participation: Participation | None) -> AdmissionStatus:
    """Return what a newcomer gets who may have been taken off the list: then the organisers decide about them."""
    return "approval" if status in JOIN_ACTIONS and removed_reason(participation) else status


def status_on_joining(person: Person, run: Run, participation: Participation, seats: int, wanted: str = GOING) -> str:
    """Return the status of a person who joins: GOING, WAITLISTED or REQUESTED, or INTERESTED if that is `wanted`.

    Raise Refused when the run or its joining is closed, or closed to this person.
    """
    status = _status_after_removal(admission_status(run, seats=seats), participation)
    reason = barred_reason(person, run, participation)
    if not reason and status == "closed":
        reason = _("Joining is closed.")
    if not reason and wanted == INTERESTED:
        reason = removed_reason(participation)
    if reason:
        raise Refused(reason)
    return INTERESTED if wanted == INTERESTED else STATUS_ON_JOINING[status]


def admission_of(person: Person | None, run: Run, participation: Participation | None, ahead: int) -> Admission:
    """Return what the person may do, from their row in the run and the number of people who wait before them.

    An offer whose time is over does not count.
    """
    now = clock.now()
    status, removed = _status_after_removal(admission_status(run, now), participation), removed_reason(participation)
    barred = barred_reason(person, run, participation) if person else ""
    declined = participation is not None and participation.declined_at is not None
    asks_gender = person is not None and person.gender is None and run.company == "women" and not declined
    current = participation.status if participation and participation.status in TAKING_PART else None
    offer_ends_at = participation.offer_ends_at if participation and current == OFFERED else None
    if offer_ends_at is not None and offer_ends_at <= now:
        current, offer_ends_at = INTERESTED, None
    actions = allowed_actions(status, current, barred=bool(barred))
    return Admission(
        status,
        current,
        participation,
        ahead if current == WAITLISTED else run.waiting,
        offer_ends_at,
        barred,
        removed if "ask" in actions else "",
        asks_gender and status in JOIN_ACTIONS,
        tuple(action for action in actions if action != "interest" or not removed),
    )


def allowed_actions(
    status: AdmissionStatus, participation_status: str | None, *, barred: bool = False
) -> tuple[Action, ...]:
    """Return what a person with this status may do at a run with this status, the main action first."""
    if status in FINAL:
        return ()
    if participation_status == OFFERED:
        return ("take", "pass")
    if participation_status in (GOING, WAITLISTED, REQUESTED):
        return ("leave", "interest") if status in JOIN_ACTIONS else ("leave",)
    join: tuple[Action, ...] = (JOIN_ACTIONS[status],) if status in JOIN_ACTIONS and not barred else ()
    if participation_status == INTERESTED:
        return (*join, "leave")
    return (*join, "interest") if join else ()


def places_in_words(run: Any) -> str:
    """Return how many places of a run (or a row of a list) with a limit are left, "" if it is full.

    A place is left although people wait if they need more places than there are.
    """
    left = max(0, run.capacity - run.taken)
    return ngettext("%(num)d place left", "%(num)d places left", left) if left else ""


def beyond_in_words(beyond: int) -> list[str]:
    """Return the sentence about people beyond the places of a run, none without such people."""
    text = ngettext(
        "That is %(num)d more than there are places.", "That is %(num)d more than there are places.", beyond
    )
    return [text] if beyond else []
