"""The form of a check-in."""

from collections.abc import Callable
from typing import Any

from hampa.checkin_choices.queries import ASKING_WORDS
from hampa.checkins.models import (
    CREW,
    HIGHEST,
    ILL,
    INJURED,
    LONGEST_NOTE,
    LOWEST,
    MOODS,
    NUMBERS,
    PRIVATE,
    SCALES,
    WELL,
)
from hampa.crews.models import MOST_NUMBERS
from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext, number
from hampa.platform.web.choice_fields import Choices, HiddenField, SelectField
from hampa.platform.web.fields import TextAreaField
from hampa.platform.web.forms import OnceForm

ENERGY = range(1, 6)
MOOD_WORDS = dict(
    zip(
        MOODS,
        (_l("Thrilled"), _l("Good"), _l("So-so"), _l("Tired"), _l("Worried"), _l("Sad"), _l("Angry")),
        strict=True,
    )
)
HEALTH_WORDS = {WELL: _l("Well"), ILL: _l("Ill"), INJURED: _l("Injured")}
SHARING_WORDS = {CREW: _l("My crew"), NUMBERS: _l("Numbers only, without my name"), PRIVATE: _l("Nobody but me")}
SCALE_WORDS: dict[str, tuple[Any, Any, Any]] = {
    "productive": (_l("What did you get done?"), _l("hardly anything"), _l("all I wanted")),
    "satisfied": (_l("How happy are you with it?"), _l("not at all"), _l("entirely")),
    "body": (_l("How does your body feel?"), _l("worn out"), _l("fresh and strong")),
    "care": (_l("How much is weighing on you?"), lazy_pgettext("check-in", "none"), _l("more than I can carry")),
}
"""The question of each scale, and the words at its low and its high end."""


def _numbers(values: range) -> Callable[[], Choices]:
    return lambda: [(str(value), number(value)) for value in values]


_MARKS = _numbers(range(LOWEST, HIGHEST + 1))


class CheckInForm(OnceForm):
    """A check-in. `period` is the first day of its period, and `replaces` whether it changes an earlier one.

    `counted_from` is the number of answers that the page promised.
    """

    period = HiddenField()
    replaces = HiddenField()
    counted_from = HiddenField()
    productive = SelectField(SCALE_WORDS["productive"][0], _MARKS)
    satisfied = SelectField(SCALE_WORDS["satisfied"][0], _MARKS)
    body = SelectField(SCALE_WORDS["body"][0], _MARKS)
    care = SelectField(SCALE_WORDS["care"][0], _MARKS)
    note = TextAreaField(_l("Anything to add?"), max=LONGEST_NOTE, required=False)
    mood = SelectField(
        _l("Mood"), lambda: [(mood, f"{mood} {words}") for mood, words in MOOD_WORDS.items()], required=False
    )
    energy = SelectField(_l("Energy, from 1 to 5"), _numbers(ENERGY), required=False)
    health = SelectField(_l("Ill or injured?"), lambda: list(HEALTH_WORDS.items()), default=WELL)
    sharing = SelectField(_l("Who reads this?"), lambda: list(SHARING_WORDS.items()), default=PRIVATE)

    asking = SelectField(
        _l("May organisers ask how I am, if my check-ins drop or stop?"),
        lambda: list(ASKING_WORDS.items()),
        required=False,
    )

    def answers(self) -> dict[str, Any]:
        """Return the answers as columns of a check-in."""
        scores = {name: int(self[name].data) for name in SCALES}
        return {
            **scores,
            "note": self.note.data or "",
            "mood": self.mood.data or "",
            "energy": int(self.energy.data) if self.energy.data else None,
            "health": self.health.data,
            "sharing": self.sharing.data,
            "counted_from": _promised(self.counted_from.data),
        }


def _promised(value: str | int | None) -> int:
    text = str(value or "")
    return min(int(text), MOST_NUMBERS) if len(text) < 3 and text.isdecimal() else 0
