"""Streams open again, and are asked for their permissions anew, when one of these has ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hampa.cards.actions import end_companionship
from hampa.organising.actions.organisers import remove_organiser, step_down
from hampa.organising.actions.ownership import transfer
from hampa.people.actions import change_settings
from hampa.people.models import Person
from hampa.platform.live.topics import allowed_topics
from tests.factories.cards import make_companions
from tests.factories.runs import add_organiser, make_run

MODULES = (
    "hampa.organising.actions.organisers",
    "hampa.organising.actions.ownership",
    "hampa.cards.actions",
    "hampa.people.actions",
)


def removed(owner: Person, companion: Person) -> None:
    run = make_run(owner)
    add_organiser(run, companion)
    remove_organiser(owner, run.id, companion.id)


def stepped_down(owner: Person, companion: Person) -> None:
    run = make_run(owner)
    add_organiser(run, companion)
    step_down(companion, run.id)


def handed_over(owner: Person, companion: Person) -> None:
    transfer(make_run(companion), companion, owner.id, stays=False)


def parted(owner: Person, companion: Person) -> None:
    make_companions(owner, companion)
    end_companionship(owner, companion.id)


def hides(_owner: Person, companion: Person) -> None:
    companion.shows_online = True
    change_settings(companion, shows_online=False)


@pytest.mark.parametrize("end", [removed, stepped_down, handed_over, parted, hides])
def test_who_loses_a_permission_is_asked_for_it_anew(
    owner: Person, companion: Person, monkeypatch: pytest.MonkeyPatch, end: Callable[[Person, Person], None]
) -> None:
    told: list[tuple[str, str]] = []
    for module in MODULES:
        monkeypatch.setattr(f"{module}.publish", lambda topic, name, **_ids: told.append((topic, name)))
    end(owner, companion)
    assert (f"person:{companion.id}", "recheck") in told
    assert ((f"online:{companion.id}", "recheck") in told) == (end is hides)


def test_a_token_listens_to_topics_of_its_scopes_alone(app, owner):
    topic = f"run:{make_run(owner).id}"
    assert allowed_topics(owner, topic) == {topic}
    assert allowed_topics(owner, topic, {"runs:read"}.__contains__) == {topic}
    assert allowed_topics(owner, topic, {"notifications:read", "messages:read"}.__contains__) == frozenset()
