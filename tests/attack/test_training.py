"""Training attacked: rows without end by a timer."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.training.actions import timers
from hampa.training.models.activities import Activity


def test_a_timer_writes_no_more_than_a_form_does(owner, monkeypatch):
    monkeypatch.setattr(timers, "MOST_A_DAY", 3)
    for _each in range(3):
        timers.start_timer(owner, "run")
        timers.stop_timer(owner)
    with pytest.raises(TooFast):
        timers.start_timer(owner, "run")
    assert db.session.scalar(select(func.count(Activity.id))) == 3
