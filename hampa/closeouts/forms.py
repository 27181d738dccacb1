"""The forms of a close-out: who came and whether anything happened, and thanks."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from hampa.closeouts.models import LONGEST_THANKS, CloseOut
from hampa.closeouts.queries.closeouts import Booked
from hampa.duties.forms import ATTENDANCE_WORDS
from hampa.duties.models import ATTENDED
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, HiddenField, SelectField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class DutyPeople:
    """Who was booked for a duty at a time, each with how it was as the form says, and whether that is still missing."""

    begins_at: datetime
    schedule: str
    timezone: str
    people: tuple[tuple[Booked, str, bool], ...]


class CloseOutForm(Form):
    """Who came, of those of a list, and whether anything happened; `said` is that of the close-out."""

    rest_came = BooleanField(_l("Everybody else came"))
    incidents = SelectField(_l("Did anything happen?"), [(NO, _l("No, nothing")), (YES, _l("Yes"))])
    said = HiddenField()

    people: Sequence[Booked] = ()
    missing: frozenset[uuid.UUID] = frozenset()

    sent: Mapping[str, str] | None = None

    @classmethod
    def of(cls, closeout: CloseOut, people: Sequence[Booked], sent: Any = None) -> "CloseOutForm":
        """Return the form for these people, with what they and others have said, or with what was sent."""
        happened = closeout.had_incidents
        chosen = None if happened is None else YES if happened else NO
        values = {"incidents": chosen, "said": str(closeout.said)}
        form = cls(formdata=sent, data=values)
        form.people, form.sent = people, sent
        return form

    def chosen(self, one: Booked) -> str:
        """Return how it was for a person as the form says now: what was sent, or what was said before."""
        if self.sent is not None:
            return self.sent.get(f"attendance-{one.booking_id}", "")
        return one.attendance or ""

    @property
    def duties(self) -> list[DutyPeople]:
        """Return who was booked, by time and duty, as the page lists them."""
        duties = groupby(self.people, lambda one: (one.begins_at, one.schedule, one.timezone))
        return [
            DutyPeople(*key, tuple((one, self.chosen(one), one.booking_id in self.missing) for one in people))
            for key, people in duties
        ]

    def attendances(self) -> dict[uuid.UUID, str]:
        """Return what was chosen, by booking."""
        usual = ATTENDED if self.rest_came.data else ""
        words = {one.booking_id: self.chosen(one) or usual for one in self.people}
        return {booking_id: word for booking_id, word in words.items() if word in ATTENDANCE_WORDS}

    @property
    def said_before(self) -> int:
        """Return how often it was said when the form was made."""
        text = str(self.said.data or "")
        return int(text) if text.isdecimal() and len(text) < 9 else -1

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field; each person of the list needs an answer."""
        super().validate(extra_validators)
        said = self.attendances()
        self.missing = frozenset(one.booking_id for one in self.people if one.booking_id not in said)
        if self.missing:
            self.rest_came.errors = [_("Say how it was for each, or that all others came.")]
        return not self.errors


class ThanksForm(OnceForm):
    """A message to all who came."""

    text = TextAreaField(_l("Your thanks"), min=1, max=LONGEST_THANKS)
