"""Changing what people chose about channels."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.models import CHANNELS, NotificationChoices, NotificationKind
from hampa.notifications.queries.choices import Chosen, chosen_by, default_of, rows
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db

WEEKLY = "weekly_summary"

Choices = dict[str, dict[str, bool]]


def choose_channels(
    person: Person, stored: Chosen, wanted: Mapping[str, Collection[str]], *, weekly_summary: bool
) -> None:
    """Set the channels of each row of the settings, and the weekly summary; `stored` is what was chosen before.

    Only what differs from the default is stored. A row that no channel is wanted for turns off the switch of its kind,
    if it has one (`NotificationKind.switch`), and leaves what was chosen before.
    """
    choices = _copy(stored)
    for name, kind in rows().items():
        channels = set(wanted[name]) & set(kind.channels)
        if kind.switch is not None:
            setattr(person, kind.switch, bool(channels))
            if not channels:
                continue
        choices[name] = _differences(kind, channels, stored.reached)
    _store(person, choices, weekly_summary=weekly_summary)


def _differences(kind: NotificationKind, channels: Collection[str], reached: frozenset[str]) -> dict[str, bool]:
    chosen: dict[str, bool] = {}
    for channel in CHANNELS:
        if channel in kind.channels and channel not in kind.always:
            is_wanted = channel in channels
            if is_wanted != default_of(kind, channel, chosen, reached):
                chosen[channel] = is_wanted
    return chosen


def stop_mails(person: Person, row: str | None) -> None:
    """Turn mails of one row of the settings off, or the weekly summary (`WEEKLY`), or all of them."""
    stored = chosen_by(person)
    choices = _copy(stored)
    for name, kind in rows().items():
        if row in (None, name) and "mail" in kind.channels and "mail" not in kind.always:
            chosen = choices.setdefault(name, {})
            chosen.pop("mail", None)
            if default_of(kind, "mail", chosen, stored.reached):
                chosen["mail"] = False
    _store(person, choices, weekly_summary=stored.weekly_summary and row not in (None, WEEKLY))


def _copy(stored: Chosen) -> Choices:
    return {row: dict(chosen) for row, chosen in stored.choices.items()}


def _store(person: Person, choices: Choices, *, weekly_summary: bool) -> None:
    different = {row: chosen for row, chosen in choices.items() if chosen}
    values: dict[str, Any] = {"choices": different, "weekly_summary": weekly_summary, "updated_at": clock.now()}
    changed = {**values, "version": NotificationChoices.version + 1}
    statement = insert(NotificationChoices).values(person_id=person.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[NotificationChoices.person_id], set_=changed))
