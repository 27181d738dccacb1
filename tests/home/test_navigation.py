"""The way around: the bars, the current place, the way back, and names that tell one link from another."""

from __future__ import annotations

import pytest

from tests.factories.kept_files import make_note, make_stored_file
from tests.factories.messages import make_conversation
from tests.factories.notifications import make_notification
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.training import make_plan

VIEWERS = ("visitor", "stranger", "companion", "owner", "operator")


def names(nav):
    """Return the accessible names of the links of a part of a page, by their addresses."""
    links = nav.iter("a")
    return {link.attrib["href"]: link.get("aria-label") or " ".join("".join(link.itertext()).split()) for link in links}


def current(nav):
    """Return the addresses of the links that are marked as the current place, with their marks."""
    return {link.attrib["href"]: link.attrib["aria-current"] for link in nav.iter("a") if link.get("aria-current")}


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_bars_are_the_same_for_everybody(page, setting, viewer):
    seen = page.as_(setting.viewer(viewer)).get("/", 200)
    bar = names(seen.one("nav", class_="bottom"))
    assert list(bar) == ["/", "/runs", "/cards", "/messages", "/me"]
    assert list(names(seen.one("nav", class_="wide"))) == ["/", "/runs", "/cards", "/messages"]
    assert ("/me" in names(seen.one("header"))) == (viewer != "visitor")


@pytest.mark.parametrize(
    ("path", "place", "mark"),
    [
        ("/", "/", "page"),
        ("/runs", "/runs", "page"),
        ("/runs/new", "/runs", "true"),
        ("/cards/new", "/cards", "true"),
        ("/messages", "/messages", "page"),
        ("/messages/requests", "/messages", "true"),
        ("/me", "/me", "page"),
        ("/me/settings", "/me", "true"),
    ],
)
def test_the_current_place_is_marked(page, owner, path, place, mark):
    seen = page.as_(owner).get(path, 200)
    assert current(seen.one("nav", class_="bottom")) == {place: mark}


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/runs/new", "/runs"),
        ("/runs/{run}", "/runs"),
        ("/runs/{run}/edit", "/runs/{run}"),
        ("/runs/{run}/participants", "/runs/{run}"),
        ("/me/settings", "/me"),
        ("/me/blocks", "/me"),
        ("/cards/new", "/cards"),
        ("/people/{person}", "/cards"),
        ("/safety", "/me"),
        ("/safety/new", "/safety"),
        ("/organising", "/"),
        ("/organising/requests", "/"),
        ("/crews/requests", "/"),
        ("/answers", "/"),
        ("/duties", "/"),
        ("/schedules", "/"),
        ("/rosters", "/"),
        ("/leaderboards", "/me/training"),
        ("/leaderboards/plan/{plan}", "/plans/{plan}"),
        ("/help/talk", "/me"),
        ("/mutes/run/{run}", "/runs/{run}"),
        ("/report/run/{other}", "/runs/{other}"),
        ("/files/plan/{plan}", "/plans/{plan}"),
        ("/files/{file}/delete", "/files/plan/{plan}"),
        ("/notes/plan/{plan}", "/plans/{plan}"),
        ("/notes/{note}", "/notes/plan/{plan}"),
        ("/notes/{note}/edit", "/notes/{note}"),
        ("/notes/{note}/versions", "/notes/{note}"),
        ("/summaries/plan/{plan}", "/plans/{plan}"),
    ],
)
def test_back_is_the_page_above(page, owner, path, above):
    plan = make_plan(owner)
    values = {"run": make_run(owner).id, "other": make_run().id, "person": owner.id, "plan": plan.id}
    values |= {"note": make_note(owner, plan).id, "file": make_stored_file(owner, plan).id}
    seen = page.as_(owner).get(path.format(**values), 200)
    assert [link.attrib["href"] for link in seen.all("a", class_="up")] == [above.format(**values)]


@pytest.mark.parametrize("path", ["/", "/runs", "/cards", "/messages", "/notifications", "/me"])
def test_places_of_the_bar_have_nothing_above_them(page, owner, path):
    assert not page.as_(owner).get(path, 200).all("a", class_="up")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_badge_is_part_of_one_name(page, language):
    person = make_person(locale=language)
    make_conversation(make_person(), person, "Hello", unread=1)
    make_notification(person)
    seen = page.as_(person).get("/", 200)
    expected = {"en": "Messages, 1 new", "fa": "پیام‌ها، ۱ تازه"}[language]
    for bar in ("bottom", "wide"):
        assert names(seen.one("nav", class_=bar))["/messages"] == expected
    assert "1" in names(seen.one("header"))["/notifications"] or "۱" in names(seen.one("header"))["/notifications"]


def test_the_field_of_the_header_searches_runs(page, owner):
    run, other = make_run(owner, title="Fox hill"), make_run(owner, title="Lake")
    (form,) = page.get("/", 200).all("form", class_="find")
    field = next(form.iter("input"))
    found = page.get(f"{form.attrib['action']}?{field.attrib['name']}=fox", 200)
    assert f"/runs/{run.id}" in found.links
    assert f"/runs/{other.id}" not in found.links
