"""Whose answers stay when an organiser changes the words of a question."""

from __future__ import annotations

import pytest

from hampa.questions.models import YES_NO, Question, with_kept_ids


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        ("is your pace < 5:00", True),
        ("Is your pace > 5:00?", False),
        ("Is your pace < 6:00?", False),
        ("Is your pace < 5:00 %?", False),
    ],
)
def test_no_answer_stands_under_words_that_nobody_read(words: str, stays: bool) -> None:
    present = Question(text="Is your pace < 5:00?", kind=YES_NO)
    [kept] = with_kept_ids([present], [Question(id=present.id, text=words, kind=YES_NO)])
    assert (kept.id == present.id) == stays
