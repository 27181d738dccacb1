"""A little sent by one must not cost everybody much: time of the process, or messages that somebody pays for."""

from __future__ import annotations

import time

import pytest

from hampa.people.models import Person
from hampa.platform.text import UncleanText, clean_line, clean_text
from tests.page import Page

PILE = "a" + "\u0301\u0316" * 4_000
"""Marks in the wrong order: sorting them takes time that grows with the square of their number."""


@pytest.mark.parametrize("clean", [clean_line, clean_text])
@pytest.mark.parametrize("text", [PILE, PILE.replace("\u0316", "\u0316\u200b")], ids=["bare", "with gaps that are dropped"])
def test_a_pile_of_marks_is_refused_before_it_is_sorted(clean, text) -> None:
    with pytest.raises(UncleanText):
        clean(text)


@pytest.mark.parametrize("text", ["e" + "\u0323\u0302" * 15, "بِسْمِ ٱللَّٰهِ", "ঐশ্বর্য", "שָׁלוֹם"])
def test_marks_that_words_have_are_kept(text: str) -> None:
    assert clean_line(text)


def test_a_form_full_of_marks_is_answered_at_once(page: Page, stranger: Person) -> None:
    form = page.as_(stranger).get("/me/profile").form()
    begun = time.process_time()
    refused = form.fill(name=PILE * 20).submit(status=422)
    assert time.process_time() - begun < 5, "8 s and more without the guard"
    assert refused.error_of("name")
