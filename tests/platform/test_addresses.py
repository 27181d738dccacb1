"""Which addresses count as one source."""

from __future__ import annotations

import pytest

from hampa.platform.addresses import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_ipv6_customer_is_one_source_and_an_ipv4_address_another(address: str | None, network: str) -> None:
    assert network_of(address) == network
