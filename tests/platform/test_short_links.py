"""Short links are opened at maps' own hosts alone, at public addresses alone, and for a little while."""

from __future__ import annotations

import pytest

from hampa.platform.geo.short_links import LinkClosed, LinkOpener, LinkUnreachable, allowed, openable_in
from hampa.platform.security.outgoing import is_public
from tests.map_server import map_server

LAKE = (35.7448, 51.2114)
PLACE = "https://www.google.com/maps/place/Lake/@35.70,51.20,15z/data=!3d35.7448!4d51.2114"


@pytest.fixture
def server(tmp_path):
    """Run a server of this test alone: answers that an earlier one left may still be on their way."""
    with map_server(tmp_path) as server:
        yield server


def test_the_place_is_read_from_where_a_link_leads_to_and_no_page_of_it_is_asked(server):
    server.answers["maps.app.goo.gl/AbC"] = (302, PLACE)
    assert server.opener().point_behind("https://maps.app.goo.gl/AbC") == LAKE
    assert [key for key, _headers in server.asked] == ["maps.app.goo.gl/AbC"]


def test_several_hops_are_followed_without_cookies(server):
    server.answers["goo.gl/maps/AbC"] = (301, "https://maps.app.goo.gl/x?g=1")
    server.answers["maps.app.goo.gl/x?g=1"] = (302, "/y")
    server.answers["maps.app.goo.gl/y"] = (307, f"https://consent.google.com/ml?continue={PLACE.replace('!', '%21')}")
    assert server.opener().point_behind("https://goo.gl/maps/AbC") == LAKE
    assert len(server.asked) == 3
    assert not any("Cookie" in headers for _key, headers in server.asked)


@pytest.mark.parametrize(
    "page",
    [
        '<meta property="og:url" content="https://neshan.org/maps/@35.7448,51.2114,16z,0p">',
        "<p>Go</p><a href='https://neshan.org/maps/@35.7448,51.2114,16z,0p'>on</a>",
        '<a href="https://evil.example/?q=1.5,2.5"></a><a href="https://maps.google.com/?q=35.7448&#44;51.2114">',
    ],
)
def test_a_page_that_names_the_place_in_an_address_says_it(server, page):
    server.answers["nshn.ir/abc"] = (200, f"<html>{page}</html>")
    assert server.opener().point_behind("https://nshn.ir/abc") == LAKE


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (200, "<p>Nothing here</p>"),
        (200, '<a href="https://evil.example/?q=35.7448,51.2114">'),
        (200, " " * 70_000 + f'<a href="{PLACE}">'),
        (302, "https://evil.example/"),
        (302, "http://maps.app.goo.gl/plain"),
        (302, "https://www.google.com:8443/maps/x"),
        (302, "https://maps.app.goo.gl@evil.example/"),
        (302, "https://127.0.0.1/maps/"),
        (302, "https://maps.app.goo.gl/AbC"),
        (302, "file:///etc/passwd"),
        (302, "https://[evil/"),
        (200, '<a href="https://[evil/maps">'),
        (404, ""),
        (403, ""),
    ],
)
def test_whatever_leads_elsewhere_says_no_place_and_asks_nobody(server, status, what):
    server.answers["maps.app.goo.gl/AbC"] = (status, what)
    with pytest.raises(LinkClosed):
        server.opener().point_behind("https://maps.app.goo.gl/AbC")
    assert {key for key, _headers in server.asked} == {"maps.app.goo.gl/AbC"}
    assert len(server.asked) <= 5


def test_a_slow_server_is_left_and_one_in_trouble_is_asked_again_later(server):
    server.answers["nshn.ir/slow"] = (200, "x" * 400)
    server.seconds = 0.3
    with pytest.raises(LinkUnreachable):
        server.opener(most_seconds=0.2).point_behind("https://nshn.ir/slow")
    for status in (500, 503, 429):
        server.answers["nshn.ir/busy"] = (status, "")
        with pytest.raises(LinkUnreachable):
            server.opener().point_behind("https://nshn.ir/busy")


def test_a_server_that_sends_letter_by_letter_is_not_listened_to_till_the_end(server):
    server.answers["nshn.ir/slow"] = (200, "x" * 80)
    server.part, server.seconds = 1, 0.05
    with pytest.raises(LinkUnreachable):
        server.opener(most_seconds=0.5).point_behind("https://nshn.ir/slow")
    assert server.sent < 80


def test_a_head_that_comes_letter_by_letter_is_not_waited_for(server):
    server.slow_head, server.seconds = True, 0.05
    with pytest.raises(LinkUnreachable):
        server.opener(most_seconds=0.5).point_behind("https://nshn.ir/slow")
    assert server.sent < 100


def test_the_certificate_must_be_the_hosts_own(server):
    server.answers["yandex.com/maps/-/CDabc"] = (302, PLACE)
    with pytest.raises(LinkUnreachable):
        server.opener().point_behind("https://yandex.com/maps/-/CDabc")
    assert not server.asked


def test_a_name_that_leads_inside_is_not_connected_to(server):
    server.answers["maps.app.goo.gl/AbC"] = (302, PLACE)
    for inside in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], [], ["192.88.99.1"], ["192.0.0.8"], ["3fff::1"]):
        opener = server.opener(resolver=lambda _host, inside=inside: inside, is_public=is_public)
        with pytest.raises(LinkClosed):
            opener.point_behind("https://maps.app.goo.gl/AbC")

    def fails(_host: str) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(LinkUnreachable):
        server.opener(resolver=fails).point_behind("https://maps.app.goo.gl/AbC")
    assert not server.asked


def test_a_name_is_resolved_once_and_that_address_is_connected_to(server):
    server.answers["maps.app.goo.gl/AbC"] = (302, PLACE)
    resolved: list[str] = []

    def resolver(host: str) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.0.0.1"]

    assert server.opener(resolver=resolver).point_behind("https://maps.app.goo.gl/AbC") == LAKE
    assert resolved == ["maps.app.goo.gl"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("nonsense", False),
    ],
)
def test_addresses_inside_are_not_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("link", "fine"),
    [
        ("https://maps.app.goo.gl/AbC", True),
        ("https://www.google.com/maps/place/x", True),
        ("https://goo.gl/maps/AbC", True),
        ("https://yandex.ru/maps/-/CDabc", True),
        ("https://goo.gl/other", False),
        ("https://www.google.com/search?q=x", False),
        ("http://maps.app.goo.gl/AbC", False),
        ("https://maps.app.goo.gl:8443/AbC", False),
        ("https://user@maps.app.goo.gl/AbC", False),
        ("https://maps.app.goo.gl.evil.example/AbC", False),
        ("https://evil.example/maps.app.goo.gl", False),
        ("https://10.0.0.1/", False),
        ("https://maps.app.goo.gl:x/", False),
        ("https://bit.ly/abc", False),
    ],
)
def test_hosts_of_maps_alone_are_asked(link, fine):
    assert (allowed(link) is not None) is fine


def test_a_short_link_is_found_among_words():
    assert openable_in("Meet here: maps.app.goo.gl/AbC at six") == "https://maps.app.goo.gl/AbC"
    assert openable_in("http://nshn.ir/abc") == "https://nshn.ir/abc"
    for text in ("bit.ly/abc", "by the lake", "https://www.google.com/maps/place/Chitgar"):
        assert openable_in(text) is None
    assert LinkOpener().is_public is is_public
