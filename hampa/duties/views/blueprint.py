"""The blueprint of duties, and what its templates share."""

import uuid
from datetime import datetime

from flask import Blueprint, request

from hampa.duties.forms import ATTENDANCE_WORDS, PROOF_WORDS, ROLE_WORDS
from hampa.duties.queries.shifts import parse_token
from hampa.platform.errors import NotFound
from hampa.platform.locale.shift_words import describe_shifts
from hampa.platform.web import slots

blueprint = Blueprint("duties", __name__)
slots.share(
    blueprint,
    duty_roles=ROLE_WORDS,
    duty_attendances=ATTENDANCE_WORDS,
    duty_proofs=PROOF_WORDS,
    shift_rule_words=describe_shifts,
)


def start_in(token: str) -> datetime:
    """Return the start that an address names. Raise NotFound for another text."""
    start = parse_token(token)
    if start is None:
        raise NotFound
    return start


def posted_id(name: str) -> uuid.UUID:
    """Return the id of a field that was sent. Raise NotFound for another text."""
    try:
        return uuid.UUID(request.form.get(name, ""))
    except ValueError:
        raise NotFound from None
