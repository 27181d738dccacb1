"""Which network addresses count as one source, and which mail addresses are taken."""

from __future__ import annotations

import pytest

from hampa.platform.mail import addresses as mail_addresses
from hampa.platform.security.ip_addresses import network_of


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Sara@EXAMPLE.org\n", "Sara@example.org"),
        ("sara@مثال.ایران", "sara@xn--mgbh0fb.xn--mgba3a4f16a"),
        ("o'neil+run@mail.example.org", "o'neil+run@mail.example.org"),
    ],
)
def test_a_mail_address_has_its_domain_in_small_ascii_letters(typed: str, kept: str) -> None:
    assert mail_addresses.parse(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "sara", "@a.org", "sara@", "a b@c.org", "a..b@c.org", ".a@c.org", "a@b_c.org", "a@b-.org", "a@b.org."),
        *("a@localhost", "a@1.2.3.4", "a@[1.2.3.4]", '"a"@b.org', "é@b.org", "a@b.org\r\nBcc: c@d.org", "a\n@b.org"),
        *("a" * 65 + "@b.org", "a@" + "b" * 64 + ".org", "a@" + "b." * 130 + "org", "a@b.org, c@d.org", "A <a@b.org>"),
    ],
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mail_addresses.parse(typed)
