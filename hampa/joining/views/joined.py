"""What the page of a run says to somebody who has just joined: once, with what comes next and a way back."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.admission import Admission
from hampa.runs.models.participation import GOING, INTERESTED, REQUESTED, TAKING_PART, WAITLISTED
from hampa.runs.models.run import Run


@dataclass(frozen=True, slots=True)
class Joined:
    """The words of the moment after joining; `groups` are the pace groups to choose from, `undo` is None without one.

    `has_place` says whether the person has a place, for which reminders come.
    """

    title: str
    text: str
    has_place: bool
    groups: list[Any]
    undo: str | None
    undo_fields: dict[str, str]


def place_in_line(admission: Admission) -> str:
    """Return how many wait before a person who waits, as a sentence."""
    if not admission.ahead:
        return _("You are next in line.")
    return ngettext("%(num)d person is ahead of you.", "%(num)d people are ahead of you.", admission.ahead)


def joined_of(run: Run, admission: Admission, groups: list[Any], *, organises: bool) -> Joined | None:
    """Return what is said to a person who has just joined, None when they have left again since.

    An organiser can't leave a run that they organise alone: their way back is to be interested.
    """
    status = admission.participation_status
    if status not in TAKING_PART or admission.participation is None:
        return None
    titles = {
        GOING: _("You're in!"),
        WAITLISTED: _("You are on the waitlist"),
        REQUESTED: _("You have asked"),
        INTERESTED: _("You are interested"),
    }
    texts = {
        WAITLISTED: f"{place_in_line(admission)} {_('As soon as a place comes free, you hear from us.')}",
        REQUESTED: _("The organiser will answer, and you'll hear from us."),
        INTERESTED: _("You'll hear from us when something changes. Tell us once you know that you're coming."),
    }
    asks_group = admission.wants_to_go and admission.participation.pace_group_id is None
    undo = url_for("runs.join" if organises else "runs.leave", run_id=run.id)
    return Joined(
        titles.get(status, ""),
        texts.get(status, ""),
        admission.has_place,
        [group for group in groups if not group.full] if asks_group else [],
        None if organises and status == INTERESTED else undo,
        {"status": INTERESTED} if organises else {},
    )
