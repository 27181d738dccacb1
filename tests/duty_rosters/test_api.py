"""Rosters and appeals by the API."""

from __future__ import annotations

from tests.duty_rosters.conftest import SATURDAY
from tests.program import Program


def test_a_roster_from_its_rules_to_its_publication(program: Program, crew, duties, owner, companion, stranger):
    hers, his, theirs = (program.as_(one) for one in (owner, companion, stranger))
    place = f"/rosters/crew/{crew.id}"
    day = f"{place}/{SATURDAY}"
    assert [one["state"] for one in his.get(place, 200).data] == ["none"] * 4
    theirs.get(place, 404)
    hers.get(f"{place}/tomorrow", 404)
    assert hers.put(f"{place}/rules/ratio", {"role": "scanner"}, 422).details.keys() == {"per"}
    hers.put(f"{place}/rules/filled", {"role": "leader", "blocking": True}, 204)
    (rule,) = hers.get(f"{place}/rules", 200).data
    assert (rule["kind"], rule["role"], rule["blocking"]) == ("filled", "leader", True)
    his.put(f"{day}/draft", None, 403)
    drafted = hers.put(f"{day}/draft", None, 200).data
    assert (drafted["state"], drafted["checks"][0]["kind"]) == ("draft", "filled")
    hers.put(f"{day}/publication", None, 422)
    at = f"/schedules/{duties['leader'].id}/shifts/20261205T043000Z"
    hers.post(f"{at}/people", {"person_id": str(companion.id)}, 200)
    assert [one["people"] for one in his.get(day, 200).data["shifts"]] == [[]] * 4
    assert his.get(day, 200).data["checks"] == []
    shown = hers.put(f"{day}/publication", None, 200).data
    assert (shown["state"], shown["shifts"][0]["people"][0]["person"]["id"]) == ("published", str(companion.id))
    assert his.get(day, 200).data["shifts"][0]["people"][0]["is_draft"] is False
    # Appeals.
    his.put(f"{place}/asks", None, 204)
    hers.put(f"{place}/appeals", {"every_days": 7, "most": 5, "automatic": False}, 200)
    sweep = f"/schedules/{duties['sweep'].id}/shifts/20261205T063000Z"
    his.post(f"{sweep}/appeals", None, 403)
    assert hers.post(f"{sweep}/appeals", None, 200).data == {"asked": 1}
    hers.post(f"{sweep}/appeals", None, 422)
