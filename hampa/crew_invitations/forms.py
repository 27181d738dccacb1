"""A list of phone numbers as it is pasted or uploaded: each row with its number, or what is wrong with it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flask import request

from hampa.platform.config import settings
from hampa.platform.locale import phone
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.locale.phone_words import countries_in_words, country_choices, readings_in_words
from hampa.platform.locale.regions import phone_regions
from hampa.platform.texts.spreadsheet import read_table
from hampa.platform.web.fields import BooleanField, SelectField, TextAreaField
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import UploadField

MOST_NUMBERS = 50
MOST_ROWS = 200
LONGEST_LIST = 20_000
HEADS = {
    *("phone", "mobile", "number", "tel", "telephone", "cell", "phone number", "mobile number", "cell phone"),
    *("موبایل", "شماره", "تلفن", "شماره موبایل", "شمارهٔ موبایل", "شماره تلفن", "تلفن همراه", "شماره همراه"),
}
FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A row of the list: its text, and the number in E.164 or the problem in words."""

    row: int
    text: str
    number: str = ""
    problem: str = ""
    is_asked: bool = False
    """Whether a country decides what number it is."""


@dataclass(slots=True)
class NumberList:
    """The rows of a list; `countries` are the countries of numbers that may be of several."""

    rows: list[ListedNumber] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """Return the numbers that can be invited."""
        return [row.number for row in self.rows if row.number and not row.problem]

    @property
    def problems(self) -> list[ListedNumber]:
        """Return the rows that can't be invited."""
        return [row for row in self.rows if row.problem]


def read_numbers(
    table: Sequence[Sequence[str]],
    regions: Sequence[str],
    known: Callable[[Collection[str]], Collection[str]] = lambda numbers: (),
    *,
    heads: bool = True,
) -> NumberList:
    """Return the numbers of a table: those of the column with a head, else each cell with enough digits.

    `known` returns those of some numbers that were invited already. A list says nothing of who has an account.
    """
    found = NumberList()
    column, start = _head_of(table) if heads else (None, 0)
    parsed = [
        (index, text, *_parse(text, regions))
        for index, cells in enumerate(table[start:], start + 1)
        for text in _numbers_in(cells, column)
    ]
    before = known({one[2] for one in parsed if one[2]})
    seen: set[str] = set()
    for index, text, one, wrong, readings in parsed:
        found.countries += [country for country in readings if country not in found.countries]
        if one and one in seen:
            problem = _("It is in the list twice.")
        else:
            problem = _("The crew invited this number already.") if one in before else wrong
        seen.add(one)
        found.rows.append(ListedNumber(index, text[:60], one, problem, is_asked=bool(readings)))
    return found


def _head_of(table: Sequence[Sequence[str]]) -> tuple[int | None, int]:
    """Return the column of the numbers, None if no head says it, and the index of the first row."""
    if not table or any(_digits(cell) for cell in table[0]):
        return None, 0
    heads = [cell.strip().strip(":").casefold() for cell in table[0]]
    column = next((index for index, head in enumerate(heads) if head in HEADS), None)
    return column, 1 if column is not None or len(table) > 1 else 0


def _numbers_in(cells: Sequence[str], column: int | None) -> list[str]:
    """Return the texts of a row that may be numbers; if none has enough digits, its first text."""
    if column is not None:
        return [cells[column]] if column < len(cells) and cells[column] else []
    texts = [cell for cell in cells if cell]
    return [cell for cell in texts if _digits(cell) >= FEWEST_DIGITS] or texts[:1]


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _parse(text: str, regions: Sequence[str]) -> tuple[str, str, Mapping[str, str]]:
    """Return a number in E.164 or "", the problem or "", and its readings if it may be of several countries."""
    countries = settings().sms_countries
    plain = text.strip().removeprefix("=").strip("\"'")
    if "e+" in plain.casefold():
        return "", _("The spreadsheet shortened this number. Format the column as text, and save it again."), {}
    try:
        return phone.parse_in_regions(plain, regions, countries), "", {}
    except phone.PhoneError as error:
        problems = {
            "invalid": _("This is not a phone number."),
            "not_mobile": _("This number can't receive an SMS."),
            "ambiguous": readings_in_words(error.readings),
        }
        return "", problems.get(error.reason) or countries_in_words(countries or ()), error.readings


class NumbersForm(OnceForm):
    """A list of numbers, pasted or as a file; `country` is that of numbers that may be of several."""

    numbers = TextAreaField(_l("Phone numbers, one a line"), max=LONGEST_LIST, required=False, render_kw={"dir": "ltr"})
    file = UploadField(_l("Or a file: CSV or text"), megabytes=1)
    country = SelectField(_l("Which country?"), [("", "")], required=False)
    agreed = BooleanField(_l("They agreed to be invited: I have their consent, and they know me"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Let the country of the request be chosen."""
        super().__init__(*args, **kwargs)
        chosen = request.form.get("country", "")
        self.country.set_choices([("", ""), (chosen, chosen)] if phone.is_region(chosen) else [("", "")])

    def read(self, known: Callable[[Collection[str]], Collection[str]]) -> NumberList:
        """Return the numbers of the list, with the errors of the list as a whole on its field.

        `known` returns those of some numbers that were invited already.
        """
        text: str | bytes = self.numbers.data or ""
        if self.file.data:
            text = self.file.data[0].stream.read()
        try:
            table = read_table(text, MOST_ROWS)
        except ValueError:
            self.numbers.errors = [_("We can't read this file. Save it as CSV or as text.")]
            return NumberList()
        found = read_numbers(table, self.regions, known)
        if not found.rows:
            self.numbers.errors = [_("Enter or choose a list of numbers first.")]
        elif len(found.rows) > MOST_NUMBERS:
            self.numbers.errors = [_("Take %(most)s numbers at a time at most.", most=number(MOST_NUMBERS))]
        if found.countries:
            self.country.set_choices([("", _("Choose …")), *country_choices(found.countries)])
        return found

    @property
    def regions(self) -> Sequence[str]:
        """Return the countries as in which numbers are read."""
        return [self.country.data] if self.country.data else phone_regions()
