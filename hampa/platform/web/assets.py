"""What browsers keep: static files under addresses that change with their content.

The stylesheets, the scripts and the icons are many small files here and one answer each on the wire: they are joined
when the process starts (in development: when a file changed), compressed once and served from memory.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request

from hampa.platform.web.permissions import public

STATIC = Path(__file__).parents[2] / "static"
FOREVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Bundle:
    """Files joined into one, with the address' fingerprint; `packed` is `body` compressed with gzip."""

    body: bytes
    packed: bytes
    version: str
    mimetype: str


def stylesheet() -> str:
    """Tokens first, for they name the layers; then the base, the components and the features."""
    css = STATIC / "css"
    first = [css / "tokens.css", css / "base.css"]
    rest = [path for path in sorted(css.glob("*.css")) if path not in first]
    text = "".join(path.read_text() for path in (*first, *sorted(css.glob("ui/*.css")), *rest))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "\n", text)
    return re.sub(r'url\("/static/([^"]+)"\)', lambda found: f'url("{asset(found[1])}")', text)


def script() -> str:
    """Vendored libraries, then our behaviours; each file keeps to itself."""
    paths = (*sorted(STATIC.glob("vendor/*.min.js")), *sorted(STATIC.glob("js/*.js")))
    return "".join(path.read_text() + "\n" for path in paths)


def sprite() -> str:
    """Every icon as a symbol whose id is its file's name; only the drawing is taken over."""
    symbols = []
    for path in sorted(STATIC.glob("img/icons/*.svg")):
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), flags=re.DOTALL)
        if drawing is None:
            raise ValueError(f"{path} is no SVG")
        inside = re.sub(r"\s*\n\s*", "", drawing[1])
        symbols.append(f'<symbol id="{path.stem}" viewBox="0 0 24 24">{inside}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


BUNDLES: dict[str, tuple[Callable[[], str], str, tuple[str, ...]]] = {
    "hampa.css": (stylesheet, "text/css", ("css/**/*.css",)),
    "hampa.js": (script, "text/javascript", ("vendor/*.min.js", "js/*.js")),
    "icons.svg": (sprite, "image/svg+xml", ("img/icons/*.svg",)),
}


@cache
def _joined(name: str, changed_at: float) -> Bundle:
    join, mimetype, _patterns = BUNDLES[name]
    body = join().encode()
    return Bundle(body, gzip.compress(body, 9, mtime=0), sha256(body).hexdigest()[:12], mimetype)


def bundle(name: str) -> Bundle:
    """The joined files of a name in `BUNDLES`; in development as they are now."""
    changed_at = 0.0
    if current_app.jinja_env.auto_reload:
        patterns = BUNDLES[name][2]
        changed_at = max(path.stat().st_mtime for pattern in patterns for path in STATIC.glob(pattern))
    return _joined(name, changed_at)


@cache
def _file_version(name: str, changed_at: float) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file below `static/`, or of a bundle, for templates; it may be kept forever."""
    if name in BUNDLES:
        return f"/static/{name}?v={bundle(name).version}"
    changed_at = (STATIC / name).stat().st_mtime if current_app.jinja_env.auto_reload else 0.0
    return f"/static/{name}?v={_file_version(name, changed_at)}"


@blueprint.get("/static/<any('hampa.css', 'hampa.js', 'icons.svg'):name>")
@public
def joined(name: str) -> Response:
    """A bundle, compressed for those who take it so."""
    found = bundle(name)
    answer = Response(mimetype=found.mimetype)
    if request.accept_encodings["gzip"] > 0:
        answer.data = found.packed
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer.data = found.body
    answer.vary.add("Accept-Encoding")
    answer.set_etag(found.version)
    answer.make_conditional(request)
    return answer


def keep(answer: Response) -> Response:
    """A fingerprinted address never changes what it gives; a bare one is asked for again."""
    if request.path.startswith("/static/") and answer.status_code in (200, 206, 304):
        answer.headers["Cache-Control"] = FOREVER if "v" in request.args else "no-cache"
    return answer


def init_app(app: Flask) -> None:
    """Serve the bundles, and give templates `asset`."""
    app.register_blueprint(blueprint)
    app.after_request(keep)
    app.jinja_env.globals["asset"] = asset
    with app.app_context():
        for name in BUNDLES:
            bundle(name)
