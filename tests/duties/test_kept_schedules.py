"""Rows of schedules, kept for all who see one alike: whatever changes is seen by the next who asks."""

from __future__ import annotations

import pytest

from hampa.crews.models import Crew
from hampa.duties.models import Schedule
from hampa.platform.db import db
from tests.factories.duties import make_schedule

pytestmark = pytest.mark.usefixtures("remembering")


def test_each_sees_schedules_as_they_are_now_and_what_is_theirs_alone(
    program, page, crew, owner, companion, statements
):
    schedule = make_schedule(crew, name="North gate")
    draft = make_schedule(crew, name="Zoo", published_at=None)
    leads, helps = program.as_(owner), program.as_(companion)

    def listed(reader):
        """Return what a program is told of schedules, the same each time that it asks."""
        rows = reader.get("/schedules", 200).data
        assert rows == reader.get("/schedules", 200).data
        return [(row["name"], row["owner"], row["coordinates"]) for row in rows]

    assert listed(leads) == [("North gate", crew.name, True), ("Zoo", crew.name, True)]
    assert listed(helps) == [("North gate", crew.name, False)]
    with statements() as seen:
        helps.get("/schedules", 200)
    assert len(seen) == 1
    assert "North gate" in page.as_(companion).get("/duties", 200).words

    leads.patch(f"/schedules/{schedule.id}", {"name": "South gate"}, 200)
    assert listed(helps) == [("South gate", crew.name, False)]
    assert "South gate" in page.as_(companion).get("/duties", 200).words
    assert {one["schedule"] for one in helps.get("/shifts/available", 200).data} == {"South gate"}

    leads.post(f"/schedules/{draft.id}/publication", {}, 200)
    assert [name for name, *_more in listed(helps)] == ["South gate", "Zoo"]
    db.session.get_one(Crew, crew.id).name = "Lake people"
    db.session.commit()
    assert {owner_name for _name, owner_name, _may in listed(helps)} == {"Lake people"}

    db.session.delete(db.session.get_one(Schedule, draft.id))
    db.session.commit()
    assert [name for name, *_more in listed(leads)] == ["South gate"]


def test_a_rule_is_told_in_the_language_of_the_reader(program, crew, owner, companion):
    make_schedule(crew)
    english, persian = program.as_(owner), program.as_(companion)
    owner.locale, companion.locale = "en", "fa"
    db.session.commit()
    words = [reader.get("/schedules", 200).data[0]["rule_in_words"] for reader in (english, persian, english, persian)]
    assert words[:2] == words[2:] and words[0].isascii() and not words[1].isascii()
