"""Static files: joined, compressed, kept for long, and made of what we say they are made of."""

from __future__ import annotations

import gzip
import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from hampa.notifications.models import notification_kinds
from hampa.platform.web import assets

TEMPLATES = Path(assets.STATIC).parent / "templates"
PHYSICAL = r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|(?:left|right|top|bottom)\s*:)"


@pytest.mark.parametrize("name", list(assets.BUNDLES))
def test_a_bundle_is_kept_forever_under_the_address_that_names_its_content(app: Flask, name: str) -> None:
    with app.app_context():
        address = assets.asset(name)
    client = app.test_client()
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address)
    assert packed.headers["Cache-Control"] == assets.FOREVER
    assert packed.headers["Content-Encoding"] == "gzip"
    assert client.get(address, headers={"Accept-Encoding": "gzip, zstd"}).headers["Content-Encoding"] == "zstd"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert client.get(address, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304


def test_a_bare_address_is_asked_for_again(app: Flask) -> None:
    for address in ("/static/hampa.css", "/static/img/icon.svg"):
        with app.test_client().get(address) as answer:
            assert answer.headers["Cache-Control"] == "no-cache"


def test_what_the_stylesheet_asks_for_is_there_and_may_be_kept(app: Flask) -> None:
    client = app.test_client()
    addresses = re.findall(r'url\("([^"]+)"\)', client.get("/static/hampa.css").text)
    assert len(addresses) >= 2  # the fonts
    for sheet in ("lists", "features"):
        addresses += re.findall(r'url\("([^"]+)"\)', client.get(f"/static/{sheet}.css").text)
    for address in addresses:
        with client.get(address) as answer:
            assert answer.headers["Cache-Control"] == assets.FOREVER, address


@pytest.mark.parametrize("name", list(assets.SINGLE_FILES))
def test_a_script_that_few_pages_load_travels_compressed(app: Flask, name: str) -> None:
    with app.app_context():
        address = assets.asset(name)
    answer = app.test_client().get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == assets.FOREVER


def test_every_icon_that_a_template_names_is_in_the_sprite_and_no_other() -> None:
    """What is named elsewhere than in `icon("…")` and `icon="…"` is found as a word in quotes."""
    drawn = {path.stem for path in assets.STATIC.glob("img/icons/*.svg")}
    texts = "".join(path.read_text() for path in TEMPLATES.rglob("*.html") if "dev" not in path.parts)
    texts += "".join(f'icon="{kind.icon}"' for kind in notification_kinds())
    named = set(re.findall(r'\bicon(?:\(|=)"([\w-]+)"', texts))
    assert named <= drawn, f"no such icon: {named - drawn}"
    quoted = set(re.findall(r'"([\w-]+)"', texts))
    assert drawn <= quoted, f"nobody shows these icons: {drawn - quoted}"


def test_what_is_vendored_is_what_it_was() -> None:
    folder = assets.STATIC / "vendor"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    listed = {}
    for line in lines:
        digest, name = line.split()
        listed[name] = digest
        assert sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert {path.name for path in folder.glob("*.js")} <= set(listed)


@pytest.mark.parametrize("path", sorted(assets.STATIC.glob("css/**/*.css")), ids=lambda path: path.name)
def test_stylesheets_know_no_left_and_right_and_stand_in_a_layer(path: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert not re.findall(PHYSICAL, css), "use logical properties: margin-inline-start, inset-block-end …"
    assert re.match(r"\s*@layer ", css), "put the rules into @layer ui or features"


@pytest.mark.parametrize("path", sorted(assets.STATIC.glob("js/**/*.js")), ids=lambda path: path.name)
def test_scripts_need_nothing_that_the_policy_forbids(path: Path) -> None:
    script = path.read_text()
    assert not re.findall(r"\beval\(|new Function|innerHTML|\.style\.|setAttribute\(\"style", script)
    assert script.startswith("//"), "say first what this behaviour is"
