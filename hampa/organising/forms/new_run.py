"""The form of a new run: its day and time as chips or typed, and what it takes from an earlier run or a companion."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time
from typing import Any, Self

from hampa.cards.queries.together import RunForTwo
from hampa.organising.forms.run import RunForm, read_uuid
from hampa.people.queries import PersonSummary
from hampa.plans.actions import RunPlan
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.choice_fields import SelectField
from hampa.platform.web.fields import BooleanField, HiddenField, InputField
from hampa.platform.web.forms import OnceForm
from hampa.series.forms import RuleFields

OTHER = "other"
"""The chip that opens the field beside it."""


class ChipField(SelectField):
    """Chips that fill in a field for somebody: a value, or OTHER, with which the field itself is read.

    A value that is not offered any more, on a page that stood open over midnight, is read all the same.
    """

    def pre_validate(self, form: Any) -> None:
        """Accept every value; the field that it fills in decides."""


class NewRunForm(RuleFields, RunForm, OnceForm):
    """A run to be published, once or as a series; `companion` is the id of somebody who is invited to run it together.

    `day` and `clock` are chips. A chosen one counts more than what `starts_on` and `starts_at` say, which a client may
    send without chips.
    """

    day = ChipField(_l("Day"), required=False)
    clock = ChipField(_l("Time"), required=False)
    ask_team = BooleanField(_l("Ask who organised it with me to organise this one too"))
    companion = HiddenField()

    @classmethod
    def for_two(cls, companion: PersonSummary, suits: RunForTwo, day: date | None) -> Self:
        """Return the form of a run that only the two find, by its link, with what suits both and a day chosen."""
        title = _("A run with %(name)s", name=companion.name)[:120]
        at = suits.usual_time
        data = {
            "title": title,
            "place": suits.place,
            "distance_km": suits.distance_km,
            "description": _pace_words(suits.pace) if suits.pace else "",
            "visibility": "link",
            "capacity": 2,
            "companion": str(companion.id),
            "day": day.isoformat() if day else None,
            "clock": f"{at:%H:%M}" if at else None,
        }
        return cls(data=data)

    @classmethod
    def like(cls, plan: RunPlan, organiser: tuple[uuid.UUID, str], likely: date) -> Self:
        """Return the form of a run like an earlier one, on the `likely` day; nobody but the organiser leads a group."""
        form = cls.copied_from(plan, [organiser])
        if not form.is_submitted():
            form.day.data, form.clock.data, form.ask_team.data = likely.isoformat(), f"{plan.starts_local:%H:%M}", True
        return form

    shared_days: frozenset[date] = frozenset()
    """Of a run for two, the days that suit both."""

    def details_of_days(self) -> dict[str, str]:
        """Return what the chips of days say beside the day: its date, and whether it suits both of two people."""
        details = {}
        for value in (value for value in self.day.values if value != OTHER):
            shown = dates.month_day(date.fromisoformat(value))
            both = date.fromisoformat(value) in self.shared_days
            details[value] = _("%(date)s, suits you both", date=shown) if both else shown
        return details

    def offer(self, days: Sequence[date], times: Sequence[time], zone: str | None = None) -> None:
        """Set the days and times of the chips, in words of `zone`, after which comes one for another."""
        self.day.set_choices([*((day.isoformat(), dates.day(day, zone)) for day in days), (OTHER, _("Another day"))])
        self.clock.set_choices([*((f"{at:%H:%M}", dates.clock(at)) for at in times), (OTHER, _("Another time"))])

    def validate(self, extra_validators: Any = None) -> bool:
        """Let the chips fill in day and time, then check them as if they were typed."""
        with suppress(ValueError):
            _fill_in(self.starts_on, self.day, date.fromisoformat)
        with suppress(ValueError):
            _fill_in(self.starts_at, self.clock, dates.parse_time)
        return super().validate(extra_validators)

    @property
    def is_wrong_beyond_chips(self) -> bool:
        """Return whether a field has an error, or a row was added, that is not shown beside the chips."""
        return bool(self.opened or self.errors.keys() - {"day", "clock", "starts_on", "starts_at", None})

    @property
    def companion_id(self) -> uuid.UUID | None:
        """Return the id of the companion who is invited, if any."""
        return read_uuid(self.companion.data)


def _pace_words(pace: int) -> str:
    return _("About %(pace)s %(unit)s.", pace=measures.pace(pace), unit=measures.pace_unit())


def _fill_in(field: InputField, chips: ChipField, read: Any) -> None:
    """Set the value of a field by the chosen chip, if one is chosen. Raise ValueError for text that no chip has."""
    if chips.data and chips.data != OTHER:
        value = read(chips.data)
        field.raw_data = [field.format(value)]
        field.data, field.process_errors = value, []
