"""The search over everything: what is found, how it is ranked and marked, and never a word of what one may not see."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.crews.actions.memberships import leave_crew
from hampa.messages.actions.changing import delete_message
from hampa.people.actions import block
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import fold
from hampa.platform.texts.marking import marked, part_around
from hampa.platform.texts.search import LONGEST_WORD, parse_search, searchable_words
from hampa.search.queries import belongings, providers
from hampa.training.actions.plans import leave_plan
from tests.factories.cards import make_card
from tests.factories.crews import make_crew
from tests.factories.kept_files import make_note, make_stored_file
from tests.factories.messages import make_conversation, make_crew_conversation, make_message
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.factories.training import make_plan

WORD = "kestrel"
KINDS = ("people", "runs", "cards", "crews", "plans", "files", "messages")


def kinds_found(program, person, words: str = WORD) -> set[str]:
    """Return the kinds of which somebody finds something, by pages of one kind and by the best of all."""
    mine = program.as_(person)
    by_kind = {kind for kind in KINDS if mine.get(f"/search?q={words}&type={kind}", 200).data}
    assert {hit["kind"] for hit in mine.get(f"/search?q={words}", 200).data} == by_kind
    return by_kind


def test_each_viewer_finds_what_they_may_see_until_they_may_not(program, page, owner, companion, stranger, operator):
    companions = make_person(name="Kestrel Nazari", profile_visibility="companions")
    assert not kinds_found(program, stranger)
    crew = make_crew(owner, companion, name="Kestrel runners", is_listed=False)
    make_run(owner, title="Kestrel at dawn", visibility="crew", crew_id=crew.id)
    make_card(owner, title="Kestrel twice a week")
    plan = make_plan(owner, companion, name="Kestrel half marathon")
    make_stored_file(owner, plan, name="Kestrel.pdf")
    make_message(make_crew_conversation(crew), owner, text="Who brings the kestrel?")
    db.session.commit()
    theirs = {"runs", "cards", "crews", "plans", "files", "messages"}
    assert kinds_found(program, owner) == theirs
    assert kinds_found(program, companion) == theirs
    assert kinds_found(program, stranger) == {"cards"}
    assert kinds_found(program, None) == {"cards"}
    assert kinds_found(program, operator) == {"people", "cards"}
    assert kinds_found(program, companions) == {"people", "cards"}
    leave_plan(companion, plan.id)
    db.session.commit()
    assert kinds_found(program, companion) == theirs - {"plans", "files"}
    leave_crew(companion, crew.id)
    db.session.commit()
    assert kinds_found(program, companion) == {"cards"}
    block(stranger, owner.id)
    db.session.commit()
    assert not kinds_found(program, stranger)
    assert kinds_found(program, owner) == theirs
    shown = page.as_(stranger).get(f"/search?q={WORD}").text
    assert "Nothing found" in shown and "half marathon" not in shown


def test_what_is_deleted_declined_or_hidden_says_nothing(program, owner, companion, stranger):
    crew = make_crew(owner, companion, stranger, name="Quiet")
    talk = make_crew_conversation(crew)
    message = make_message(talk, stranger, text="A kestrel over the lake")
    direct = make_conversation(owner, companion)
    make_message(direct, companion, text="The kestrel is ours")
    db.session.commit()
    assert kinds_found(program, owner) == kinds_found(program, companion) == {"messages"}
    assert kinds_found(program, stranger) == {"messages"}
    hits = program.as_(stranger).get(f"/search?q={WORD}", 200).data
    assert [hit["text"] for hit in hits] == ["A kestrel over the lake"], "nothing of the conversation of two others"
    block(owner, stranger.id)
    block(companion, stranger.id)
    db.session.commit()
    assert [hit["text"] for hit in program.as_(owner).get(f"/search?q={WORD}").data] == ["The kestrel is ours"]
    delete_message(stranger, talk.id, message.id)
    db.session.commit()
    assert not kinds_found(program, stranger)
    stranger.state = "suspended"
    make_card(stranger, title="Kestrel")
    db.session.commit()
    assert not kinds_found(program, make_person()), "cards of who was suspended"


SAMPLES = {
    "علي كريمي": ("علی", "کریمی", "کري"),
    "می\u200cدویم آهسته": ("میدویم", "می دویم", "اهسته", "آهِسته"),
    "دوندگانِ پارکِ ملّت": ("ملت", "پارك", "دوندگان"),
    "گروه ۱۲ اُکتبر": ("12", "۱۲", "اکتبر"),
    "Élodie Strauß-Øye": ("elodie", "STRAUSS", "oye"),
}


def test_both_languages_are_folded_alike_by_code_and_database(program, owner):
    for name in SAMPLES:
        make_crew(owner, name=name)
        in_database = set(db.session.scalar(select(func.tsvector_to_array(func.search_words(name)))))
        assert set(fold(name.replace("\u200c", " ")).replace("-", " ").split()) <= in_database, name
        assert in_database <= set(searchable_words(name)), name
    db.session.commit()
    mine = program.as_(owner)
    missed = [
        f"{words} finds {name}"
        for name, searches in SAMPLES.items()
        for words in searches
        if [hit["title"] for hit in mine.get(f"/search?q={words}&type=crews", 200).data] != [name]
    ]
    assert not missed


def test_the_best_comes_first_with_its_words_marked_and_in_pages(app, page, program, owner, monkeypatch):
    for at in range(23):
        make_plan(owner, name=f"Week {at} of kestrel")
    make_plan(owner, name="Kestrel weeks")
    make_plan(owner, name="Kestrel")
    make_plan(owner, name="Spring", description="x " * 200 + "<b>kestrel</b> " + "y " * 200)
    db.session.commit()
    mine = program.as_(owner)
    first = mine.get("/search?q=kestrel&type=plans&limit=20", 200)
    second = mine.get(f"/search?q=kestrel&type=plans&limit=20&after={first.json['meta']['next']}", 200)
    titles = [hit["title"] for hit in [*first.data, *second.data]]
    assert titles[:2] == ["Kestrel", "Kestrel weeks"] and titles[-1] == "Spring"
    assert len(titles) == len(set(titles)) == 26 and second.json["meta"].get("next") is None
    browser = page.as_(owner)
    shown = browser.get("/search?q=KESTREL&type=plans")
    assert [mark.text for mark in shown.all("mark")][:2] == ["Kestrel", "Kestrel"]
    kept = [one.get("/search?q=kestrel").response.headers["Cache-Control"] for one in (browser, page)]
    assert kept == ["private, no-store", "private, no-cache"], "words of messages are not shown again after signing out"
    assert (
        len(browser.get(f"/search?q=kestrel&type=plans&after={first.json['meta']['next']}").all("li", class_="hit"))
        == 6
    )
    assert "&lt;b&gt;" in str(marked("<b>kestrel</b>", parse_search("kes")))
    assert "<mark>kestrel</mark>" in str(marked("<b>kestrel</b>", parse_search("kes")))
    part = part_around("x " * 200 + "kestrel " + "y " * 200, parse_search("kestrel"))
    assert part.startswith("…x") and "kestrel" in part and part.endswith("y…") and len(part) < 200
    best = browser.get("/search?q=kestrel")
    assert len(best.all("li", class_="hit")) == 5
    for nothing in ("", "k", "%%", "\u200c", "a" * 500, "' OR 1=1 --", "kestrel & !x:*"):
        browser.get(f"/search?q={nothing}", 200)
    few = settings().model_copy(update={"searches_per_minute": 1})
    monkeypatch.setitem(app.extensions, "hampa.settings", few)
    with clock.frozen(clock.now()):  # a minute that is new would begin to count anew
        browser.get("/search?q=kestrel")
        browser.get("/search?q=kestrel", 429)
        mine.get("/search?q=kestrel", 429)
        browser.get("/search", 200)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_asks_one_statement(statements, owner, kind):
    provider = next(one for one in providers.providers_for(owner) if one.kind == kind)
    search = providers.Search.of("kestrel dawn")
    provider.find(owner, search, 10)
    with statements() as asked:
        provider.find(owner, search, 10)
    assert len(asked) == 1


@pytest.mark.parametrize("age", [belongings.RECENT, -belongings.RECENT])
@pytest.mark.parametrize("window", [belongings.WINDOW, 2])
def test_words_of_notes_and_files_are_kept_and_the_latest_are_looked_through(owner, stranger, monkeypatch, window, age):
    monkeypatch.setattr(belongings, "WINDOW", window)
    files, notes = (built_once(one.__wrapped__) for one in (belongings._files, belongings._notes))
    plans = make_plan(owner), make_plan(stranger)
    for word in ("kestrel", "Kestrels", "sparrow"):
        for person, plan in zip((owner, stranger), plans, strict=True):
            make_stored_file(person, plan, name=f"The {word}.pdf")
            note = make_note(person, plan, text=f"Seen: a {word} " + "k" * 50)
    db.session.commit()

    def found(question, person, asked, most=9):
        return question(person.id, [], asked, clock.now() - age, most=most).all()

    asked, some = providers.Search.of("KESTREL").query, 2 if window > 2 else 1
    assert [row.name for row in found(files, owner, asked)] == ["The Kestrels.pdf", "The kestrel.pdf"][:some]
    assert [row.text[:15] for row in found(notes, owner, asked)] == ["Seen: a Kestrel", "Seen: a kestrel"][:some]
    assert len(found(files, owner, asked, 1)) == len(found(notes, owner, asked, 1)) == 1
    falcons = providers.Search.of("falcon").query
    assert not found(notes, owner, falcons)
    long = found(notes, owner, f"'{'k' * LONGEST_WORD}':*")
    assert len(long) == min(3, window), "long words are cut"
    note.text = "Seen: a falcon"
    db.session.commit()
    assert [row.text for row in found(notes, stranger, falcons)] == ["Seen: a falcon"], "with its words"


def test_people_with_cards_are_found_at_once_and_others_by_all_that_shows_them(statements, owner):
    def found():
        db.session.refresh(owner)
        with statements() as asked:
            hits = provider.find(owner, providers.Search.of("kestrel"), 10)
        return [hit.title for hit in hits], len(asked)

    provider = next(one for one in providers.providers_for(owner) if one.kind == "people")
    second, first = (make_person(name=name, profile_visibility="companions") for name in ("A Kestrel", "Kestrel"))
    make_card(second), make_card(first)
    db.session.commit()
    assert found() == (["Kestrel", "A Kestrel"], 1)
    make_person(name="Kestrel of nowhere", profile_visibility="companions")
    organiser = make_person(name="Kestrel of runs", profile_visibility="companions")
    make_run(organiser)
    db.session.commit()
    assert found() == (["Kestrel", "Kestrel of runs", "A Kestrel"], 2)
    block(owner, first.id)
    db.session.commit()
    owner.hidden_ids = None
    assert found() == (["Kestrel of runs", "A Kestrel"], 2)
