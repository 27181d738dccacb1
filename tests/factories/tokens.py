"""Tokens of programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.people.models import Person
from hampa.platform import clock
from hampa.tokens.actions.personal import generate_text
from hampa.tokens.models import PersonalToken
from hampa.tokens.queries import personal_token_hash
from tests.factories.base import made


def make_personal_token(person: Person, text: str = "", **given: Any) -> PersonalToken:
    """Make a personal token of a person, by default one that may see runs and that nobody has."""
    text = text or generate_text()
    values = {
        "person_id": person.id,
        "name": "Watch",
        "token_hash": personal_token_hash(text),
        "last_letters": text[-4:],
        "scopes": ["runs:read"],
        "expires_at": clock.now() + timedelta(days=30),
    }
    return made(PersonalToken, **(values | given))
