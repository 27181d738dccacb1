"""One's own corner, and what others see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale import dates
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.people import let_be, make_person
from tests.factories.runs import in_days, make_run, take_part

PROFILE = {"name": "سارا کریمی", "bio": "Slow & happy.\nhttps://example.org", "city": "Tehran", "gender": "female"}
SETTINGS = {"locale": "fa", "calendar": "gregorian", "units": "miles", "timezone": "Europe/Berlin"}


def fresh(session, person):
    session.expire_all()
    return session.get_one(Person, person.id)


def test_ones_own_corner_leads_everywhere(page, owner, companion):
    make_interest(companion, make_card(owner))
    seen = page.as_(owner).get("/me", 200)
    for path in ("/me/runs", "/me/cards", "/notifications", "/me/profile", "/me/settings", "/me/account"):
        assert path in seen.links
    assert {"/me/training", "/coaching"} <= set(seen.links), "before one has either"
    mine = page.as_(owner)
    training = set(mine.get("/me/training", 200).links)
    assert {"/me", "/me/training-week", "/me/coaches", "/me/files"} <= training
    assert "/me/training" in mine.get("/me/coaches", 200).links
    assert "/coaching" in mine.get("/coaching/athletes/new", 200).links
    assert seen.all("form", action="/logout")
    assert owner.phone[-4:] in seen.words
    assert "Operator" not in seen.words


def rows(seen):
    """Return the words at the end of each row of the menus, by address."""
    links = [link for nav in seen.all("nav", class_="menu-list") for link in nav.iter("a")]
    ends = [next(end for end in link.iter("span") if end.get("class") == "menu-row-end") for link in links]
    return {link.attrib["href"]: "".join(end.itertext()) for link, end in zip(links, ends, strict=True)}


def test_rows_have_their_numbers(page, owner, companion, stranger):
    make_card(stranger)
    make_run(owner)
    take_part(make_run(companion), owner)
    make_interest(companion, make_card(owner))
    make_companions(owner, make_person())
    browser = page.as_(owner)
    browser.post(f"/people/{stranger.id}/block", {}, 303)
    ends = rows(browser.get("/me", 200))
    assert ends["/me/runs"] == "2 to come"
    assert ends["/me/cards"] == "1 companion1", "and one who asks"
    assert ends["/me/blocks"] == "1"
    assert ends["/me/account"] == "1 device"


def test_the_week_counts_completed_runs_and_people_who_were_there(page, owner, companion, stranger):
    now = clock.now()
    runs = [make_run(companion, starts_at=now - timedelta(minutes=minutes), distance_km=7) for minutes in (1, 2)]
    lengthless = make_run(companion, starts_at=now - timedelta(minutes=3))
    long_ago = make_run(companion, starts_at=now - timedelta(days=8), distance_km=30)
    planned = make_run(companion, starts_at=now + timedelta(days=1), distance_km=40)
    for run in (*runs, lengthless, long_ago):
        take_part(run, owner, "COMPLETED")
    for run in runs:
        take_part(run, companion, "COMPLETED")
    take_part(runs[0], stranger, "NO_SHOW")
    take_part(planned, owner)
    seen = page.as_(owner).get("/me", 200)
    facts = [" ".join("".join(fact.itertext()).split()) for fact in seen.one("dl", class_="facts").iter("div")]
    expected_km = sum(7 for run in runs if run.starts_at >= dates.week_begins(owner.timezone))
    assert facts == [f"this week, at runs{expected_km} km", "in all4 runs", "met on them1 person"]
    assert not page.as_(stranger).get("/me", 200).all("dl", class_="facts"), "nothing is said before the first run"


@pytest.mark.parametrize("viewer", ["stranger", "companion", "owner", "operator"])
def test_only_operators_have_something_to_operate(page, setting, viewer):
    seen = page.as_(setting.viewer(viewer)).get("/me", 200)
    assert ("/admin" in seen.links) == (viewer == "operator")
    if viewer == "operator":
        (row,) = [link for link in seen.all("a", class_="menu-row") if link.attrib["href"] == "/admin"]
        assert row.attrib["aria-label"] == "Administration, 1 new"


def test_operators_pages_have_a_navigation_of_their_own(page, operator):
    browser = page.as_(operator)
    ours = "/admin/moderation", "/admin/outbox", "/admin/queues", "/admin/jobs", "/admin/help-links"
    for path in ours:
        nav = browser.get(path, 200).one("nav", class_="operate-nav")
        marks = {link.attrib["href"]: link.get("aria-current") for link in nav.iter("a")}
        assert {*ours, "/admin", "/admin/people", "/admin/rq/"} <= set(marks)
        assert [href for href, mark in marks.items() if mark] == [path]


@pytest.mark.parametrize(
    ("path", "section"), [("handle", "my-handle"), ("age", "my-age"), ("email", "my-email"), ("picture", "my-picture")]
)
def test_old_addresses_lead_to_their_section(page, owner, path, section):
    browser = page.as_(owner)
    target = browser.get(f"/me/{path}", 303).response.headers["Location"]
    assert target == f"/me/profile#{section}"
    assert browser.get("/me/profile", 200).all(id=section)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_wrong_section_says_so_beside_its_field_and_leaves_the_others(page, owner, htmx):
    form = page.as_(owner).get("/me/profile", 200).form("/me/age")
    wrong = form.fill(birth_year="12").submit(htmx=htmx, status=422)
    assert wrong.error_of("birth_year")
    if not htmx:
        assert wrong.form("/me/profile").values["name"] == owner.name


def test_my_menu_costs_the_same_with_much_and_with_little(page, owner, companion, statements):
    costs = []
    browser = page.as_(owner)
    browser.get("/me", 200)
    for more in (1, 5):
        for _ in range(more):
            run = make_run(owner)
            take_part(run, owner, "COMPLETED")
            take_part(run, companion, "COMPLETED")
        with statements() as seen:
            browser.get("/me", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 2


def test_a_page_of_a_person_costs_the_same_with_much_and_with_little(page, companion, statements):
    owner, costs = make_person(profile_visibility="everyone"), []
    browser = page.as_(companion)
    for more in (1, 5):
        for number in range(more):
            make_run(owner)
            take_part(make_run(owner, starts_local=in_days(-1 - number)), owner, "COMPLETED")
            make_card(owner)
        browser.get(f"/people/{owner.id}", 200)
        with statements() as seen:
            browser.get(f"/people/{owner.id}", 200)
        costs.append(len(seen))
    # Who looks, the person, whether they are companions, cards, runs ahead, past runs, faces, numbers, the follow; and how
    # many cards are free to see in full, which is kept for seconds.
    assert costs[0] == costs[1] <= 10


def test_an_operator_reads_that_they_are_one(page, operator):
    assert "Operator" in page.as_(operator).get("/me", 200).words


def test_who_has_no_name_yet_is_asked_for_it(page):
    newcomer = page.as_(make_person(name=""))
    assert "/welcome" in newcomer.get("/me", 200).links


@pytest.mark.parametrize("htmx", [False, True])
def test_the_profile_is_changed(page, owner, db_session, htmx):
    form = page.as_(owner).get("/me/profile", 200).form("/me/profile")
    assert form.values["name"] == owner.name
    done = form.fill(**PROFILE).submit(htmx=htmx)
    if htmx:
        assert done.status == 200
        assert [words.get("role") for words in done.all("p", class_="form-saved")] == ["status"]
        assert not done.all(id="my-handle"), "the section alone is answered"
    else:
        assert done.location == "/me/profile"
    changed = fresh(db_session, owner)
    assert {name: getattr(changed, name) for name in PROFILE} == PROFILE
    assert "https://example.org" in page.as_(owner).get("/me").links


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", " \u200c "),
        ("name", "a" * 61),
        ("name", "Sara \u202e"),
        ("bio", "a" * 501),
        ("bio", "\u202ex"),
        ("city", "a" * 81),
        ("gender", "robot"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_wrong_profile_says_where_and_keeps_what_was_typed(page, owner, db_session, name, value, language):
    owner.locale, before = language, owner.name
    seen = page.as_(owner).post("/me/profile", PROFILE | {name: value}, status=422)
    assert seen.all("p", id=f"{name}-error")
    kept = "city" if name != "city" else "name"
    assert seen.form("/me/profile").values[kept] == PROFILE[kept]
    assert fresh(db_session, owner).name == before


def test_gender_may_be_left_out_again(page, db_session):
    person = make_person(gender="female")
    page.as_(person).get("/me/profile").form("/me/profile").fill(gender="").submit(status=303)
    assert fresh(db_session, person).gender is None


@pytest.mark.parametrize("htmx", [False, True])
def test_settings_change_how_one_is_spoken_to_at_once(page, owner, db_session, htmx):
    reader = page.as_(owner)
    done = reader.get("/me/settings", 200).form().fill(**SETTINGS).submit(htmx=htmx)
    changed = fresh(db_session, owner)
    assert {name: getattr(changed, name) for name in SETTINGS} == SETTINGS
    after = done.follow()
    assert after.one("html").attrib["lang"] == "fa"
    assert "Saved" not in after.words


@pytest.mark.parametrize("name", list(SETTINGS))
@pytest.mark.parametrize("value", ["", "de", "Mars/Olympus", "../etc/passwd", "x" * 300])
def test_wrong_settings_are_refused_and_change_nothing(page, owner, db_session, name, value):
    seen = page.as_(owner).post("/me/settings", SETTINGS | {name: value}, status=422)
    assert seen.all("p", id=f"{name}-error")
    assert fresh(db_session, owner).locale == "en"


def test_my_runs_to_come_and_past(page, owner, stranger):
    now = clock.now()
    coming = make_run(owner, title="I organise this", starts_at=now + timedelta(days=1))
    joined = make_run(stranger, title="I go to this", starts_at=now + timedelta(days=2))
    take_part(joined, owner)
    past = make_run(owner, title="That was fine", starts_at=now - timedelta(days=2))
    make_run(stranger, title="Not mine", starts_at=now + timedelta(days=1))
    ahead, behind = (page.as_(owner).get(f"/me/runs{query}", 200) for query in ("", "?when=past"))
    assert [link for link in ahead.links if link in (f"/runs/{coming.id}", f"/runs/{joined.id}")]
    assert f"/runs/{joined.id}" in ahead.links
    assert f"/runs/{past.id}" not in ahead.links
    assert f"/runs/{past.id}" in behind.links
    assert "Not mine" not in ahead.words + behind.words


def test_my_runs_say_which_i_organise_and_how_many_ask(page, owner, stranger):
    asked = make_run(owner, join_policy="approval", capacity=9)
    for _ in range(4):
        take_part(asked, status="REQUESTED")
    take_part(make_run(stranger), owner)
    first, second = page.as_(owner).get("/me/runs", 200).all("article", class_="run-row-mine")
    words = [" ".join("".join(row.itertext()).split()) for row in (first, second)]
    (mine,) = [text for text in words if "You organise it" in text]
    assert "4 ask to join" in mine
    assert "9 places left" in mine


@pytest.mark.parametrize("query", ["", "?when=past"])
def test_no_runs_yet_is_an_invitation(page, stranger, query):
    assert "/runs" in page.as_(stranger).get(f"/me/runs{query}", 200).links


@pytest.mark.parametrize(
    ("viewer", "status"), [("visitor", 404), ("stranger", 404), ("companion", 200), ("owner", 200), ("operator", 200)]
)
def test_a_person_is_shown_to_their_companions(page, owner, companion, viewer, status, request):
    owner.bio, owner.city = "All about me", "Shiraz"
    make_companions(companion, owner)
    card = make_card(owner, title="Up and running")
    resting = make_card(owner, title="Asleep", state="resting")
    public = make_run(owner, title="Everybody welcome")
    hidden = make_run(owner, title="By link alone", visibility="link")
    seen = page.as_(request.getfixturevalue(viewer)).get(f"/people/{owner.id}", status)
    if status == 404:
        assert "All about me" not in seen.words
        return
    assert "All about me" in seen.words
    assert "Shiraz" in seen.words
    assert f"/cards/{card.id}" in seen.links
    assert f"/runs/{public.id}" in seen.links
    assert f"/runs/{hidden.id}" not in seen.links
    assert (f"/cards/{resting.id}" in seen.links) == (viewer == "owner")
    assert owner.phone not in seen.text


@pytest.mark.parametrize("state", ["suspended", "banned", "erased"])
def test_who_is_gone_is_shown_to_nobody(page, owner, companion, state):
    make_companions(companion, owner)
    let_be(owner, state)
    page.as_(companion).get(f"/people/{owner.id}", 404)


def test_operators_are_offered_nothing_about_who_is_gone_for_good(page, operator, companion):
    browser = page.as_(operator)
    block = f"/people/{companion.id}/block"
    assert block in browser.get(f"/people/{companion.id}", 200).links
    let_be(companion, "erased")
    assert block not in browser.get(f"/people/{companion.id}", 200).links
    browser.get(block, 404)


def test_an_interest_that_was_not_accepted_opens_nothing(page, owner, stranger):
    for status in ("pending", "declined", "withdrawn"):
        make_interest(stranger, make_card(owner), status)
    page.as_(stranger).get(f"/people/{owner.id}", 404)
    page.as_(owner).get(f"/people/{stranger.id}", 404)


@pytest.mark.parametrize("path", ["/me", "/me/profile", "/me/settings", "/me/runs", "/me/cards"])
def test_a_visitor_is_asked_to_sign_in_and_comes_back(page, path):
    assert page.get(path, 303).location == f"/login?next={path}"


def test_past_runs_keep_the_faces_of_who_came(page):
    owner = make_person(profile_visibility="everyone", shows_past_runs=True)
    run = make_run(owner, starts_local=in_days(-3))
    browser = page.as_(owner)
    assert not browser.get("/me/runs?when=past", 200).all("span", class_="faces")
    take_part(run, status="COMPLETED")
    seen = browser.get("/me/runs?when=past", 200)
    assert run.title in seen.words
    assert seen.all("span", class_="faces")
    take_part(run)
    visited = page.get(f"/people/{owner.id}", 200)  # without faces the row says how many they were
    assert run.title in visited.words and "1 person" in visited.words and "going" not in visited.words
