"""Words as search compares them."""

from __future__ import annotations

import pytest

from hampa.platform.texts.search import parse_search, searchable_words


def finds(query: str, text: str) -> bool:
    """Whether a text is found, as the database compares: each asked word begins one of the text's."""
    words = searchable_words(text)
    return all(any(word.startswith(choice) for word in words for choice in choices) for choices in parse_search(query))


def test_words_are_folded_and_each_kept_once():
    assert searchable_words("Chitgar چيتگر", "دریاچهٔ چیتگر، chitgar") == ["chitgar", "چیتگر", "دریاچه"]
    assert searchable_words("می‌دویم 3:30 ۱۰") == ["می", "دویم", "3", "30", "10", "میدویم"]


@pytest.mark.parametrize("written", ["می‌دویم", "میدویم", "می دویم"])
@pytest.mark.parametrize("typed", ["می‌دویم", "میدویم", "می دویم", "می‌دو", "ميدوي"])
def test_a_half_space_may_be_a_space_or_nothing(written, typed):
    assert finds(typed, f"جمعه‌ها صبح زود {written} دور دریاچه")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("كوچه", "کوچه"),
        ("دریاچه", "دریاچهٔ چیتگر"),
        ("مسئول", "مسئول"),
        ("آرام", "ارام"),
        ("cafe muller", "Café Müller"),
        ("STRASSE", "Karl-Marx-Straße"),
        ("١٤٠٥", "۱۴۰۵"),
        ("1405", "۱۴۰۵"),
        ("دانشاموز", "دانش‌آموز"),
        ("مدرسه", "مَدرِسِه"),
    ],
)
def test_letters_digits_and_marks_that_are_one_to_the_reader_are_one(typed, written):
    assert finds(typed, written)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("دویم", "می دوم"),
        ("ark", "park"),
        ("north gate", "northgate"),
        ("دریاچه جنگلی", "دریاچهجنگلی"),
        ("lake sara", "lake"),
    ],
)
def test_what_is_another_word_is_not_found(typed, written):
    assert not finds(typed, written)


def test_words_too_long_or_too_many_for_an_index_are_cut():
    assert searchable_words("a" * 5000) == ["a" * 40]
    assert len(searchable_words(" ".join(map(str, range(2500))))) == 1500
    assert searchable_words("'!&|:*\\ … «»") == []


def test_a_query_of_very_many_words_is_cut():
    assert len(parse_search(" ".join(map(str, range(500))))) == 12
