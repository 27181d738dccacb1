"""Making and changing a card: what is taken, what is refused and where it says so."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.cards.models import MOST_CARDS, Card
from hampa.platform.locale.measures import WORLD_RECORDS
from hampa.platform.texts.cleaning import clean_text
from tests.factories.cards import make_card
from tests.factories.people import make_person

FULL = {
    "title": "Easy mornings by the lake",
    "description": "Slow is fine.\nhttps://example.org/route",
    "place": "Chitgar lake",
    "latitude": "35.74321",
    "longitude": "51.20987",
    "days": ["mon", "wed", "fri"],
    "time_of_day": "dawn",
    "distance_km": "8.5",
    "pace": "5:40",
    "level": "regular",
    "aim": "A marathon before forty",
    "best_5k": "24:10",
    "best_10k": "50:00",
    "best_half": "1:52:30",
    "best_marathon": "4:05:00",
    "phone_visibility": "accepted",
    "company": "anyone",
    "state": "active",
}
SHORT = {name: FULL[name] for name in ("title", "place", "days", "time_of_day", "distance_km", "pace", "level")}
LONG = "a" * 1001


def faster_than_anybody(distance):
    minutes, seconds = divmod(WORLD_RECORDS[distance] - 1, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def only_card(session):
    return session.scalars(select(Card)).one()


@pytest.mark.parametrize("htmx", [False, True])
def test_a_card_with_everything_is_put_up(page, owner, db_session, htmx):
    form = page.as_(owner).get("/cards/new", 200).form().fill(**FULL)
    done = form.submit(htmx=htmx, status=200 if htmx else 303)
    card = only_card(db_session)
    assert done.location == f"/cards/{card.id}"
    assert (card.owner_id, card.days, float(card.distance_km), card.pace) == (owner.id, ["mon", "wed", "fri"], 8.5, 340)
    assert (card.best_5k, card.best_10k, card.best_half, card.best_marathon) == (1450, 3000, 6750, 14700)
    assert (card.latitude, card.longitude, card.phone_visibility) == (35.74321, 51.20987, "accepted")
    shown = done.follow()
    for words in (FULL["title"], FULL["place"], FULL["aim"], "1:52:30", "5:40"):
        assert words in shown.words
    assert "https://example.org/route" in shown.links


def test_a_short_card_is_enough_and_hides_the_phone(page, owner, db_session):
    page.as_(owner).post("/cards/new", SHORT, status=303)
    card = only_card(db_session)
    assert (card.phone_visibility, card.company, card.state) == ("hidden", "anyone", "active")
    assert card.latitude is None


def test_a_persian_form_takes_persian_digits(page, owner, db_session):
    owner.locale, owner.calendar = "fa", "solar"
    form = page.as_(owner).get("/cards/new", 200).form()
    form.fill(**SHORT | {"distance_km": "۸٫۵", "pace": "۵:۴۰", "title": "صبح‌های آرام"}, best_10k="٥٠:٠٠").submit()
    card = only_card(db_session)
    assert (float(card.distance_km), card.pace, card.best_10k, card.title) == (8.5, 340, 3000, "صبح‌های آرام")


def test_who_runs_in_miles_gives_the_pace_per_mile(page, owner, db_session):
    owner.units = "miles"
    page.as_(owner).get("/cards/new").form().fill(**SHORT | {"pace": "9:00"}).submit(status=303)
    assert only_card(db_session).pace == 336


def test_days_stand_in_the_order_of_the_locale(page, owner):
    english = page.as_(owner).get("/cards/new").form().choices("days")
    assert (english[0], english[-1]) == ("mon", "sun")
    owner.locale = "fa"
    persian = page.as_(owner).get("/cards/new").form().choices("days")
    assert (persian[0], persian[-1]) == ("sat", "fri")


WRONG = [
    ("title", ""),
    ("title", "ab"),
    ("title", "a" * 81),
    ("title", "evil \u202e title"),
    ("description", LONG),
    ("place", ""),
    ("place", "a"),
    ("place", "a" * 81),
    ("days", []),
    ("days", ["mon", "someday"]),
    ("time_of_day", ""),
    ("time_of_day", "teatime"),
    ("distance_km", ""),
    ("distance_km", "0.9"),
    ("distance_km", "200.1"),
    ("distance_km", "nan"),
    ("distance_km", "1e3"),
    ("distance_km", "-5"),
    ("pace", ""),
    ("pace", "2:29"),
    ("pace", "15:01"),
    ("pace", "5:60"),
    ("pace", "fast"),
    ("level", "all"),
    ("level", ""),
    ("aim", "a" * 81),
    ("best_5k", faster_than_anybody("5k")),
    ("best_10k", faster_than_anybody("10k")),
    ("best_half", faster_than_anybody("half")),
    ("best_marathon", faster_than_anybody("marathon")),
    ("best_marathon", "yes"),
    ("latitude", "91"),
    ("latitude", ""),
    ("longitude", "181"),
    ("longitude", ""),
    ("phone_visibility", "friends"),
    ("company", "men"),
    ("company", "women"),
    ("state", "asleep"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(page, owner, db_session, name, value):
    seen = page.as_(owner).post("/cards/new", FULL | {name: value}, status=422)
    if name in ("days", "time_of_day", "level", "phone_visibility", "company", "state"):
        assert seen.all("p", id=f"{name}-error")
    else:
        assert seen.error_of(name)
    assert seen.form().values["place" if name == "title" else "title"]
    if isinstance(value, str) and name in ("title", "place", "pace", "distance_km", "best_10k", "latitude"):
        assert seen.form().values[name] == value
    assert db_session.scalar(select(func.count()).select_from(Card)) == 0


def test_the_form_unfolds_where_something_is_wrong(page, owner):
    writer = page.as_(owner)
    assert "open" not in writer.get("/cards/new").one("details", class_="more").attrib
    refused = writer.post("/cards/new", FULL | {"best_5k": "1:00"}, status=422)
    assert "open" in refused.one("details", class_="more").attrib


HOSTILE = [
    "<script>alert(1)</script>",
    "'; drop table cards;--",
    "{{ 7*7 }}",
    "%s%n",
    "😀" * 9,
    "﷽" * 3,
    "a\tb\r\nc",
    "ي" * 40,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(page, owner, db_session, text):
    fields = SHORT | {"title": text, "place": text, "description": text, "aim": text}
    done = page.as_(owner).post("/cards/new", fields, status=303)
    shown = clean_text(text).split()
    for seen in (done.follow(), page.get("/cards", 200)):
        assert not [script for script in seen.all("script") if "alert" in (script.text or "")]
        words = seen.words.split()
        assert any(words[at : at + len(shown)] == shown for at in range(len(words))), "it stands there as it was typed"


def test_every_field_with_garbage_at_once_is_no_crash(page, owner):
    for garbage in ("\u0000", "\ud7ff", "9" * 500, "۰۰۰", "-", "٫", "true", "[]", "../.."):
        answer = page.as_(owner).post("/cards/new", dict.fromkeys(FULL, garbage))
        assert answer.status in (400, 422)


def test_the_sixth_card_is_refused_with_the_reason(page, owner, db_session):
    for _ in range(MOST_CARDS):
        make_card(owner)
    seen = page.as_(owner).post("/cards/new", SHORT, status=422)
    assert "You have 5 cards" in seen.words
    assert SHORT["title"] in seen.form().values["title"]
    assert not [link for link in page.as_(owner).get("/me/cards").links if link == "/cards/new"]
    assert db_session.scalar(select(func.count()).select_from(Card)) == MOST_CARDS


def test_a_woman_may_ask_for_women_only(page, db_session):
    woman = make_person(gender="female")
    page.as_(woman).post("/cards/new", SHORT | {"company": "women"}, status=303)
    assert only_card(db_session).company == "women"


@pytest.mark.parametrize("gender", [None, "male", "other"])
def test_nobody_else_may_not_even_keep_it(page, db_session, gender):
    other = make_person(gender=gender)
    refused = page.as_(other).post("/cards/new", SHORT | {"company": "women"}, status=422)
    assert "Only women" in refused.words
    kept = make_card(other, company="women")
    page.as_(other).post(f"/cards/{kept.id}/edit", SHORT | {"company": "women"}, status=422)
    page.as_(other).post(f"/cards/{kept.id}/edit", SHORT | {"company": "anyone"}, status=303)


@pytest.mark.parametrize("htmx", [False, True])
def test_ones_own_card_is_changed_and_found_by_its_new_words(page, owner, db_session, htmx):
    card = make_card(owner, aim="Ultra", best_10k=3000, latitude=35.7, longitude=51.4)
    form = page.as_(owner).get(f"/cards/{card.id}/edit", 200).form()
    assert (form.values["title"], form.values["pace"], form.values["best_10k"]) == (card.title, "5:30", "50:00")
    assert form.values.getlist("days") == ["tue", "thu"]
    form.fill(title="Évening loops", days=["sat"], state="resting").submit(htmx=htmx)
    db_session.expire_all()
    assert (card.title, card.days, card.state, card.aim) == ("Évening loops", ["sat"], "resting", "Ultra")
    assert {"evening", "loops", "ultra"} <= set(card.search.replace("'", "").split())


def test_a_refused_change_changes_nothing(page, owner, db_session):
    card = make_card(owner, title="As it was")
    seen = page.as_(owner).post(f"/cards/{card.id}/edit", SHORT | {"pace": "1:00"}, status=422)
    assert seen.error_of("pace")
    db_session.expire_all()
    assert card.title == "As it was"


@pytest.mark.parametrize("viewer", ["stranger", "companion", "operator"])
@pytest.mark.parametrize("what", ["edit", "delete"])
def test_others_see_it_but_do_not_change_it(page, owner, viewer, what, request, db_session):
    card = make_card(owner)
    other = page.as_(request.getfixturevalue(viewer))
    other.get(f"/cards/{card.id}/{what}", 403)
    other.post(f"/cards/{card.id}/{what}", FULL, status=403)
    db_session.expire_all()
    assert only_card(db_session).title != FULL["title"]


def test_a_resting_card_is_not_known_to_strangers(page, owner, stranger):
    card = make_card(owner, state="resting")
    for path in ("", "/edit", "/delete", "/interest"):
        page.as_(stranger).get(f"/cards/{card.id}{path}", 404)
    page.get(f"/cards/{card.id}", 404)
    page.as_(owner).get(f"/cards/{card.id}", 200)


@pytest.mark.parametrize("path", ["/cards/x", "/cards/00000000-0000-0000-0000-000000000000", "/cards/%00"])
def test_what_is_no_card_is_not_found(page, owner, path):
    for suffix in ("", "/edit", "/delete", "/interest"):
        assert page.as_(owner).get(path + suffix).status in (400, 404)


def test_the_first_field_that_is_wrong_has_the_focus(page, owner):
    answer = page.as_(owner).post("/cards/new", {"title": "Calm mornings", "place": "x"}, status=422)
    assert [field.get("name") for field in answer.all(autofocus="")] == ["place"]
    days = page.as_(owner).post("/cards/new", SHORT | {"days": "someday"}, status=422)
    assert [(field.get("name"), field.get("value")) for field in days.all(autofocus="")] == [("days", "mon")]
