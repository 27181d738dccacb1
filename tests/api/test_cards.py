"""Cards, interests and people, for programs."""

from __future__ import annotations

from tests.api.test_repeating import CARD


def test_a_card_is_published_changed_and_deleted(program, owner, companion):
    mine, theirs = program.as_(owner), program.as_(companion)
    card = mine.post("/cards", CARD | {"latitude": 35.70123, "longitude": 51.39123}, 201).data
    assert (card["pace"], card["best_10k"], card["distance_km"], card["days"]) == (370, 3150, 8.5, ["mon", "sat"])
    assert (card["latitude"], card["is_own"]) == (35.70123, True)
    path = f"/cards/{card['id']}"
    seen = theirs.get(path, 200).data
    assert seen["latitude"] != card["latitude"]
    assert seen["phone_visibility"] is None
    assert [one["id"] for one in theirs.get("/cards", 200).data] == [card["id"]]
    changed = mine.patch(path, {"pace": 330, "latitude": None, "longitude": None}, 200).data
    assert (changed["pace"], changed["title"], changed["best_10k"], changed["latitude"]) == (
        330,
        CARD["title"],
        3150,
        None,
    )
    assert changed["version"] > card["version"]
    assert theirs.patch(path, {"pace": 300}, 403)
    assert theirs.delete(path, 403)
    mine.delete(path, 204)
    mine.get(path, 404)


def test_errors_stand_beside_their_fields(program, owner):
    reply = program.as_(owner).post("/cards", {"title": "ab", "pace": "fast", "colour": "red"}, 422)
    assert reply.error["code"] == "VALIDATION_ERROR"
    assert {"title", "pace", "colour", "place", "days"} <= set(reply.details)
    assert "3" in reply.details["title"]
    reply = program.as_(owner).post("/cards", CARD | {"latitude": 35.7}, 422)
    assert set(reply.details) == {"longitude"}
    assert program.as_(owner).post("/cards", CARD | {"company": "women"}, 422).details["company"]
    owner.locale = "fa"
    reply = program.as_(owner).post("/cards", CARD | {"pace": True}, 422)
    assert reply.details["pace"] == "این باید عدد صحیح باشد."


def test_only_json_is_taken(program, owner):
    mine = program.as_(owner)
    assert mine.ask("POST", "/cards", 415, data={"title": "A form"}).error["code"] == "INVALID_FILE_TYPE"
    assert mine.ask("POST", "/cards", 400, data="{", content_type="application/json").error["message"]
    assert mine.ask("POST", "/cards", 413, data=b" " * 1_100_000, content_type="application/json")
    assert mine.post("/cards", CARD | {"title": "a\0bc"}, 422)


def test_who_has_no_name_is_asked_for_it(program, owner):
    owner.name = ""
    reply = program.as_(owner).post("/cards", CARD, 422)
    assert set(reply.details) == {"name"}
    program.as_(owner).patch("/me", {"name": "Sara"}, 200)
    program.as_(owner).post("/cards", CARD, 201)


def test_an_interest_is_sent_and_accepted(program, owner, companion, stranger):
    mine, theirs = program.as_(owner), program.as_(companion)
    card = mine.post("/cards", CARD, 201).data
    sent = theirs.post(f"/cards/{card['id']}/interest", {"line": "Shall we?"}, 201).data
    assert theirs.post(f"/cards/{card['id']}/interest", {}, 201).data["id"] == sent["id"]
    assert [one["id"] for one in theirs.get("/interests?direction=sent").data] == [sent["id"]]
    received = mine.get("/interests", 200).data
    assert received[0]["line"] == "Shall we?"
    assert received[0]["may"] == ["accept", "decline"]
    path = f"/interests/{sent['id']}"
    program.as_(stranger).get(path, 404)
    assert theirs.post(path, {"decision": "accept"}, 403)
    assert mine.post(path, {"decision": "accept"}, 200).data["status"] == "accepted"
    assert mine.post(path, {"decision": "decline"}, 409).error["code"] == "DUPLICATE_RESOURCE"
    assert [one["name"] for one in mine.get("/me/companions").data] == [companion.name]
    theirs.delete(f"/me/companions/{owner.id}", 204)
    theirs.delete(f"/me/companions/{owner.id}", 404)


def test_lists_come_in_pages(program, owner, companion):
    mine, theirs = program.as_(owner), program.as_(companion)
    ids = [mine.post("/cards", CARD, 201).data["id"] for _ in range(3)]
    first = theirs.get("/cards?limit=2", 200)
    assert [one["id"] for one in first.data] == ids[:0:-1]
    second = theirs.get(f"/cards?limit=2&after={first.meta['next']}", 200)
    assert [one["id"] for one in second.data] == ids[:1]
    assert second.meta["next"] is None
    assert set(theirs.get("/cards?limit=101", 422).details) == {"limit"}
    assert set(theirs.get("/cards?after=nonsense!", 422).details) == {"after"}
    assert set(theirs.get("/cards?colour=red", 422).details) == {"colour"}
    assert set(theirs.get("/cards?near=Nowhereville", 422).details) == {"near"}


def test_people_are_found_by_those_who_may_see_them(program, owner, companion, stranger):
    mine = program.as_(owner)
    mine.post("/cards", CARD, 201)  # who has a card may be met
    theirs = program.as_(companion)
    assert [one["name"] for one in theirs.get("/people?q=sara", 200).data] == [owner.name]
    assert theirs.get("/people?q=kar", 200).data == []
    page = theirs.get(f"/people/{owner.id}", 404)
    owner.profile_visibility = "signed_in"
    page = theirs.get(f"/people/{owner.id}", 200).data
    assert (page["circle"], len(page["cards"])) == ("stranger", 1)
    mine.put(f"/people/{companion.id}/block", {}, 404)  # whom she has never met
    theirs.put(f"/people/{owner.id}/block", {}, 204)
    assert mine.get("/people?q=reza", 200).data == []
    assert theirs.get("/people?q=sara", 200).data == []
    assert [one["name"] for one in theirs.get("/me/blocks").data] == [owner.name]
    theirs.delete(f"/people/{owner.id}/block", 204)
    assert len(theirs.get("/people?q=sara", 200).data) == 1


def test_the_profile_is_changed_field_by_field(program, owner, companion):
    mine = program.as_(owner)
    assert (
        mine.patch("/me", {"bio": "Slow.", "handle": "sara_k", "birth_year": 1990, "gender": "female"}, 200).data[
            "name"
        ]
        == owner.name
    )
    assert mine.get("/me").data["handle"] == "sara_k"
    assert mine.patch("/me", {"bio": ""}, 200).data["handle"] == "sara_k"
    assert set(program.as_(companion).patch("/me", {"handle": "sara_k"}, 422).details) == {"handle"}
    assert set(mine.patch("/me", {"handle": "a b"}, 422).details) == {"handle"}
    assert mine.patch("/me", {"gender": None}, 200).data["gender"] is None
    assert mine.patch("/me/settings", {"units": "miles", "shows_online": True}, 200).data["shows_online"] is True
    assert mine.patch("/me/settings", {"timezone": "Nowhere/At_All"}, 422).details["timezone"]
    assert mine.get("/me/settings", 200).data["units"] == "miles"
