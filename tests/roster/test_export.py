"""The roll as a spreadsheet and on paper: whole, readable, and no formula in it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from itertools import islice

import pytest

from hampa.platform import clock
from hampa.platform.texts.spreadsheet import FORMULA, safe_cell
from hampa.roster.queries import roster
from tests.factories.cards import make_card, make_companions
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.html import words


@pytest.fixture
def run(owner):
    return make_run(owner, title="Around the lake")


def table(answer):
    """Return the rows of a downloaded spreadsheet, as dictionaries."""
    assert answer.status == 200
    text = answer.response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def sheet(page, person, run):
    return table(page.as_(person).get(f"/runs/{run.id}/participants.csv"))


def test_it_is_a_file_that_excel_reads_as_what_it_is(page, owner, run):
    take_part(run, make_person(name="سارا کریمی"))
    answer = page.as_(owner).get(f"/runs/{run.id}/participants.csv", 200)
    assert answer.response.mimetype == "text/csv"
    assert answer.response.get_data()[:3] == b"\xef\xbb\xbf"
    disposition = answer.response.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="hampa-{run.starts_local:%Y-%m-%d}-{run.short_code}.csv"'
    assert answer.response.headers["Cache-Control"] == "no-store"
    assert table(answer)[0]["Name"] == "سارا کریمی"


def test_everybody_stands_in_it_in_the_order_of_coming(page, owner, run):
    statuses = ("GOING", "WAITLISTED", "INTERESTED", "LEFT")
    people = [take_part(run, status=status, note=f"I am {status}") for status in statuses]
    rows = sheet(page, owner, run)
    assert [row["Name"] for row in rows] == [person.name for person in people[:3]]
    assert [row["Taking part"] for row in rows] == ["Going", "Waiting", "Interested"]
    assert rows[0]["Their line"] == "I am GOING"


def test_its_head_speaks_the_readers_language(page, run):
    reader = add_organiser(run, make_person(locale="fa"))
    assert "نام" in page.as_(reader).get(f"/runs/{run.id}/participants.csv").text.splitlines()[0]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "  =1+1",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\u200b=1+1",
        "\u200e=1+1",
        '"=1+1',
        "'=1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM(1)",
        "\u22121",
        "a;=1+1",
        'a"; =1+1',
        "a,@SUM(1)",
        "a\n=1+1",
        "a\r\n=1+1",
        "a|=cmd",
    ],
)
def test_no_cell_begins_a_formula_wherever_it_is_opened(text):
    """Each cell as a program would see it that takes this sign or the other for the end of a cell."""
    written = safe_cell(text)
    for sign in (";", ",", "|", "\t", "\n", "\r"):
        for part in written.split(sign):
            seen = "".join(char for char in part if not char.isspace() and char not in '\u200b\u200e"')
            assert seen[:1] not in tuple(FORMULA), written


def test_what_is_harmless_stays_as_it_is():
    for text in ("Sara", "سارا کریمی", "8:30 at the gate; see you", "1-2", "a = b", "O'Neill", ""):
        assert safe_cell(text) == text
    assert (safe_cell(-3), safe_cell(None)) == ("-3", "")


def test_formulas_in_names_lines_and_cards_are_only_text(page, owner, run):
    nima = make_person(name='=HYPERLINK("http://evil.example","me")')
    take_part(run, nima, note="@SUM(1+1)*cmd|' /C calc'!A0", card_id=make_card(nima, title="+1+1").id)
    row = sheet(page, owner, run)[0]
    assert [row[name][:1] for name in ("Name", "Their line", "Card")] == ["'", "'", "'"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (timedelta(hours=-2, minutes=-1), ""),
        (timedelta(hours=-2), "0935 123 4567"),
        (timedelta(hours=3), "0935 123 4567"),
        (timedelta(hours=3, minutes=1), ""),
    ],
)
def test_numbers_of_who_comes_are_there_around_the_run(page, owner, run, moment, expected):
    take_part(run, make_person(phone="+989351234567"))
    take_part(run, make_person(phone="+989351234568"), "INTERESTED")
    with clock.frozen(run.starts_at + moment):
        assert [row["Phone"] for row in sheet(page, owner, run)] == [expected, ""]


@pytest.mark.parametrize(
    ("visibility", "companions", "expected"),
    [
        ("public", False, "0935 123 4567"),
        ("accepted", True, "0935 123 4567"),
        ("accepted", False, ""),
        ("hidden", True, ""),
    ],
)
def test_at_other_times_a_number_is_there_as_the_card_says(page, owner, run, visibility, companions, expected):
    nima = make_person(phone="+989351234567")
    if companions:
        make_companions(owner, nima)
    take_part(run, nima, card_id=make_card(nima, phone_visibility=visibility).id)
    assert sheet(page, owner, run)[0]["Phone"] == expected


def test_a_number_from_abroad_is_no_formula(page, owner, run):
    take_part(run, make_person(phone="+4915112345678"))
    with clock.frozen(run.starts_at):
        assert sheet(page, owner, run)[0]["Phone"].startswith("0049")


def test_a_long_roll_is_read_in_batches_and_misses_nobody(owner, run, monkeypatch, statements, db_session):
    monkeypatch.setattr(roster, "BATCH_SIZE", 3)
    people = [take_part(run).id for _ in range(8)]
    db_session.commit()
    with statements() as seen:
        entries = list(roster.roster_of(owner, run))
    assert [entry.id for entry in entries] == people
    assert len([line for line in seen if "participations" in line]) == 3
    assert [entry.id for entry in islice(roster.roster_of(owner, run), 5)] == people[:5]


def test_the_paper_has_a_box_for_each_who_comes_and_who_waits_below(page, owner, run):
    for name in ("Zahra", "Arash", "Nima"):
        take_part(run, make_person(name=name))
    waits = take_part(run, status="WAITLISTED")
    take_part(run, make_person(name="Perhaps"), "INTERESTED")
    seen = page.as_(owner).get(f"/runs/{run.id}/print", 200)
    tables = [[words(head) for head in found.iter("th") if head.get("scope") == "row"] for found in seen.all("table")]
    assert tables == [["Arash", "Nima", "Zahra"], [waits.name]]
    assert len(seen.all("td", class_="roll-box")) == 4
    assert "Perhaps" not in seen.words


def test_persian_names_stand_in_the_order_of_their_alphabet(page, owner, run):
    for name in ("یاسمن", "پروین", "گیتی", "چکاوک", "بهار", "ژاله", "کاوه"):
        take_part(run, make_person(name=name))
    seen = page.as_(owner).get(f"/runs/{run.id}/print", 200)
    names = [words(head) for head in seen.all("th", scope="row")]
    assert names == ["بهار", "پروین", "چکاوک", "ژاله", "کاوه", "گیتی", "یاسمن"]


def test_paper_carries_no_numbers(page, owner, run):
    take_part(run, make_person(phone="+989351234567"))
    with clock.frozen(run.starts_at):
        assert "4567" not in page.as_(owner).get(f"/runs/{run.id}/print", 200).words


def test_an_empty_list_says_so(page, owner, run):
    assert "Nobody yet" in page.as_(owner).get(f"/runs/{run.id}/print", 200).words
    assert sheet(page, owner, run) == []


@pytest.mark.parametrize("path", ["participants.csv", "print"])
def test_organisers_alone_have_it(page, visitor, stranger, operator, owner, run, path):
    comes, reza = take_part(run), add_organiser(run)
    for person in (stranger, operator, comes):
        page.as_(person).get(f"/runs/{run.id}/{path}", 403)
    page.as_(visitor).get(f"/runs/{run.id}/{path}", 303)
    page.as_(reza).get(f"/runs/{run.id}/{path}", 200)


def test_the_paper_has_a_column_only_where_something_stands_in_it(page, owner, run):
    take_part(run)
    heads = [words(head) for head in page.as_(owner).get(f"/runs/{run.id}/print").all("th", scope="col")]
    assert heads == ["Here", "Name"]
    take_part(run, guests=2, note="I bring tea")
    seen = page.as_(owner).get(f"/runs/{run.id}/print")
    assert [words(head) for head in seen.all("th", scope="col")] == ["Here", "Name", "Guests", "Their line"]
    assert "+ 2 guests" in seen.words
