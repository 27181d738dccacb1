"""Digits, cleaning, folding, links and Markdown."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest

from hampa.platform.texts import cleaning, markdown


@pytest.mark.parametrize(
    ("typed", "latin"),
    [
        ("۰۹۱۲۳۴۵۶۷۸۹", "09123456789"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("۱۴۰۵/٩/6", "1405/9/6"),
        ("no digits", "no digits"),
        ("", ""),
    ],
)
def test_digits_of_all_kinds_become_latin(typed: str, latin: str) -> None:
    assert cleaning.to_latin_digits(typed) == latin


def test_persian_digits_and_back() -> None:
    assert cleaning.to_persian_digits("0123456789 km") == "۰۱۲۳۴۵۶۷۸۹ km"
    assert cleaning.to_latin_digits(cleaning.to_persian_digits("0123456789")) == "0123456789"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كيك", "کیک"),
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("آب", "اب"),
        ("أحمد", "احمد"),
        ("إيران", "ایران"),
        ("مسؤول", "مسوول"),
        ("جزء", "جز"),
        ("فاطمة", "فاطمه"),
        ("خانهٔ", "خانه"),
        ("خانۀ", "خانه"),
        ("می‌روم", "می روم"),
        ("مَدرِسه", "مدرسه"),
        ("ســـلام", "سلام"),
        ("۱۰ کیلومتر", "10 کیلومتر"),
        ("١٠", "10"),
        ("ﻻﻟﻪ", "لاله"),
        ("Café  NOËL", "cafe noel"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Sørensen", "sorensen"),
        ("ＴＯＫＹＯ", "tokyo"),
        ("\u200fسارا\u200e", "سارا"),
        ("  دور\n چیتگر ", "دور چیتگر"),
    ],
)
def test_search_sees_these_as_one(one: str, other: str) -> None:
    assert cleaning.fold(one) == cleaning.fold(other)


def test_folding_keeps_different_words_apart_and_is_done_once() -> None:
    words = ["سرو", "سرد", "گرد", "کرد", "پا", "با", "ژاله", "زاله", "हिन्दी", "हन्दी"]
    folded = [cleaning.fold(word) for word in words]
    assert len(set(folded)) == len(words)
    assert [cleaning.fold(word) for word in folded] == folded


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  سارا   احمدی ", "سارا احمدی"),
        ("می‌روم", "می‌روم"),
        ("e\u0301", "\u00e9"),
        ("a\tb\nc\r\nd", "a b c d"),
        ("\u200e+98\u200f", "+98"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("👩‍🦰🏃🏽‍♀️", "👩‍🦰🏃🏽‍♀️"),
        ("\u200c\u200d\u3164\u2800", ""),
        ("\u00a0 \u3000", ""),
        ("\u2068سارا\u2069", "سارا"),
        ("\u202bسارا\u202c", "سارا"),
        ("\u2067one \u2066two\u2069\u2069", "one two"),
        ("cut off \u2068here", "cut off here"),
        ("\u202cleft over", "left over"),
        ("\u2068\u2069", ""),
        ("Sara\u034f\U000e0100\U000e0041\u180b\u17b4\ufff9", "Sara"),
        ("\U000e0041", ""),
        ("Sara\u3164\uffa0", "Sara"),
        ("new \U0001faea and \u20c5", "new \U0001faea and \u20c5"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
    ],
)
def test_a_line_is_cleaned(typed: str, kept: str) -> None:
    assert cleaning.clean_line(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a \u2068سارا\u2069 b", "a \u2068سارا\u2069 b"),
        ("a \u202bسارا\u202c b", "a \u202bسارا\u202c b"),
        ("\u2067a \u202ab\u202c c\u2069", "\u2067a \u202ab\u202c c\u2069"),
        ("open \u2068here\nand \u2069there", "open here\nand there"),
        ("\u2068crossed \u202ab\u2069 c\u202c", "crossed \u202ab c\u202c"),
        ("\u2069\u202c", ""),
    ],
)
def test_directions_in_a_text_stay_where_they_are_balanced(typed: str, kept: str) -> None:
    assert cleaning.clean_text(typed) == kept


@pytest.mark.parametrize(
    ("typed", "before"),
    [
        ("gpj\u202eexe", "gpj"),
        ("\u202dexe", ""),
        ("\u2068a\u2069 long way to go here \x07", "a long way to go here"),
        ("Sara\u0378", "Sara"),
        ("\U000509b1", ""),
    ],
)
def test_what_cant_be_used_is_refused_with_its_place(typed: str, before: str) -> None:
    with pytest.raises(cleaning.UncleanText) as refused:
        cleaning.clean_line(typed)
    assert refused.value.before == before[-20:].strip()


CONTROLS = ["\u202d", "\u202e"]
CONTROLS += ["\x00", "\x07", "\x1b", "\x7f", "\x9f"]


@pytest.mark.parametrize("mark", [*CONTROLS, "\ud800", "\ufdd0", "\U0001ffff"], ids=ascii)
def test_control_and_direction_changing_characters_are_refused(mark: str) -> None:
    with pytest.raises(cleaning.UncleanText):
        cleaning.clean_line(f"gpj{mark}exe")
    with pytest.raises(cleaning.UncleanText):
        cleaning.clean_text(f"first\n{mark}second")


def test_lines_stay_lines() -> None:
    assert (
        cleaning.clean_text("\r\n first \r\nsecond\u2028third\n\n\n\n  - fourth\t\n\n")
        == " first\nsecond\nthird\n\n  - fourth"
    )
    assert cleaning.clean_text(" \n\u200c\n ") == ""


def test_what_html_can_not_carry_is_replaced() -> None:
    shown = cleaning.without_surrogates("a\x00b\ud83d")
    assert shown == "a\ufffdb\ufffd"
    shown.encode()


def test_persian_names_sort_by_the_persian_alphabet() -> None:
    names = [
        "آرش",
        "اکبر",
        "بابک",
        "پریسا",
        "تینا",
        "جواد",
        "چکامه",
        "حسن",
        "رضا",
        "زهرا",
        "ژاله",
        "سارا",
        "کاوه",
        "گلنار",
        "لاله",
        "مینا",
        "نیلوفر",
        "وحید",
        "هما",
        "یلدا",
    ]
    assert sorted(set(names), key=cleaning.sort_key) == names
    assert sorted(["سارا", "Bob", "Ann"], key=cleaning.sort_key) == ["Ann", "Bob", "سارا"]
    assert cleaning.sort_key("علي") == cleaning.sort_key("علی")


@pytest.mark.parametrize(
    ("written", "address", "rest"),
    [
        ("see https://a.example/x.", "https://a.example/x", "."),
        ("(http://a.example/x)", "http://a.example/x", ")"),
        ("https://a.example/w_(y)", "https://a.example/w_(y)", ""),
        ("https://a.example/?a=1&b=2!", "https://a.example/?a=1&amp;b=2", "!"),
        ("ببین «https://a.example/راه»", "https://a.example/راه", "»"),
        ("https://a.example/x،", "https://a.example/x", "،"),
        ("https://a.example/x؟", "https://a.example/x", "؟"),
        ("https://a.example/x؛ باقی", "https://a.example/x", "؛ باقی"),
        ("https://a.example/x…", "https://a.example/x", "…"),
        ("“https://a.example/x”", "https://a.example/x", "”"),
        ("https://مثال.ایران/راه", "https://مثال.ایران/راه", ""),
        ("http://10.0.0.1:8080/x", "http://10.0.0.1:8080/x", ""),
        ("HTTPS://A.EXAMPLE", "HTTPS://A.EXAMPLE", ""),
    ],
)
def test_web_addresses_in_plain_text_become_links(written: str, address: str, rest: str) -> None:
    made = cleaning.linkify(written)
    assert f'<a href="{address}" rel="nofollow ugc noopener" dir="ltr">{address}</a>{rest}' in made


@pytest.mark.parametrize(
    "written", ["javascript:alert(1)", "ftp://a.example", "data:text/html,x", "http://", "//a.example", "a.example"]
)
def test_nothing_else_becomes_a_link(written: str) -> None:
    assert "<a " not in cleaning.linkify(written)


def test_plain_text_is_escaped_and_keeps_its_lines() -> None:
    made = cleaning.linkify("<b onclick=x>1</b> & 'q'\r\nsecond\n\n\nthird https://a.example/\"><script>")
    assert "<b " not in made
    assert "<script" not in made
    assert made.count("<p ") == 2
    assert made.count("<br>") == 1
    assert cleaning.linkify("") == cleaning.linkify("\n \n") == ""


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("# Title", '<h3 dir="auto">Title</h3>'),
        (
            "## Part\n### Deeper\n###### Deepest",
            '<h4 dir="auto">Part</h4>\n<h5 dir="auto">Deeper</h5>\n<h6 dir="auto">Deepest</h6>',
        ),
        ("Title\n===", '<h3 dir="auto">Title</h3>'),
        ("one\ntwo", '<p dir="auto">one<br>\ntwo</p>'),
        ("- **bold** and *soft*", '<ul dir="auto">\n<li><strong>bold</strong> and <em>soft</em></li>\n</ul>'),
        ("a <b>b</b>", '<p dir="auto">a &lt;b&gt;b&lt;/b&gt;</p>'),
        (
            "[here](https://a.example)",
            '<p dir="auto"><a href="https://a.example" rel="nofollow ugc noopener">here</a></p>',
        ),
        (
            "go to https://a.example/x.",
            '<p dir="auto">go to <a href="https://a.example/x" dir="ltr" rel="nofollow ugc noopener">https://a.example/x</a>.</p>',
        ),
        (
            "**https://a.example/%E2%80%AEx** and https://a.example/راه،",
            '<p dir="auto"><strong><a href="https://a.example/%E2%80%AEx" dir="ltr" rel="nofollow ugc noopener">'
            'https://a.example/%E2%80%AEx</a></strong> and <a href="https://a.example/%D8%B1%D8%A7%D9%87" dir="ltr" '
            'rel="nofollow ugc noopener">https://a.example/راه</a>،</p>',
        ),
        ("`https://a.example`", '<p dir="auto"><code>https://a.example</code></p>'),
    ],
)
def test_markdown(written: str, made: str) -> None:
    assert markdown.to_html(written).strip() == made


@pytest.mark.parametrize(
    "written",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<https://a.example/"onmouseover=alert(1)>',
        "![x](https://a.example/p.png)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "[a]: javascript:alert(1)\n\n[a]",
        'https://a.example/"onmouseover="alert(1)',
        "<h1>x</h1><style>*{display:none}</style><iframe src=//a.example>",
    ],
)
def test_markdown_does_no_harm(written: str) -> None:
    for tag, attributes in _tags(markdown.to_html(written)):
        assert tag in markdown.TAGS
        assert set(attributes) <= {"href", "rel", "dir", "start"}
        assert (attributes.get("href") or "https:").lower().startswith(("http:", "https:", "mailto:"))


class _Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = _Tags()
    reader.feed(html)
    return reader.found


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        ">",
        "*a",
        "`",
        "[a](b",
        "- ",
        "<",
        "![",
        "_a_*b*",
        "\\",
        "|a",
        "https://a(",
        "http://",
        "https://a.b/",
        "http://a",
    ],
)
def test_markdown_of_anything_ends(piece: str) -> None:
    made = markdown.to_html(piece * (5000 // len(piece)))
    assert unicodedata.is_normalized("NFC", made)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Reza Ahmadi", "Reza Ahmadi"),
        ("علی‌رضا محمدی", "علی‌رضا محمدی"),
        ("https://evil.example", "https: //evil. example"),
        ("evil.example your account is closed", "evil. example your…"),
        ("me@evil.example", "me@ evil. example"),
        ("Call 0912 345 6789 now", "Call … now"),
        ("Your code is ۱۲۳۴۵۶", "Your code is…"),
        ("x" * 60, "x" * 23 + "…"),
        ("", ""),
        ("evil｡com", "evil。 com"),
        ("see evil．com", "see evil. com"),
        ("i❤.ws", "i❤. ws"),
        ("1\u200c2\u200c3\u200c4\u200c5", "…"),
        ("①②③④⑤", "…"),
        ("1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e3", "…"),
        ("0912*345*6789", "…"),
        ("*780*1#", "…"),
        ("می\u200cدوم", "می\u200cدوم"),
    ],
)
def test_a_name_in_an_sms_is_a_few_words_without_addresses_and_numbers(name, shown):
    assert cleaning.sms_name(name) == shown


def test_a_text_in_an_sms_is_one_line_without_links_and_is_cut_at_a_word():
    text = "See https://evil.example/x\nor www.evil.example, or 0912 345 6789"
    assert cleaning.sms_words(text) == "See https: //evil. example/x or www. evil. example, or 0912 345 6789"
    assert cleaning.sms_words("one two three", 9) == "one two…"
    assert len(cleaning.sms_words("word " * 30, 40)) <= 40
