"""How an organiser saves the form of a run: where it asks about time or place, they say yes."""

from __future__ import annotations

from tests.page import Answer, Form


def save(form: Form, **fields: object) -> Answer:
    """Fill in the form, send it, and answer the question if one comes; return the answer after saving."""
    answer = form.fill(**fields).submit()
    if answer.status == 422 and answer.all(id="confirm"):
        answer = answer.form(form.action).submit("Save and tell them")
    assert answer.status == 303, answer.summary
    return answer
