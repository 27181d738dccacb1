"""How many segments a text takes, which is what gateways charge for (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each of these is sent as two septets."""

GSM_ALONE, GSM_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67


def count(text: str) -> int:
    """Segments of a text: 160 septets when all of it is in GSM 7-bit, else 70 UTF-16 units; less where it is split.

    A character that takes two units is never cut in half by a split.
    """
    if all(char in BASIC or char in EXTENDED for char in text):
        return _parts([2 if char in EXTENDED else 1 for char in text], GSM_ALONE, GSM_PART)
    return _parts([2 if ord(char) > 0xFFFF else 1 for char in text], UCS2_ALONE, UCS2_PART)


def _parts(widths: list[int], alone: int, part: int) -> int:
    if sum(widths) <= alone:
        return 1
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
