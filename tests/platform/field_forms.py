"""Forms of one field, to try what can be typed into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from werkzeug.datastructures import MultiDict

from hampa.platform.web.fields import (
    CodeField,
    DateField,
    FloatField,
    IntegerField,
    LatitudeField,
    LongitudeField,
    PaceField,
    PhoneField,
    RaceTimeField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import Form
from hampa.platform.web.moments import TimeField

FIELDS: dict[str, Callable[..., Any]] = {
    "line": lambda **more: StringField("Title", min=3, max=10, **more),
    "text": lambda **more: TextAreaField("Text", max=20, **more),
    "whole": lambda **more: IntegerField("Places", min=2, max=10_000, **more),
    "number": lambda **more: FloatField("Distance", min=1, max=200, **more),
    "latitude": lambda **more: LatitudeField("Latitude", **more),
    "longitude": lambda **more: LongitudeField("Longitude", **more),
    "date": lambda **more: DateField("Day", **more),
    "time": lambda **more: TimeField("Time", **more),
    "pace": lambda **more: PaceField("Pace", min=150, max=900, **more),
    "race": lambda **more: RaceTimeField("Best", distance="10k", **more),
    "phone": lambda **more: PhoneField("Phone", **more),
    "any_phone": lambda **more: PhoneField("Phone", to_call=True, **more),
    "code": lambda **more: CodeField("Code", **more),
    "choice": lambda **more: SelectField("Level", [("all", "All"), ("beginner", "Beginner")], **more),
    "many": lambda **more: SelectMultipleField("Days", [("mon", "Monday"), ("tue", "Tuesday")], **more),
}


def form_of(kind: str, *values: Any, data: Any = None, **more: Any) -> Any:
    """Return a form with one field called x, posted with these values under its name (or not at all)."""
    made = type("OneField", (Form,), {"x": FIELDS[kind](**more)})
    posted = MultiDict([("x", value) for value in values] + [("other", "posted")]) if values else None
    form = made(formdata=posted, data={"x": data})
    if values:
        form.validate()
    return form


def shown(form: Any) -> str:
    """Return what the field shows."""
    html = str(form.x())
    found = re.search(r'value="([^"]*)"', html) or re.search(r">\s*([^<]*)</textarea>", html)
    assert found, html
    return unescape(found[1]).replace("\r\n", "\n")
