"""Static files under URLs that change with their content.

The stylesheets, scripts and icons are many small files but one answer each: they are joined when the process starts (in
development, when a file changes), compressed once as small as it gets, and served from memory. So are the scripts that
few pages load, one by one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request

from hampa.platform.web.compress import pack
from hampa.platform.web.hooks import for_pages
from hampa.platform.web.permissions import public

STATIC = Path(__file__).parents[2] / "static"
FIRST_STYLES = ("tokens.css", "base.css", "home.css")
LIST_STYLES = (
    "attendance.css",
    "auth.css",
    "cards.css",
    "comments.css",
    "finding.css",
    "follows.css",
    "pictures.css",
    "routes.css",
    "runs.css",
    "search.css",
)
"""What a visitor's runs, cards and ways to sign in need: they come by links that others sent, on slow networks."""
FOREVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)
_current_app = current_app._get_current_object  # type: ignore[attr-defined]
_current_request = request._get_current_object  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Bundle:
    """Files joined into one; `packed` is `body` by encoding, the best first, and `version` is a hash for the URL."""

    body: bytes
    packed: dict[str, bytes]
    version: str
    mimetype: str


def stylesheet() -> str:
    """Return what a first page needs: the tokens, which name the layers, the base, the components and home."""
    css = STATIC / "css"
    return _joined_styles([*(css / name for name in FIRST_STYLES), *sorted(css.glob("ui/*.css"))])


def list_styles() -> str:
    """Return the stylesheets of runs and cards, which all pages but a visitor's first one load too."""
    return _joined_styles([STATIC / "css" / name for name in LIST_STYLES])


def features() -> str:
    """Return the stylesheets of the other features, which a visitor's runs, cards and sign-in do without."""
    paths = sorted((STATIC / "css").glob("*.css"))
    return _joined_styles([path for path in paths if path.name not in {*FIRST_STYLES, *LIST_STYLES}])


def _joined_styles(paths: list[Path]) -> str:
    text = "".join(path.read_text() for path in paths)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*([{};\n])\s*", r"\1", text).replace(";}", "}")
    text = re.sub(r"(?<=[:,]) +", "", text)
    return re.sub(r'url\("/static/([^"]+)"\)', lambda match: f'url("{asset(match[1])}")', text)


def script() -> str:
    """Return the scripts that every page loads."""
    return "".join(_without_comments(path) for path in sorted(STATIC.glob("js/*.js")))


def _without_comments(path: Path) -> str:
    """Return a script without comments on lines of their own and indentation."""
    return re.sub(r"^\s*(//.*)?\n|^[ \t]+", "", path.read_text() + "\n", flags=re.MULTILINE)


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
    "lists.css": (list_styles, "text/css", ("css/*.css",)),
    "features.css": (features, "text/css", ("css/*.css",)),
    "hampa.js": (script, "text/javascript", ("js/*.js",)),
    "icons.svg": (sprite, "image/svg+xml", ("img/icons/*.svg",)),
}
SINGLE_FILES = {
    str(path.relative_to(STATIC)): {".js": "text/javascript", ".css": "text/css"}[path.suffix]
    for pattern in ("js/pages/*.js", "vendor/*.js", "vendor/*.css")
    for path in sorted(STATIC.glob(pattern))
}
"""Scripts and stylesheets that few pages load, by name below `static/`, and their types."""


@cache
def _join(name: str, changed_at: float) -> Bundle:
    if name in BUNDLES:
        join, mimetype, _patterns = BUNDLES[name]
        text = join()
    else:
        path, mimetype = STATIC / name, SINGLE_FILES[name]
        text = _without_comments(path) if name.startswith("js/") else path.read_text()
    body = text.encode()
    return Bundle(body, pack(body), sha256(body).hexdigest()[:12], mimetype)


def bundle(name: str) -> Bundle:
    """Return the bundle of a name in `BUNDLES` or `SINGLE_FILES`; in development, of the files as they are now."""
    changed_at = 0.0
    if _current_app().jinja_env.auto_reload:
        patterns = BUNDLES[name][2] if name in BUNDLES else (name,)
        changed_at = max(path.stat().st_mtime for pattern in patterns for path in STATIC.glob(pattern))
    return _join(name, changed_at)


@cache
def _file_version(name: str, changed_at: float) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the URL of a bundle or of a file below `static/`, which browsers may cache forever."""
    if name in BUNDLES or name in SINGLE_FILES:
        return f"/static/{name}?v={bundle(name).version}"
    changed_at = (STATIC / name).stat().st_mtime if _current_app().jinja_env.auto_reload else 0.0
    return f"/static/{name}?v={_file_version(name, changed_at)}"


@public
def joined() -> Response:
    """Answer with a bundle, compressed if the browser accepts that."""
    files = bundle(request.path.removeprefix("/static/"))
    answer = Response(files.body, mimetype=files.mimetype)
    encoding = next((name for name in files.packed if request.accept_encodings[name] > 0), None)
    if encoding:
        answer.data = files.packed[encoding]
        answer.headers["Content-Encoding"] = encoding
    answer.vary.add("Accept-Encoding")
    answer.set_etag(files.version)
    answer.make_conditional(request)
    return answer


for _name in (*BUNDLES, *SINGLE_FILES):
    blueprint.add_url_rule(f"/static/{_name}", view_func=joined, methods=["GET"])


def set_cache_control(answer: Response) -> Response:
    """Let browsers cache URLs with a version forever, and revalidate those without."""
    if _current_request().path.startswith("/static/") and answer.status_code in (200, 206, 304):
        answer.headers["Cache-Control"] = FOREVER if "v" in request.args else "no-cache"
    return answer


def init_app(app: Flask) -> None:
    """Serve the bundles and give templates `asset`."""
    app.register_blueprint(blueprint)
    app.after_request(for_pages(set_cache_control))
    app.jinja_env.globals["asset"] = asset
    with app.app_context():
        for name in BUNDLES:
            bundle(name)
