"""Static files under URLs that change with their content.

The stylesheets, scripts and icons are many small files but one answer each: they are joined when the process starts (in
development, when a file changes), compressed once and served from memory.
"""

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
    """Files joined into one; `compressed` is `body` with gzip, and `version` is a hash for the URL."""

    body: bytes
    compressed: bytes
    version: str
    mimetype: str


def stylesheet() -> str:
    """Return the stylesheets: the tokens, which name the layers, the base, the components and the features."""
    css = STATIC / "css"
    first = [css / "tokens.css", css / "base.css"]
    rest = [path for path in sorted(css.glob("*.css")) if path not in first]
    text = "".join(path.read_text() for path in (*first, *sorted(css.glob("ui/*.css")), *rest))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*([{};\n])\s*", r"\1", text).replace(";}", "}")
    text = re.sub(r"(?<=[:,]) +", "", text)
    return re.sub(r'url\("/static/([^"]+)"\)', lambda match: f'url("{asset(match[1])}")', text)


def script() -> str:
    """Return the scripts: vendored libraries, then our own without comments on lines of their own and indentation."""
    vendored = "".join(path.read_text() + "\n" for path in sorted(STATIC.glob("vendor/*.min.js")))
    own = "".join(path.read_text() + "\n" for path in sorted(STATIC.glob("js/*.js")))
    return vendored + re.sub(r"^\s*(//.*)?\n|^[ \t]+", "", own, flags=re.MULTILINE)


def sprite() -> str:
    """Return the drawings of all icons as symbols with the names of their files as ids."""
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
def _join(name: str, changed_at: float) -> Bundle:
    join, mimetype, _patterns = BUNDLES[name]
    body = join().encode()
    return Bundle(body, gzip.compress(body, 9, mtime=0), sha256(body).hexdigest()[:12], mimetype)


def bundle(name: str) -> Bundle:
    """Return the bundle of a name in `BUNDLES`; in development, of the files as they are now."""
    changed_at = 0.0
    if current_app.jinja_env.auto_reload:
        patterns = BUNDLES[name][2]
        changed_at = max(path.stat().st_mtime for pattern in patterns for path in STATIC.glob(pattern))
    return _join(name, changed_at)


@cache
def _file_version(name: str, changed_at: float) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the URL of a bundle or of a file below `static/`, which browsers may cache forever."""
    if name in BUNDLES:
        return f"/static/{name}?v={bundle(name).version}"
    changed_at = (STATIC / name).stat().st_mtime if current_app.jinja_env.auto_reload else 0.0
    return f"/static/{name}?v={_file_version(name, changed_at)}"


@blueprint.get("/static/<any('hampa.css', 'hampa.js', 'icons.svg'):name>")
@public
def joined(name: str) -> Response:
    """Answer with a bundle, compressed if the browser accepts that."""
    files = bundle(name)
    answer = Response(files.body, mimetype=files.mimetype)
    if request.accept_encodings["gzip"] > 0:
        answer.data = files.compressed
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(files.version)
    answer.make_conditional(request)
    return answer


def set_cache_control(answer: Response) -> Response:
    """Let browsers cache URLs with a version forever, and revalidate those without."""
    if request.path.startswith("/static/") and answer.status_code in (200, 206, 304):
        answer.headers["Cache-Control"] = FOREVER if "v" in request.args else "no-cache"
    return answer


def init_app(app: Flask) -> None:
    """Serve the bundles and give templates `asset`."""
    app.register_blueprint(blueprint)
    app.after_request(set_cache_control)
    app.jinja_env.globals["asset"] = asset
    with app.app_context():
        for name in BUNDLES:
            bundle(name)
