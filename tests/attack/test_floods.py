"""A little sent by one must not cost everybody much: time of the process, or messages that somebody pays for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.texts.cleaning import UncleanText, clean_line, clean_text
from tests.page import Page
from tests.personas import Setting
from tests.plans.saving import save

PILE = "a" + "\u0301\u0316" * 4_000
"""Marks in the wrong order: sorting them takes time that grows with the square of their number."""


@pytest.mark.parametrize("clean", [clean_line, clean_text])
@pytest.mark.parametrize(
    "text", [PILE, PILE.replace("\u0316", "\u0316\u200b")], ids=["bare", "with gaps that are dropped"]
)
def test_a_pile_of_marks_is_refused_before_it_is_sorted(clean, text) -> None:
    with pytest.raises(UncleanText):
        clean(text)


@pytest.mark.parametrize("text", ["e" + "\u0323\u0302" * 15, "بِسْمِ ٱللَّٰهِ", "ঐশ্বর্য", "שָׁלוֹם"])
def test_marks_that_words_have_are_kept(text: str) -> None:
    assert clean_line(text)


def test_a_form_full_of_marks_is_answered_at_once(page: Page, stranger: Person) -> None:
    form = page.as_(stranger).get("/me/profile").form("/me/profile")
    begun = time.process_time()
    refused = form.fill(name=PILE * 20).submit(status=422)
    assert time.process_time() - begun < 5, "8 s and more without the guard"
    assert refused.error_of("name")


def sms_to(person: Person, purpose: str) -> int:
    had = select(func.count()).where(OutboxMessage.person_id == person.id, OutboxMessage.purpose == purpose)
    return db.session.scalar(had) or 0


def test_who_moves_a_run_all_day_long_does_not_flood_those_who_come(
    app: Flask, page: Page, setting: Setting, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = app.extensions["hampa.settings"].model_copy(update={"sms_per_person_day": 3})
    monkeypatch.setitem(app.extensions, "hampa.settings", tight)
    organiser = page.as_(setting.owner)
    for number in range(6):
        save(organiser.get(f"/runs/{setting.run.id}/edit").form(), place=f"Gate {number}")
        work()
    assert sms_to(setting.companion, "run_changed") == 3
    told = select(func.count()).where(
        Notification.person_id == setting.companion.id, Notification.type == "run_changed"
    )
    assert db.session.scalar(told) == 6
    organiser.get(f"/runs/{setting.run.id}/cancel").form().submit(status=303)
    work()
    assert sms_to(setting.companion, "run_cancelled") == 1, "what is of another kind still comes"
