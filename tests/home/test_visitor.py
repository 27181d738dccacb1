"""The first page of a visitor: a town to pick, what runs near it, and how it works."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.factories.runs import make_run

TEHRAN, BERLIN = (35.70, 51.40), (52.52, 13.40)


@pytest.mark.parametrize(("language", "town", "near"), [("en", "Tehran", "near Tehran"), ("fa", "تهران", "تهران")])
def test_a_visitor_picks_a_town_and_sees_what_is_near_it(page, owner, language, town, near):
    there = make_run(owner, latitude=TEHRAN[0], longitude=TEHRAN[1])
    away = make_run(owner, latitude=BERLIN[0], longitude=BERLIN[1], timezone="Europe/Berlin")
    home = page.speaking(language).get("/", 200)
    assert {f"/runs/{there.id}", f"/runs/{away.id}"} <= set(home.links)
    picked = page.speaking(language).get(f"/?near={quote(town)}", 200)
    assert f"/runs/{there.id}" in picked.links
    assert f"/runs/{away.id}" not in picked.links
    assert near in "".join(picked.one(id="next").itertext())
    assert picked.form("/#next").values["near"] == town


def test_a_visitor_of_a_town_without_runs_sees_those_further_away(page, owner):
    away = make_run(owner, latitude=BERLIN[0], longitude=BERLIN[1], timezone="Europe/Berlin")
    picked = page.get("/?near=Shiraz", 200)
    assert "Nobody has published a run near Shiraz yet" in picked.words
    assert f"/runs/{away.id}" in picked.links
    assert "km away" in picked.words


def test_a_town_that_nobody_knows_is_said_beside_the_field(page, owner):
    run = make_run(owner)
    picked = page.get("/?near=Xyzzyville")
    assert "We don't know this town" in picked.words
    assert f"/runs/{run.id}" in picked.links


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_visitor_reads_how_it_works_in_three_steps(page, language):
    home = page.speaking(language).get("/", 200)
    assert len(home.one("ol", class_="ways").findall("li")) == 3
    assert {"/login", "/cards", "/runs/new"} <= set(home.links)


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("path", ["/", "/runs", "/cards"])
def test_what_came_with_a_visitors_address_is_on_no_other_visitors_page(page, path):
    for address in (f"{path}?near=Tehran&friend=of-a-friend", f"{path}?near=Tehran"):
        assert "of-a-friend" not in page.get(address, 200).text
