"""The segments of an SMS, by which gateways charge (3GPP TS 23.038 and 23.040)."""

from collections.abc import Callable

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that are sent as two septets."""
GSM = BASIC | EXTENDED

GSM_ALONE, GSM_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67


def count(text: str) -> int:
    """Return the number of segments: of 160 septets if all of the text is in GSM 7-bit, else of 70 UTF-16 units.

    Segments of a longer text are shorter, and a character of two units is never split.
    """
    if GSM.issuperset(text):
        return _parts(text, EXTENDED.__contains__, GSM_ALONE, GSM_PART)
    return _parts(text, _is_pair, UCS2_ALONE, UCS2_PART)


def _is_pair(char: str) -> bool:
    """Return whether a character takes two units of UTF-16."""
    return char > "\uffff"


def _parts(text: str, is_double: Callable[[str], bool], alone: int, part: int) -> int:
    if not any(map(is_double, text)):
        return 1 if len(text) <= alone else -(-len(text) // part)
    widths = [2 if is_double(char) else 1 for char in text]
    if sum(widths) <= alone:
        return 1
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
