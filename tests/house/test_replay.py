"""Nothing kept for many is ever somebody's own: neither in a proxy that many share, nor in the memory of a process.

Each page is rendered for each viewer without any cache, which is the truth. Then all look again, with the caches that
the site has, through a proxy that keeps whatever an answer's headers let it keep; whoever comes later must get their own
page all the same, and after a change, everybody the changed one at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from hampa.blocks.actions import block
from hampa.notifications.actions.reading import mark_all_read
from hampa.platform import clock
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from tests.house.routes import VIEWERS, rows
from tests.house.test_statements_of_pages import MOST
from tests.html import without_tokens
from tests.page import Page, forget_parts
from tests.personas import BROWSER, Setting
from tests.sweep import parts
from tests.turns import in_turn

RANDOM = re.compile(r"[0-9a-f]{32}")
"""Ids of requests and of forms that create one thing."""
ANEW = ("/login/passkey/challenge", "/me/passkeys/challenge", "/me/proof/passkey/challenge")
"""Random each time, and kept by nobody, which tests/passkeys looks at."""
LOGGED = ("/crews/<uuid:crew_id>/members.csv", "/admin/audit.csv")
"""Stands in the log of the crew, or of the site, each time, which is a page too."""
LEFT_OUT = ("/dev/", "/admin/rq", "/healthz", "/readyz", "/metrics", *ANEW, *LOGGED)
READING = [row for row in rows() if row.method == "GET" and not row.rule.startswith(LEFT_OUT)]

Seen = tuple[int, str, str]


def same(status: int, location: str, body: bytes) -> Seen:
    """Return an answer as it is compared: without what is random in each."""
    return status, RANDOM.sub("", location), RANDOM.sub("", without_tokens(body.decode(errors="replace")))


@dataclass
class Proxy:
    """A cache that many people share: it keeps what RFC 9111 lets it keep, by the address and the headers of `Vary`."""

    kept: dict[str, list[tuple[dict[str, str], Seen]]] = field(default_factory=dict)
    hits: int = 0

    def get(self, reader: Page, address: str) -> Seen:
        """Return what the reader gets: what was kept for somebody, or what the site answers."""
        asked = {
            "accept-language": reader.language,
            "cookie": "; ".join(f"{one.key}={one.value}" for one in (reader.client._cookies or {}).values()),
        }
        for headers, seen in self.kept.get(address, ()):
            if all(asked.get(name, "") == value for name, value in headers.items()):
                self.hits += 1
                return seen
        # What is kept is compared with the truth, which alone has to be looked through as HTML.
        response = reader.client.get(address, headers={"Accept-Language": reader.language, "User-Agent": BROWSER})
        seen = same(response.status_code, response.headers.get("Location", ""), response.data)
        control = response.cache_control
        if not (control.private or control.no_store or control.no_cache) and (control.public or control.max_age):
            varying = {name.lower(): asked.get(name.lower(), "") for name in response.vary}
            if "*" not in varying:
                self.kept.setdefault(address, []).append((varying, seen))
        return seen


@pytest.fixture
def compare(page: Page, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> Iterable[Callable[[list[str]], int]]:
    """Return a function that compares what everybody sees with caches to what they see without any."""
    for viewer in VIEWERS[1:]:
        mark_all_read(getattr(setting, viewer))
    db.session.commit()
    readers = {viewer: page.as_(setting.viewer(viewer)) for viewer in VIEWERS}

    def check(addresses: list[str]) -> int:
        proxy = Proxy()
        monkeypatch.setattr(TTLCache, "enabled", True)
        warm = {
            (viewer, address): proxy.get(readers[viewer], address)
            for order in (VIEWERS, VIEWERS[::-1])
            for viewer in order
            for address in addresses
        }
        monkeypatch.setattr(TTLCache, "enabled", False)
        faults = []
        for (viewer, address), seen in warm.items():
            response = readers[viewer].get(address).response
            truth = same(response.status_code, response.headers.get("Location", ""), response.data)
            if seen != truth:
                faults.append(f"{viewer} at {address}: {difference(seen, truth)}")
        assert not faults, "\n".join(faults)
        return proxy.hits

    forget_parts(page.app)
    with clock.frozen(clock.now()):
        yield check


def difference(one: Seen, other: Seen) -> str:
    """Return where the two begin to differ."""
    if one[:2] != other[:2]:
        return f"{one[:2]} and not {other[:2]}"
    place = next((n for n, (a, b) in enumerate(zip(one[2], other[2], strict=False)) if a != b), len(other[2]))
    first, second = (seen[2][max(0, place - 60) : place + 60] for seen in (one, other))
    return f"{first!r} and not {second!r}"


@pytest.mark.long
def test_no_answer_for_one_person_reaches_another(setting: Setting, compare: Callable[[list[str]], int]) -> None:
    assert compare([setting.address(row.rule) for row in in_turn(*parts(READING, 2))]), "the proxy has kept nothing"


def test_a_change_is_seen_by_everybody_at_once(
    page: Page, setting: Setting, compare: Callable[[list[str]], int]
) -> None:
    """Also by those who saw the page a moment ago, in whatever part it was kept."""
    addresses = [setting.address(rule) for rule in in_turn(*parts(list(MOST), 3))]
    run, owner, companion = setting.run, page.as_(setting.owner), page.as_(setting.companion)

    def leave() -> None:
        companion.post(f"/runs/{run.id}/leave", status=303)

    def join() -> None:
        page.as_(setting.stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)

    def rename() -> None:
        owner.get("/me/profile").form("/me/profile").fill(name="Another Name").submit()

    def cancel() -> None:
        owner.post(f"/runs/{run.id}/cancel", {"reason": "Ice on the road"}, 303)

    def hide() -> None:
        block(setting.owner, setting.stranger.id)
        db.session.commit()

    compare(addresses)
    for change in (rename, leave, join, hide, cancel):
        change()
        for viewer in VIEWERS[1:]:
            mark_all_read(getattr(setting, viewer))
        db.session.commit()
        try:
            compare(addresses)
        except AssertionError as fault:
            raise AssertionError(f"after {change.__name__}: {fault}") from None
