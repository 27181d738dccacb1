"""The laws of the Persian: each function lists what is wrong with one translation, in words that say what to do.

`test_translations.py` shows each of them a bad example, and then the catalogue.
"""

from __future__ import annotations

import re

HALF_SPACE = "\u200c"
PERSIAN = "آ-یٔۀ"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
NUMBER = re.compile(r"%\((\w+)\)d")
TAG = re.compile(r"</?[a-z][^>]*>")
ADDRESS = re.compile(r"https?://\S+")

# What stays in Latin letters in Persian too.
LATIN_WORDS = {
    "GPX",
    "HEIC",
    "JPEG",
    "PNG",
    "WebP",
    "AVIF",
    "BMP",
    "GIF",
    "PDF",
    "DOCX",
    "ZIP",
    "SVG",
    "TIFF",
    "XL",
    "FIT",
    "KML",
    "TCX",
    "QR",
    "ICS",
    "RSS",
    "API",
    "JSON",
    "CSV",
    "iPhone",
    "Android",
    "English",
    "Hampa",
    "UTC",
    "URL",
    "console",
    # What phones and networks write themselves.
    "START",
    "Share",
    "Add",
    "to",
    "Home",
    "Screen",
}

# Names of protocols and of the interface for programs, which are sent as they are.
LATIN_WORDS |= {"OpenAPI", "HTTPS", "https", "ASCII", "POST", "Allow", "Authorization", "Bearer", "Idempotency", "Key"}
LATIN_WORDS |= {"cron", "RRULE"}
LATIN_WORDS |= {"ETag", "If", "Match", "None", "application", "json", "true", "false", "data", "meta", "next", "after"}

ASCII_MARKS = {",": "،", ";": "؛", "?": "؟", '"': "«»", "'": "«»", "...": "…", "%": "٪"}
ARABIC = {"ي": "ی", "ك": "ک", "ة": "ه or ت", "ى": "ی", **{chr(0x0660 + n): chr(0x06F0 + n) for n in range(10)}}
STIFF = (
    "لطفا",
    "کاربر گرامی",
    "می‌باشد",
    "می‌باشند",
    "نمایید",
    "نمائید",
    "فرمایید",
    "گردید",
    "شما(?! دو)",
    "جهتِ",
    "می‌گردد",
    "لینک",
)

# Verb stems after می and نمی that are no words of their own in that form (میدان and میوه are).
STEMS = (
    "خواه|خوای|شو|شه|کن|رو|ره|رس|آی|آم|آو|بین|بر|دو|گوی|گیر|گذار|توان|تون"
    "|شنا|شنو|مان|ساز|فرست|افت|باش|خور|زن|نویس|بند|گرد|پرس"
)

SPACED = {
    rf"\b(ن?می) (?=[{PERSIAN}])": "می and نمی are joined with a half-space (می‌آیند)",
    rf"(?<=[{PERSIAN}]) ها(ی|یی|یم|یت|یش|یمان|یتان|یشان)?\b": "ها is joined with a half-space (کارت‌ها)",
    rf"(?<=[{PERSIAN}]) تر(ین)?\b": "تر and ترین are joined with a half-space (آرام‌تر)",
    r"ه (ام|ای|ایم|اید|اند)\b": "after ه the ending is joined with a half-space (رفته‌اند)",
    r"ه (?=ی\b)": "after ه it is ‌ی or ٔ (برنامه‌ای, خانهٔ)",
    rf"(?<![{PERSIAN}{HALF_SPACE}])ن?می({STEMS})": "می and نمی are joined with a half-space (می‌شود)",
    r"ه(?=ها)": "after ه comes a half-space (جاده‌ها)",
    r"[ادذرزژو]\u200cها": "no half-space after a letter that does not join (کارها)",
}


def placeholders(original: str, persian: str) -> list[str]:
    """Placeholders and tags have to be the same, in any order; a placeholder may be said twice."""
    faults = []
    wanted, given = set(PLACEHOLDER.findall(original)), set(PLACEHOLDER.findall(persian))
    if wanted != given:
        faults.append(f"has the placeholders {sorted(given)}, the English {sorted(wanted)}")
    if re.search(r"%(?!\(\w+\)[sd]|%)", persian) and "%" not in PLACEHOLDER.sub("", original):
        faults.append("has a broken placeholder: %(name)s")
    if sorted(TAG.findall(original)) != sorted(TAG.findall(persian)):
        faults.append("has other tags than the English")
    return faults


def marks(persian: str) -> list[str]:
    """Persian marks, and no space before them."""
    words = bare(persian)
    faults = [f"has {mark!r}: Persian writes {own}" for mark, own in ASCII_MARKS.items() if mark in words]
    if re.search(r"\s[،؛؟.!:»]", words) or re.search(r"«\s", words):
        faults.append("has a space before a mark, or inside «»")
    if re.search(r"[،؛](?=\S)(?!»)", words):
        faults.append("lacks the space after ، or ؛")
    if "  " in words:
        faults.append("has two spaces in a row")
    return faults


def letters(persian: str) -> list[str]:
    """Persian letters and digits, and Latin ones only in the few names that keep them."""
    words = bare(persian)
    faults = [f"has the Arabic {letter}: Persian writes {own}" for letter, own in ARABIC.items() if letter in words]
    if re.search("[0-9]", words):
        faults.append("has Latin digits: ۰ to ۹")
    strangers = set(re.findall("[A-Za-z]+", words)) - LATIN_WORDS
    if strangers:
        faults.append(f"has {sorted(strangers)} in Latin letters")
    return faults


def half_spaces(persian: str) -> list[str]:
    """Half-spaces where they belong, and nowhere else."""
    words = bare(persian)
    faults = [rule for pattern, rule in SPACED.items() if re.search(pattern, words)]
    if re.search(rf"(^|[^{PERSIAN}]){HALF_SPACE}|{HALF_SPACE}($|[^{PERSIAN}])", words):
        faults.append("has a half-space that joins nothing")
    return faults


def tone(persian: str) -> list[str]:
    """Said to a friend."""
    stiff = [found[0] for word in STIFF if (found := re.search(rf"\b{word}\b", persian))]
    return [f"says «{word}»: see the tone in docs/glossary.md" for word in stiff]


def ends(original: str, persian: str) -> list[str]:
    """Find texts that do not end as the English does: the two must fit in the same place."""
    faults = []
    for mark, own in ((".", "."), ("?", "؟"), ("!", "!"), (":", ":"), ("…", "…")):
        if original.rstrip().endswith(mark) != persian.rstrip().endswith(own):
            faults.append(f"the English {'ends' if original.rstrip().endswith(mark) else 'does not end'} with {mark!r}")
    if (original[:1].isspace(), original[-1:].isspace()) != (persian[:1].isspace(), persian[-1:].isspace()):
        faults.append("begins or ends with a space where the English does not, or the other way round")
    return faults


def bare(persian: str) -> str:
    """Return the words without tags and addresses, and with a neutral character for each placeholder."""
    without = ADDRESS.sub("◯", TAG.sub("", persian))
    return PLACEHOLDER.sub("◯", without).replace("%%", "٪")


def faults(original: str, persian: str) -> list[str]:
    """Everything that is wrong with a translation."""
    return [
        *placeholders(original, persian),
        *marks(persian),
        *letters(persian),
        *half_spaces(persian),
        *tone(persian),
        *ends(original, persian),
    ]
