"""The question before a change of time or place is saved: what changes, and who is told of it."""

from dataclasses import dataclass
from hashlib import sha256

from hampa.organising.forms.run import RunForm
from hampa.people.models import Person
from hampa.plans.actions import ALWAYS_TOLD, PLAN_FIELDS, UNTOLD, RunPlan, plan_of, told_changes
from hampa.platform.geo.gazetteer import distance_km
from hampa.runs.models.run import Run
from hampa.runs.queries import people

PIN = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a form would change of a run: `names` are the fields that people are told of, from `before` to `after`.

    `recipients` are the people who take part in the run beside the organiser. `token` stands for these changes: a form
    that has it was sent by somebody who has read them.
    """

    before: RunPlan
    after: RunPlan
    names: list[str]
    recipients: int
    token: str

    @property
    def moves_pin(self) -> bool:
        """Return whether the pin on the map changes."""
        return any(getattr(self.before, name) != getattr(self.after, name) for name in PIN)

    @property
    def pin_moved_km(self) -> float | None:
        """Return how far the pin moves, None when it is new or taken away."""
        ends = (self.before.latitude, self.before.longitude, self.after.latitude, self.after.longitude)
        return None if None in ends else distance_km(*ends)  # type: ignore[arg-type]


def confirmation_of(organiser: Person, run: Run, form: RunForm, *, several: bool) -> Confirmation | None:
    """Return what has to be confirmed before a valid form is saved, None if nothing has to.

    Time and place are confirmed when somebody is told of them; with `several` runs of a series somebody may be in any.
    A client that has no field for the answer (`confirmed`) is not asked, and who saw another version sees both first.
    """
    if not form.confirmed.raw_data or form.seen_sequence != run.sequence:
        return None
    before, after = plan_of(run), form.plan()
    changed = [name for name in PLAN_FIELDS if getattr(after, name) != getattr(before, name)]
    told = [name for name in changed if name not in UNTOLD]
    names = told_changes(told, quietly=bool(form.quietly.data))
    recipients = people.count_others(organiser, run)
    if not ALWAYS_TOLD.intersection(names) or not (recipients or several):
        return None
    values = [(name, getattr(after, name)) for name in names]
    token = sha256(repr((run.sequence, values)).encode()).hexdigest()[:16]
    if form.confirmed.data == token:
        return None
    return Confirmation(before, after, names, recipients, token)
