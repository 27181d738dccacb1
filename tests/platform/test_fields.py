"""What people type into fields, and what stands beside them then."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from hampa.platform.locale import i18n
from hampa.platform.locale.phone_words import countries_in_words
from hampa.platform.web.forms import Form
from tests.platform.field_forms import FIELDS, form_of, shown

pytestmark = pytest.mark.usefixtures("asked")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("line", "  صبح   جمعه ", "صبح جمعه"),
        ("line", "می‌دویم", "می‌دویم"),
        ("line", "🏃🏽‍♀️ dawn", "🏃🏽‍♀️ dawn"),
        ("text", "one\r\ntwo\r\n\r\n\r\n\r\nthree", "one\ntwo\n\nthree"),
        ("whole", "15", 15),
        ("whole", "۱۵", 15),
        ("whole", "١٥", 15),
        ("whole", "1,500", 1500),
        ("whole", "۱٬۵۰۰", 1500),
        ("whole", "007", 7),
        ("number", "8.5", 8.5),
        ("number", "۸٫۵", 8.5),
        ("number", "۸/۵", 8.5),
        ("number", "8,5", 8.5),
        ("number", "٨.٥", 8.5),
        ("number", "14", 14.0),
        ("number", "8.54", 8.5),
        ("latitude", "35.7448417", 35.744842),
        ("latitude", "-33.9", -33.9),
        ("latitude", "−۳۳٫۹", -33.9),
        ("latitude", "-0", 0.0),
        ("longitude", "180", 180.0),
        ("date", "1405/9/6", dt.date(2026, 11, 27)),
        ("date", "۱۴۰۵-۰۹-۰۶", dt.date(2026, 11, 27)),
        ("date", "2026-11-27", dt.date(2026, 11, 27)),
        ("time", "۶:۰۵", dt.time(6, 5)),
        ("pace", "۵:۴۰", 340),
        ("pace", "2:30", 150),
        ("pace", "15:00", 900),
        ("race", "۴۵:۰۰", 2700),
        ("race", "1:00:01", 3601),
        ("phone", "۰۹۱۲ ۳۴۵ ۶۷۸۹", "+989123456789"),
        ("phone", "\u202a+98 912 345 6789\u202c", "+989123456789"),
        ("phone", "+93 70 123 4567", "+93701234567"),
        ("any_phone", "+44 7400 123456", "+447400123456"),
        ("code", "۱۲۳ ۴۵۶", "123456"),
        ("code", "٠١٢-٣٤٥", "012345"),
        ("choice", "beginner", "beginner"),
        ("many", "tue", ["tue"]),
    ],
)
def test_what_is_typed_is_understood(kind: str, typed: str, value: Any) -> None:
    form = form_of(kind, typed)
    assert form.errors == {}
    assert form.x.data == value
    assert type(form.x.data) is type(value)


HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud83d",
    "\u202e123456",
    "1" + "0" * 400,
    "9" * 5000,
    "١e5",
    "1e5",
    "1_000",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1;2",
    "--1",
    "+-1",
    "²",
    "½",
    "一",
    "१२३",
    "..",
    ".",
    ",",
    "٫",
    "-",
    ":",
    "::",
    "/",
    "//",
    "1:",
    ":1",
    "<script>alert(1)</script>",
    "'; drop table runs; --",
    "{{ 7*7 }}",
    "%(name)s",
    "%s%n",
    "../../etc/passwd",
    "\u200c\u200d",
    "\ufeff",
    "\r\n",
    "\u2028",
    "None",
    "null",
    "[]",
    "{}",
    "true",
    "A" * 100_000,
]
READERS = [kind for kind in FIELDS if kind not in ("line", "text")]


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: ascii(typed)[:20])
@pytest.mark.parametrize("kind", READERS)
def test_hostile_input_is_an_error_beside_the_field(kind: str, typed: str) -> None:
    for locale in i18n.LOCALES:
        with i18n.use_locale(locale):
            form = form_of(kind, typed)
            assert form.x.errors, form.x.data
            assert all(str(error).strip() for error in form.x.errors)
            str(form.x()).encode()


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: ascii(typed)[:20])
@pytest.mark.parametrize("kind", ["line", "text"])
def test_hostile_text_is_refused_or_stored_as_it_is(kind: str, typed: str) -> None:
    form = form_of(kind, typed)
    str(form.x()).encode()
    if not form.x.errors:
        assert form.x.data == typed


LINES = [kind for kind in FIELDS if kind not in ("text", "choice", "many")]


@pytest.mark.parametrize("kind", LINES)
def test_nothing_reads_a_line_that_is_too_long(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads values may take the square of their length."""
    read: list[str] = []
    kept = type(form_of(kind).x)
    monkeypatch.setattr(kept, "clean", staticmethod(lambda text: read.append(text) or text))
    assert "2,000" in str(form_of(kind, "1" * 2_001).x.errors) or kind == "line"
    assert not read
    form_of(kind, "1" * 2_000)
    assert read


@pytest.mark.parametrize("kind", [*READERS, "line"])
@pytest.mark.parametrize("typed", ["-0", "-1", "0"])
def test_minus_nothing_is_an_error_except_on_the_map(kind: str, typed: str) -> None:
    form = form_of(kind, typed)
    if kind in ("latitude", "longitude"):
        assert str(form.x.data) in ("0.0", "-1.0")
    elif (kind, typed) == ("time", "0"):  # the hour alone: midnight
        assert not form.x.errors
    else:
        assert form.x.errors


@pytest.mark.parametrize(
    ("locale", "typed", "read", "question"),
    [
        ("en", "7", "07:00", "07:00, in the morning. Send it again if you mean that; if not, write 19:00."),
        ("en", "11", "11:00", "11:00, in the morning. Send it again if you mean that; if not, write 23:00."),
        ("en", "1", "01:00", "01:00, at night. Send it again if you mean that; if not, write 13:00."),
        ("fa", "۷", "۰۷:۰۰", "۱۹:۰۰"),
    ],
)
def test_an_hour_alone_is_asked_about_once_as_it_was_read(locale: str, typed: str, read: str, question: str) -> None:
    with i18n.use_locale(locale):
        form = form_of("time", typed)
        assert question in str(form.x.errors[0])
        assert shown(form) == read
        again = form_of("time", shown(form))
        assert (again.errors, i18n.digits(f"{again.x.data:%H:%M}")) == ({}, read)
        assert not any(form_of("time", clear).errors for clear in ("07", "7:00", "12", "18", "7 pm"))


@pytest.mark.parametrize("kind", [kind for kind in FIELDS if kind not in ("choice", "many")])
def test_a_refused_field_shows_what_was_typed(kind: str) -> None:
    typed = 'نه "این" <b>' + "!" * 30
    form = form_of(kind, typed, data=None)
    assert form.x.errors
    assert shown(form) == typed


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("typed", ["", "   ", "\u200c"])
def test_empty_is_refused_where_something_is_needed(kind: str, typed: str) -> None:
    assert form_of(kind, typed).x.errors


@pytest.mark.parametrize("kind", FIELDS)
def test_empty_is_fine_elsewhere(kind: str) -> None:
    form = form_of(kind, "", required=False)
    assert form.errors == {}
    assert form.x.data == {"line": "", "text": "", "many": []}.get(kind)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_name_that_was_not_posted_is_empty(kind: str) -> None:
    made = type("OneField", (Form,), {"x": FIELDS[kind]()})
    form = made(formdata=MultiDict({"other": "posted"}), data={"x": None})
    assert not form.validate()
    assert form.x.errors


@pytest.mark.parametrize("kind", FIELDS)
def test_a_file_in_place_of_text_is_empty(kind: str) -> None:
    assert form_of(kind, FileStorage(filename="x.txt")).x.errors


def test_lengths_are_counted_in_characters() -> None:
    assert form_of("line", "é" * 10).errors == {}
    assert form_of("line", "e\u0301" * 10).errors == {}
    assert form_of("line", "🏃" * 10).errors == {}
    assert form_of("text", "\r\n".join("abcde")).errors == {}
    assert form_of("line", "ab").x.errors == ["Enter at least 3 characters."]
    assert form_of("line", "a" * 11).x.errors == ["At most 10 characters fit here; this has 11."]
    with i18n.use_locale("fa"):
        assert form_of("line", "الف").errors == {}
        assert form_of("line", "ا").x.errors == ["دست‌کم ۳ حرف بنویس."]


@pytest.mark.parametrize(
    ("kind", "typed", "english", "persian"),
    [
        ("whole", "1", "Enter a number from 2 to 10,000.", "عددی از ۲ تا ۱۰٬۰۰۰ بنویس."),
        ("whole", "10001", "Enter a number from 2 to 10,000.", "عددی از ۲ تا ۱۰٬۰۰۰ بنویس."),
        ("whole", "2.5", "Enter a number from 2 to 10,000.", "عددی از ۲ تا ۱۰٬۰۰۰ بنویس."),
        ("number", "0.9", "Enter a number from 1 to 200.", "عددی از ۱ تا ۲۰۰ بنویس."),
        ("number", "200.1", "Enter a number from 1 to 200.", "عددی از ۱ تا ۲۰۰ بنویس."),
        (
            "pace",
            "2:29",
            "Enter the pace in minutes and seconds, from 2:30 to 15:00 /km.",
            "سرعت را به دقیقه و ثانیه بنویس، از ۲:۳۰ تا ۱۵:۰۰ در کیلومتر.",
        ),
        (
            "race",
            "26:10",
            "Faster than the world record (26:11)? Check the digits.",
            "تندتر از رکورد جهان (۲۶:۱۱)؟ رقم‌ها را دوباره نگاه کن.",
        ),
        (
            "phone",
            "+1 202 456 1111",
            "We can't send SMS to this country. Numbers of Iran (\u2066+98\u2069) and Afghanistan (\u2066+93\u2069) work.",
            "به شماره‌های این کشور پیامک نمی‌فرستیم. شماره‌های ایران (\u2066+۹۸\u2069) و افغانستان (\u2066+۹۳\u2069) می‌گیرند.",
        ),
        (
            "phone",
            "021 88776655",
            "This number can't receive an SMS. Enter a mobile number.",
            "این شماره پیامک نمی‌گیرد. شمارهٔ موبایل بده.",
        ),
        (
            "phone",
            "0912",
            "This is not a phone number. Check the digits; from another country it begins with + and the country's code.",
            "این شمارهٔ تلفن نیست. رقم‌ها را دوباره نگاه کن؛ شمارهٔ کشور دیگر با + و کد آن کشور شروع می‌شود.",
        ),
        ("code", "12345", "The code has 6 digits.", "کد ۶ رقم دارد."),
        ("line", "", "This can't be empty.", "این را خالی نگذار."),
        ("choice", "expert", "Choose one of these.", "یکی از همین‌ها را انتخاب کن."),
        ("choice", "", "Choose one.", "یکی را انتخاب کن."),
        ("many", "", "Choose at least one.", "دست‌کم یکی را انتخاب کن."),
    ],
)
def test_errors_in_both_languages(kind: str, typed: str, english: str, persian: str) -> None:
    with i18n.use_locale("en"):
        assert form_of(kind, typed).x.errors == [english]
    with i18n.use_locale("fa"):
        assert form_of(kind, typed).x.errors == [persian]


def test_the_record_itself_may_be_ones_best() -> None:
    assert form_of("race", "26:11").x.data == 1571


@pytest.mark.parametrize(
    ("kind", "value", "english", "persian"),
    [
        ("line", "Dawn", "Dawn", "Dawn"),
        ("text", "a\nb", "a\nb", "a\nb"),
        ("whole", 1500, "1500", "۱۵۰۰"),
        ("number", 8.5, "8.5", "۸٫۵"),
        ("number", 14.0, "14", "۱۴"),
        ("latitude", -33.9, "-33.9", "\u200e−۳۳٫۹"),
        ("date", dt.date(2026, 11, 27), "2026-11-27", "۱۴۰۵/۰۹/۰۶"),
        ("time", dt.time(6, 5), "06:05", "۰۶:۰۵"),
        ("pace", 340, "5:40", "۵:۴۰"),
        ("race", 6330, "1:45:30", "۱:۴۵:۳۰"),
        ("phone", "+989123456789", "0912 345 6789", "۰۹۱۲ ۳۴۵ ۶۷۸۹"),
        ("any_phone", "+447400123456", "+44 7400 123456", "+۴۴ ۷۴۰۰ ۱۲۳۴۵۶"),
    ],
)
def test_what_is_stored_is_shown_to_the_viewer_and_read_again(
    kind: str, value: Any, english: str, persian: str
) -> None:
    for locale, expected in (("en", english), ("fa", persian)):
        with i18n.use_locale(locale):
            written = shown(form_of(kind, data=value))
            assert written == expected
            assert form_of(kind, written).x.data == value


def test_paces_are_per_mile_for_who_runs_in_miles() -> None:
    with i18n.use_locale("en", units="miles"):
        form = form_of("pace", "9:00")
        assert form.x.data == 336
        assert form_of("pace", "4:00").x.errors == ["Enter the pace in minutes and seconds, from 4:01 to 24:08 /mi."]
        assert form_of("pace", "4:01").x.data == 150
        assert form_of("pace", "24:08").x.data == 900


def test_the_countries_that_get_sms_are_named_and_many_are_counted() -> None:
    with i18n.use_locale("en"):
        few = countries_in_words(("IR", "DE", "TR"))
        many = countries_in_words(("IR", "DE", "TR", "FR", "GB", "SE", "NO", "FI"))
    assert "Iran (\u2066+98\u2069), Germany (\u2066+49\u2069), and Türkiye (\u2066+90\u2069) work." in few
    assert "Sweden (\u2066+46\u2069), and 2 more countries work." in many
    assert "Norway" not in many
