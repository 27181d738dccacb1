"""The steps of the search over everything: the same is found of common words as of rare ones."""

from __future__ import annotations

from hampa.blocks.actions import block
from hampa.platform.commonness import Commonness
from hampa.platform.db import db
from hampa.platform.statements import planned_once
from hampa.search.queries import belongings, commonness, finding, providers
from tests.factories.cards import make_card
from tests.factories.kept_files import make_note, make_stored_file
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.training import make_plan

COMMON, RARE = 0.5, 0.001


def test_common_words_are_found_as_rare_ones_are_and_together_also_in_older_things(owner, stranger, monkeypatch):
    make_run(owner, title="Kestrel and heron")
    make_card(owner, title="Heron and kestrel")
    plan = make_plan(owner, name="Kestrel, heron", visibility="public")
    make_stored_file(owner, plan, name="heron kestrel.pdf")
    make_note(owner, plan, text="A kestrel beside a heron")
    make_run(owner, title="Only a kestrel")
    db.session.commit()
    finding.find_best(owner, providers.Search.of("what counts is read before"))

    def found(person, counted: dict[str, float], words: str = "kestrel heron") -> dict[str, int]:
        known = Commonness(sorted(counted.items()))
        monkeypatch.setattr(commonness, "commonness_in", lambda *_tables: known)
        groups = finding.find_best(person, providers.Search.of(words))
        return {group.kind: len(group.hits) for group in groups if group.kind != "people"}

    of_owner, of_stranger = (
        dict.fromkeys(("files", "notes", "runs", "cards", "plans"), 1),
        {"runs": 1, "cards": 1, "plans": 1},
    )
    both = {"kestrels": COMMON, "heron": COMMON}
    for counted in ({}, both, {"kestrel": COMMON, "heron": RARE}, {"kestrel": 0.006, "kestrels": 0.006}):
        assert found(owner, counted) == of_owner, counted
        assert found(stranger, counted) == of_stranger, counted
    monkeypatch.setattr(providers, "FIRST_OF_EACH", 0)
    monkeypatch.setattr(providers, "OF_EACH", 0)
    monkeypatch.setattr(finding, "_all_kinds", planned_once(finding._all_kinds.__wrapped__))
    assert found(stranger, both) == of_stranger, "an index is asked for words that the latest do not have"
    assert found(stranger, both, "kestrel sparrow") == {}
    assert found(owner, {"heron": RARE, "kestrel": COMMON}) == of_owner, "what an index has of the rare word is enough"
    monkeypatch.setattr(belongings, "INDEXED", 0)
    monkeypatch.setattr(finding, "_all_kinds", planned_once(finding._all_kinds.__wrapped__))
    assert "notes" not in found(owner, {}), "the test would see it"


def test_people_are_found_by_the_beginning_of_names_and_user_names_and_by_words(owner):
    provider = next(one for one in providers.providers_for(owner) if one.kind == "people")
    names = {"Kestrel Nazari": None, "Sara Kestrel": None, "Mina": "kestrel_42", "Kes%_!": None, "Sparrow": "kest"}
    for name, handle in names.items():
        make_card(make_person(name=name, handle=handle))
    db.session.commit()
    for asked, expected in {
        "kestrel": ["Kestrel Nazari", "Mina", "Sara Kestrel"],
        "@kestrel_4": ["Mina"],
        "kes%_": ["Kes%_!"],
        "KESTREL N": ["Kestrel Nazari"],
    }.items():
        assert [hit.title for hit in provider.find(owner, providers.Search.of(asked), 10)] == expected, asked


def test_people_whose_names_begin_so_come_first_and_those_hidden_leave_room_for_others(owner):
    provider = next(one for one in providers.providers_for(owner) if one.kind == "people")
    people = {name: make_person(name=name) for name in ("Kestrel A", "Kestrel B", "Kestrel C", "Sara Kestrel")}
    for person in people.values():
        make_card(person)

    def found(most: int) -> list[str]:
        db.session.commit()
        return [hit.title for hit in provider.find(owner, providers.Search.of("kestrel"), most)]

    assert found(2) == ["Kestrel A", "Kestrel B"] and found(4) == list(people)
    block(owner, people["Kestrel A"].id)
    assert found(3) == ["Kestrel B", "Kestrel C", "Sara Kestrel"]
    people["Kestrel B"].state = "suspended"
    assert found(2) == ["Kestrel C", "Sara Kestrel"]
