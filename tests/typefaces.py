"""Which files of the site's font a browser fetches for a page: those that have letters of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

FACE = re.compile(
    r"@font-face\{font-family:\"(?P<family>[^\"]+)\";src:url\(\"(?P<url>[^\"]+)\"\)[^}]*range:(?P<range>[^};]+)"
)
FAMILIES = {"fa": ("Vazirmatn Persian", "Vazirmatn Latin Aside"), "en": ("Vazirmatn Latin", "Vazirmatn Persian")}


def files_for(css: str, letters: Iterable[str], language: str) -> set[str]:
    """Return the addresses of files in a stylesheet, of the first family of a language that has each letter."""
    faces = [(found["family"], found["url"], _in_range(found["range"])) for found in FACE.finditer(css)]
    assert len(faces) == css.count("@font-face"), "a face that can't be read here"
    needed = set()
    for letter in set(letters):
        for family in FAMILIES[language]:
            fitting = [url for name, url, has in faces if name == family and ord(letter) in has]
            if fitting:
                needed.add(fitting[0])
                break
    return needed


def _in_range(text: str) -> set[int]:
    points: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return points
