"""The segments of an SMS, by which gateways charge (3GPP TS 23.038 and 23.040)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that are sent as two septets."""

GSM_ALONE, GSM_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67


def count(text: str) -> int:
    """Return the number of segments: of 160 septets if all of the text is in GSM 7-bit, else of 70 UTF-16 units.

    Segments of a longer text are shorter, and a character of two units is never split.
    """
    if BASIC.union(EXTENDED).issuperset(text):
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
