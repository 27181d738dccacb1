"""Segments are what SMS cost."""

from __future__ import annotations

import pytest

from hampa.platform.sms import segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        # An extended character is two septets, and is not cut in half at the end of a part.
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        # One letter of Persian makes the whole text UCS-2, 70 units or parts of 67.
        ("س" * 70, 1),
        ("س" * 71, 2),
        ("س" * 134, 2),
        ("س" * 135, 3),
        ("a" * 70 + "س", 2),
        ("`" * 71, 2),
        # Outside of the basic plane a character is two units, never cut in half either.
        ("🏃" * 35, 1),
        ("🏃" * 36, 2),
        ("🏃" * 66, 2),
        ("🏃" * 67, 3),
        # A half-space counts like any letter.
        ("می\u200cآیم" * 12, 2),
    ],
)
def test_segments_are_counted_as_gateways_count_them(text: str, expected: int) -> None:
    assert segments.count(text) == expected
