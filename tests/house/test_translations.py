"""Everything that is said is said in Persian too, and well as far as a machine can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from hampa.platform.locale import i18n
from tests.house import catalogue, persian_style
from tests.pseudo import pseudo_locale, pseudo_translations, unmarked


def pairs(message: Message) -> list[tuple[str, str]]:
    """Return the English and the Persian, form by form; every Persian form is compared with the English plural."""
    english = message.id if isinstance(message.id, str) else message.id[1]
    return [(english, form) for form in catalogue.forms(message)]


def test_everything_that_is_said_is_in_the_catalogue() -> None:
    missing = catalogue.missing()
    assert not missing, "\n`make messages`, then write the Persian of:\n" + "\n".join(missing)


def test_the_catalogue_has_nothing_that_is_no_longer_said() -> None:
    left = catalogue.left()
    assert not left, "\n`make messages` takes these out:\n" + "\n".join(left)


def test_nothing_lacks_its_persian() -> None:
    missing = catalogue.untranslated()
    assert not missing, "\nthese have no Persian:\n" + "\n".join(missing)


ONE_MEANING = {"Publish": {"organising", "run_search", "dev"}, "Take it back": {"series"}}
"""Words whose Persian fits the pages of these features alone, as of a run or a day; others say what they mean."""


def test_words_of_several_meanings_have_a_context_where_the_first_does_not_fit() -> None:
    templates = Path(i18n.__file__).parents[2] / "templates"
    found = [
        f"{path.relative_to(templates)}: {words}"
        for path in templates.rglob("*.html")
        for words, features in ONE_MEANING.items()
        if f'_("{words}")' in path.read_text() and path.relative_to(templates).parts[0] not in features
    ]
    assert not found, '\nsay it with pgettext("of what", …):\n' + "\n".join(found)


def test_nothing_is_fuzzy() -> None:
    assert not [message.id for message in catalogue.entries(catalogue.persian()) if message.fuzzy], (
        "read it, mend it, and take the mark away"
    )


def test_numbers_come_written_out() -> None:
    """`%(n)d` would write Latin digits, or fail on a text; in `ngettext`, `num` is written out for everybody."""
    found = []
    for message in catalogue.entries(catalogue.said()):
        texts = [message.id] if isinstance(message.id, str) else message.id
        for name in {name for text in texts for name in persian_style.NUMBER.findall(text)}:
            if name != "num" or isinstance(message.id, str):
                found.append(f"{message.locations[0][0]}: {texts[0]!r}: pass it through `number` and write %({name})s")
    assert not found, "\n" + "\n".join(found)


def test_persian_has_two_forms_for_counted_things() -> None:
    assert (catalogue.persian().num_plurals, catalogue.persian().plural_expr) == (2, "(n > 1)")


def test_the_persian_is_written_well() -> None:
    found = [
        f"{original!r} → {form!r} {fault}"
        for message in catalogue.entries(catalogue.persian())
        for original, form in pairs(message)
        if form
        for fault in dict.fromkeys(persian_style.faults(original, form))
    ]
    assert not found, "\n" + "\n".join(found)


def test_one_english_name_of_a_thing_has_one_persian() -> None:
    """What differs in capitals or the full stop alone is the same thing."""
    by_words: dict[str, set[str]] = {}
    for message in catalogue.entries(catalogue.persian()):
        if isinstance(message.id, str) and not message.context and len(message.id.split()) <= 2:
            by_words.setdefault(message.id.strip(".!…").lower(), set()).add(str(message.string).strip(".!…"))
    differing = {english: sorted(forms) for english, forms in by_words.items() if len(forms) > 1}
    assert not differing, f"say each in one way, or give it a context (pgettext): {differing}"


def test_the_word_for_plans_of_training_means_nothing_else() -> None:
    """Schedules are نوبت‌بندی and programs are اپ: see docs/glossary.md."""
    found = [
        f"{original!r} → {form!r}"
        for message in catalogue.entries(catalogue.persian())
        for original, form in pairs(message)
        if re.search("برنامه(?!\u200cریزی)", form)
        and (not re.search("plan|course", original, re.I) or re.search(r"\b(schedule|program|app)s?\b", original, re.I))
    ]
    assert not found, "\n" + "\n".join(found)


BAD = [
    ("%(n)s left", "مانده", persian_style.placeholders),
    ("%(n)s left", "%(m)s مانده", persian_style.placeholders),
    ("left", "%(n)s مانده", persian_style.placeholders),
    ("%(n)s left", "%(n) مانده", persian_style.placeholders),
    ("<b>%(n)s</b>", "%(n)s", persian_style.placeholders),
    ("Go on.", "برو", persian_style.ends),
    ("Sure?", "حتماً.", persian_style.ends),
    ("So: ", "پس:", persian_style.ends),
]
BAD_PERSIAN = [
    ("سارا, رضا", persian_style.marks),
    ("می‌آیی?", persian_style.marks),
    ('"سارا"', persian_style.marks),
    ("۵%", persian_style.marks),
    ("سارا ، رضا", persian_style.marks),
    ("سارا،رضا", persian_style.marks),
    ("« سارا»", persian_style.marks),
    ("سارا  رضا", persian_style.marks),
    ("کتاب علي", persian_style.letters),
    ("كارت", persian_style.letters),
    ("٣ جا", persian_style.letters),
    ("3 جا", persian_style.letters),
    ("لاگین با Google", persian_style.letters),
    ("می آیند", persian_style.half_spaces),
    ("نمی شود", persian_style.half_spaces),
    ("میشود", persian_style.half_spaces),
    ("و نمیخواهی", persian_style.half_spaces),
    ("کارت ها", persian_style.half_spaces),
    ("کارت های تو", persian_style.half_spaces),
    ("آرام تر", persian_style.half_spaces),
    ("رفته اند", persian_style.half_spaces),
    ("جادهها", persian_style.half_spaces),
    ("کار‌ها", persian_style.half_spaces),
    ("سارا \u200cرضا", persian_style.half_spaces),
    ("سارا\u200c", persian_style.half_spaces),
    ("لطفا کد را بنویس", persian_style.tone),
    ("کد شما", persian_style.tone),
    ("این کد می‌باشد", persian_style.tone),
    ("این لینک کار نمی‌کند", persian_style.tone),
    ("کد شما را فرستادیم", persian_style.tone),
]


@pytest.mark.parametrize(("original", "form", "law"), BAD)
def test_a_bad_translation_is_found(original: str, form: str, law: Callable[[str, str], list[str]]) -> None:
    assert law(original, form)


@pytest.mark.parametrize(("form", "law"), BAD_PERSIAN)
def test_bad_persian_is_found(form: str, law: Callable[[str], list[str]]) -> None:
    assert law(form)


@pytest.mark.parametrize(
    ("original", "form"),
    [
        ("%(name)s comes, %(num)d wait.", "%(name)s می‌آید، %(num)s نفر منتظرند."),
        ("<b>%(name)s</b> goes to “%(run)s”", "<b>%(name)s</b> به «%(run)s» می‌رود"),
        ("Runs and cards", "دویدن‌ها و کارت‌ها؛ میدان آزادی، پیشِ رو"),
        ("%(share)s%% fit", "%(share)s٪ جور"),
        ("Where?", "کجا؟"),
        ("See https://hampa.example/a?b=1, or not", "ببین https://hampa.example/a?b=1 یا نه"),
    ],
)
def test_good_persian_is_left_alone(original: str, form: str) -> None:
    assert persian_style.faults(original, form) == []


def test_fields_are_ours_so_that_their_errors_are_in_the_catalogue() -> None:
    """WTForms' own fields and validators speak from its catalogue, in which nobody looks."""
    found = []
    for path in catalogue.HAMPA.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            if any(module.split(".")[0] == "wtforms" for module in modules) and path.parent.name != "web":
                found.append(str(path.relative_to(catalogue.ROOT)))
    assert not found, f"{found}: take fields from hampa.platform.web.fields"


def test_in_the_pseudo_locale_every_message_is_marked() -> None:
    with pseudo_locale(), i18n.use_locale("fa"):
        assert i18n.gettext("Hello %(name)s", name="Sara") == "⟦Hello Sara⟧"
        assert i18n.ngettext("%(num)d place", "%(num)d places", 3) == "⟦۳ places⟧"
        assert i18n.pgettext("month", "May") == "⟦May⟧"
        assert str(i18n.lazy_gettext("Today")) == "⟦Today⟧"
    with i18n.use_locale("fa"):
        assert i18n.gettext("Today") == "امروز"
    assert pseudo_translations().npgettext("x", "a", "b", 1) == "⟦a⟧"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<h1>⟦Runs⟧</h1>", []),
        ("<h1>Runs</h1>", ["Runs"]),
        ("<p>⟦Run with <b>Sara</b> at ⟦6:00⟧ there⟧ now</p>", ["now"]),
        ("<p>6:00 · 14</p>", []),
        ('<p dir="auto">Said by Sara</p><bdi>Sara</bdi>', []),
        ('<a lang="fa" href="?lang=fa">فارسی</a>', []),
        ("<p>Dawn by the lake</p>", []),
        ('<input placeholder="⟦Name⟧" title="Name">', ["Name"]),
        ('<input type="submit" value="Send"><input type="text" value="typed">', ["Send"]),
        ('<meta name="description" content="About">', ["About"]),
        ("<script>let x</script><style>p{}</style>", []),
        ('<img alt="Face"><button aria-label="⟦Close⟧">x</button>', ["Face"]),
    ],
)
def test_words_that_were_never_marked_are_found(source: str, found: list[str]) -> None:
    assert unmarked(source, said=["Dawn by the lake"]) == found
