"""How fields are drawn, and what forms do with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput

from hampa.platform.errors import Refused
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import lazy_gettext
from hampa.platform.web.blanks import csrf_token
from hampa.platform.web.choice_fields import key_of_options
from hampa.platform.web.fields import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from hampa.platform.web.forms import Form, QueryForm
from hampa.platform.web.session import without_viewer
from tests.platform.field_forms import FIELDS, form_of

pytestmark = pytest.mark.usefixtures("asked")


def test_the_first_of_two_values_counts_and_more_are_no_error() -> None:
    assert form_of("code", "123456", "654321").x.data == "123456"


def test_many_are_kept_once_and_in_order() -> None:
    assert form_of("many", "tue", "mon", "tue").x.data == ["mon", "tue"]
    refused = form_of("many", "mon", "someday")
    assert refused.x.errors == ["Choose some of these."]
    assert [choice.selected for choice in refused.x.iter_choices()] == [True, False]


@pytest.mark.parametrize("typed", ["Beginner", "beginner ", "BEGINNER", "beginner\x00", "0", "all,beginner"])
def test_only_the_exact_value_is_a_choice(typed: str) -> None:
    assert form_of("choice", typed).x.errors == ["Choose one of these."]


def test_choices_are_drawn_as_a_list_or_as_buttons() -> None:
    form = form_of("choice", data="beginner")
    assert '<option selected value="beginner">Beginner</option>' in form.x()
    assert [(str(option.label.text), option.checked) for option in form.x] == [("All", False), ("Beginner", True)]
    assert 'type="radio"' in str(next(iter(form.x)))
    assert 'type="checkbox"' in str(next(iter(form_of("many").x)))
    assert form_of("many").x.data == []


def test_choices_may_be_made_anew_each_time_and_grouped() -> None:
    class Zones(Form):
        zone = SelectField("Zone", lambda: {i18n.gettext("Today"): [("a", "A")], "other": [("b", "B")]})

    with i18n.use_locale("fa"):
        assert '<optgroup label="امروز">' in Zones().zone()
    form = Zones(formdata=MultiDict({"zone": "b"}))
    assert form.validate()
    assert '<optgroup label="Today">' in form.zone()


@pytest.mark.parametrize("kind", [kind for kind in FIELDS if kind not in ("choice", "many")])
def test_every_input_says_its_direction_and_whether_the_browser_may_fill_it(kind: str) -> None:
    html = str(form_of(kind).x())
    assert f'dir="{"auto" if kind in ("line", "text", "date") else "ltr"}"' in html
    assert "autocomplete=" in html
    assert " required" in html
    assert " required" not in str(form_of(kind, required=False).x())


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [
        ("whole", 'inputmode="numeric"'),
        ("number", 'inputmode="decimal"'),
        ("phone", 'type="tel"'),
        ("phone", 'autocomplete="tel"'),
        ("code", 'autocomplete="one-time-code"'),
        ("code", 'inputmode="numeric"'),
    ],
)
def test_phones_bring_up_the_right_keyboard(kind: str, attribute: str) -> None:
    assert attribute in str(form_of(kind).x())


def test_attributes_can_be_given_where_the_field_is_made_and_where_it_is_drawn() -> None:
    form = form_of("line", autocomplete="name", render_kw={"placeholder": "Sara"})
    html = str(form.x(class_="wide", aria_describedby=None, dir="rtl"))
    assert 'autocomplete="name"' in html
    assert 'placeholder="Sara"' in html
    assert 'class="wide"' in html
    assert 'dir="rtl"' in html
    assert "aria-describedby" not in html


def test_a_feature_may_check_a_field_further_once_it_is_understood() -> None:
    class Later(Form):
        day = DateField("Day")

        def validate_day(self, field: Any) -> None:
            if field.data < dt.date(2026, 1, 1):
                raise ValidationError("past")

    refused = Later(formdata=MultiDict({"day": "1300/1/1"}))
    assert not refused.validate()
    assert refused.day.errors == ["past"]
    unread = Later(formdata=MultiDict({"day": "soon"}))
    assert not unread.validate()
    assert unread.day.errors[0].startswith("Enter the day")


def test_what_an_action_refuses_stands_beside_its_field() -> None:
    form = form_of("line", "Dawn run")
    form.refuse(Refused("Taken.", field="x"))
    assert form.x.errors == ["Taken."]
    form.refuse(Refused("Too late."))
    form.refuse(Refused("Elsewhere.", field="unknown"))
    assert form.form_errors == ["Too late.", "Elsewhere."]
    assert form.errors


def test_hidden_text_is_carried_and_never_refused() -> None:
    class Hidden(Form):
        next = HiddenField()

    form = Hidden(formdata=MultiDict({"next": "/runs?q=<\x00\ud800"}))
    assert form.validate()
    assert form.next.data == "/runs?q=<\ufffd\ufffd"
    assert 'value="/runs?q=&lt;\ufffd\ufffd"' in form.next()
    assert Hidden().next() == '<input id="next" name="next" type="hidden" value="">'


def test_the_options_of_a_definition_are_made_once() -> None:
    class Runs(Form):
        level = SelectField("Level", [("all", lazy_gettext("All")), ("beginner", lazy_gettext("Beginner"))])

    one, other = Runs(), Runs()
    assert one.level.choices is other.level.choices
    assert key_of_options(one.level.choices) == key_of_options(other.level.choices)
    one.level.set_choices([("all", "All")])
    other.level.set_choices([("all", "Everybody")])
    assert key_of_options(one.level.choices) != key_of_options(other.level.choices)
    assert Runs().level.values == ["all", "beginner"]


def test_a_hidden_field_is_written_as_wtforms_writes_it() -> None:
    class Hidden(Form):
        next = HiddenField()
        zone = HiddenField(render_kw={"data-timezone": True})
        needed = HiddenField(validators=[DataRequired()])

    form = Hidden(data={"next": "<a&\"'>", "zone": "Asia/Tehran"})
    for field in (form.next, form.zone, form.needed):
        given: dict[str, Any] = field.render_kw or {}
        assert field() == HiddenInput()(field, **given)
        assert field(id="other", data_x="1") == HiddenInput()(field, **given, id="other", data_x="1")


class Filters(QueryForm):
    q = StringField("Search", max=80, required=False)
    level = SelectField("Level", [("all", "All"), ("beginner", "Beginner")], required=False)
    day = DateField("From", required=False)
    has_room = BooleanField("Has room")
    days = SelectMultipleField("Days", [("mon", "Monday")], required=False)
    least = IntegerField("Least", min=0, max=9, required=False)


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", {}),
        ("q=&level=&day=&days=", {}),
        (
            "q=چیتگر&level=beginner&day=1405/9/6&has_room=1&days=mon",
            {"q": "چیتگر", "level": "beginner", "day": dt.date(2026, 11, 27), "has_room": True, "days": ["mon"]},
        ),
        ("level=expert&day=soon&days=someday&q=" + "x" * 81, {}),
        ("level=expert&q=lake", {"q": "lake"}),
        ("unknown=1", {}),
        ("least=0", {"least": 0}),
    ],
)
def test_filters_that_can_not_be_understood_filter_nothing(speaker: Flask, query: str, chosen: dict[str, Any]) -> None:
    with speaker.test_request_context(f"/runs?{query}"):
        form = Filters()
        assert form.chosen() == chosen
        assert "csrf_token" not in form


def test_choices_of_filters_are_those_of_now(speaker: Flask) -> None:
    offered = [("gold", "Gold")]

    class OfPlans(QueryForm):
        plan = SelectField("Plan", lambda: list(offered), required=False)

    for name in ("silver", "bronze"):
        with speaker.test_request_context("/"):
            assert OfPlans().plan.values == [value for value, _label in offered]
        offered.append((name, name))


def test_labels_follow_the_viewer() -> None:
    class Labelled(Form):
        day = DateField(lazy_gettext("Today"))

    with i18n.use_locale("fa"):
        assert str(Labelled().day.label) == '<label for="day">امروز</label>'
    assert str(Labelled().day.label) == '<label for="day">Today</label>'


def test_a_posted_form_needs_its_token(speaker: Flask) -> None:
    speaker.config["WTF_CSRF_ENABLED"] = True
    with speaker.test_request_context("/", method="POST", data={"x": "Dawn run"}):
        form = type("OneField", (Form,), {"x": FIELDS["line"]()})()
        assert not form.validate_on_submit()
        assert "csrf_token" in form.errors


def test_a_form_in_a_part_that_many_share_has_the_blank_of_its_token(speaker: Flask) -> None:
    speaker.config["WTF_CSRF_ENABLED"] = True
    with speaker.test_request_context("/"):
        form = type("OneField", (Form,), {"x": FIELDS["line"]()})
        with without_viewer():
            blank = form().csrf_token.current_token
            assert blank == csrf_token()
        assert form().csrf_token.current_token == csrf_token() != blank
