"""Pictures that somebody may take away, or that a block may hide, are in no cache that can't be told so."""

from __future__ import annotations

import re

from tests.factories.files import make_picture
from tests.house.routes import rows
from tests.page import Answer
from tests.sweep import Sweep

PICTURES = re.compile(r"\.(webp|png|svg|jpg)$")
TEN_MINUTES = 600


def test_no_shared_cache_keeps_a_picture(sweep: Sweep):
    setting = sweep.setting
    cover = make_picture(setting.run, setting.owner, kind="cover")
    addresses = [setting.address(row.rule) for row in rows() if row.method == "GET" and PICTURES.search(row.rule)]
    addresses.append(f"/runs/{setting.run.id}/pictures/{cover.id}/400.webp")
    sweep.sign_in("visitor", "owner")
    kept = []
    for address in addresses:
        for viewer in ("visitor", "owner"):
            with sweep.attempt(f"{address} for the {viewer}"):
                answer = sweep.browser(viewer).get(address)
                if answer.status == 200:
                    kept.append(address)
                    check(answer)
    assert set(kept) == set(addresses)


def check(answer: Answer) -> None:
    """Assert that a picture is kept by the viewer's browser alone, or for a short time and then asked for again."""
    said = answer.response.headers["Cache-Control"]
    if {"private", "no-store"} & set(said.split(", ")):
        return
    age = re.search(r"max-age=(\d+)", said)
    assert age is not None and int(age[1]) <= TEN_MINUTES, f"shared caches keep it: {said}"
    assert "must-revalidate" in said and "immutable" not in said, f"shared caches need not ask again: {said}"
    assert answer.response.headers.get("ETag"), "a cache has nothing to ask again with"
