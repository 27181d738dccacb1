"""Lists of what people with bad intent (or a strange keyboard) send."""

from __future__ import annotations

import unicodedata

REDIRECTS = (
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "//evil.example/%2e%2e",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    " https://evil.example",
    "/\x00/evil.example",
    "\x01https://evil.example",
    "/\x0b/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "javascript://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://evil.example",
    "blob:x",
    "mailto:a@evil.example",
    "tel:+989120000000",
    "about:blank",
    "view-source:https://evil.example",
    "ws://evil.example",
    "//evil.example@localhost",
    "https://localhost@evil.example",
    "https://localhost.evil.example",
    "//localhost:80@evil.example",
    "https://evil.example#localhost",
    "https://evil.example?localhost",
    "//evil.example\\@localhost",
    "evil.example",
    "www.evil.example",
    "//evil。example",
    "//ｅvil.example",
    "https://[::1]",
    "//[::1",
    "//0x7f000001",
    "//2130706433",
    "/ /evil.example",
    "/%0d%0aLocation:%20https://evil.example\r\nX: y",
    "?next=//evil.example",
    "#//evil.example",
    "..//evil.example",
)

HOSTS = (
    "evil.example",
    "evil.example:80",
    "EVIL.EXAMPLE",
    "localhost.evil.example",
    "evil.example.localhost",
    "localhost@evil.example",
    "localhost:80@evil.example",
    "localhost#evil.example",
    "localhost/evil.example",
    "localhost?evil.example",
    "evil.example\\localhost",
    "evil.example,localhost",
    "localhost, evil.example",
    "[evil.example]",
    "[::ffff:evil.example]",
    "evil.example:99999",
    "evil.example:abc",
    '"evil.example"',
    "<evil.example>",
    "xn--evil.example",
)

_BREAKS = ("\n", "\r", "\r\n", "%0a", "%0d%0a", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\\n")
LOG_LINES = (
    *(f'x{end}{{"level": "critical", "message": "forged"}}' for end in _BREAKS),
    *(f"x{end}127.0.0.1 - - forged" for end in _BREAKS[:6]),
    "\x1b[2J\x1b[31mforged",
    "\x1b]0;forged\x07",
    "\x9b31mforged",
    "\x08\x08\x08forged",
    "\x00forged",
    "x\x7fforged",
    "${jndi:ldap://evil.example/forged}",
    "%(message)s forged",
    "{request.__class__} forged",
    "%s%s%s%n forged",
    "\u202eforged",
    "x" * 3000 + "forged",
)

OVERRIDES = tuple(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
INVISIBLE = tuple(chr(code) for code in (0x200B, 0x200E, 0x200F, 0x061C, *range(0x2060, 0x2065), 0xAD, 0xFEFF, 0x180E))
BLANKS = ("\u3164", "\u2800", "\u115f", "\uffa0", "\u200c", "\u200d", "\u00a0", "\u2003", "\u3000", "\ufe0f")
STRANGE_NAMES = (
    *(f"Sa{mark}ra" for mark in OVERRIDES),
    *(f"{mark}Sara" for mark in OVERRIDES),
    *(f"Sa{mark}ra" for mark in INVISIBLE),
    *BLANKS,
    *(
        "\u200b" * 3,
        "\ufeff",
        "\u2060\u2060",
        "Sa\x07ra",
        "Sa\x1bra",
        "Sa\x7fra",
        "Sa\x9fra",
        "\u200d\u200c\u200d",
        "Sa\nra",
        "Sara\r\nReza",
        "\u2029",
    ),
)
GOOD_NAMES = (
    "می‌آیم",
    "نیک‌پور",
    "علی‌رضا",
    "Zoë",
    "Nils Ørsted",
    "李小龍",
    "Ὀδυσσεύς",
    "אברהם",
    "👩‍🦰 Ann",
    "O’Brien-Smith",
    "क्षितिज",
)

HOSTILE = (
    "",
    " ",
    "\u200c",
    "0",
    "-1",
    "1e309",
    "NaN",
    "99999999999999999999999999",
    "۱۲۳٫۵",
    "٣:٤٥",
    "²",
    "0x10",
    "1_000",
    "'",
    '" onmouseover=alert(1) x="',
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "%s%n",
    "%(name)s",
    "; DROP TABLE people; --",
    "../../etc/passwd",
    "a" * 5000,
    "🏃🏽‍♀️" * 40,
    "\u202eevil",
    "\x07",
    "\ufffe",
    "\ufdd0",
    "line\r\nline",
    "2026-02-30",
    "1405/12/30",
    "9999-12-31",
    "0001-01-01",
    "24:00",
    "25:61",
    "-0:00",
    "+989121234567,+989121234568",
    "W10=",
    "WyIyMDI2IiwxXQ",
    "[]",
    "null",
    "true",
)
MARKUP = HOSTILE[13:21]
"""Those of them that would be seen in a page that forgot to escape."""
UNSTORABLE = ("\x00", "a\x00b")
"""What PostgreSQL can't store."""


def shown(text: str) -> str:
    """Return a payload as a name of a test."""
    return "".join(c if c.isascii() and c.isprintable() else f"<{ord(c):x}>" for c in text)[:30] or "empty"


def seen(text: str) -> str:
    """Return a text without its invisible characters."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Zs") and c not in BLANKS)
