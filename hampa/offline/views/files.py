"""The service worker, and the manifest by which the site is installed."""

import json
from functools import cache
from hashlib import sha256
from typing import Any

from flask import Response, current_app, jsonify, request, url_for

from hampa.offline.views.blueprint import blueprint
from hampa.platform.locale.i18n import LOCALES, direction, get_locale_code, gettext as _, use_locale
from hampa.platform.web.assets import STATIC, asset
from hampa.platform.web.offline import kept_acts
from hampa.platform.web.permissions import public

SHELL = (
    "hampa.css",
    "lists.css",
    "features.css",
    "hampa.js",
    "icons.svg",
    "vendor/htmx-4.0.1.min.js",
    "js/pages/offline.js",
    "fonts/vazirmatn-persian.woff2",
    "fonts/vazirmatn-latin.woff2",
    "img/icon.svg",
)
"""What the pages that are shown without network are made of."""
PAPER, NIGHT = "#fbf9f5", "#131a33"


@blueprint.get("/sw.js")
@public
def service_worker() -> Response:
    """Answer with the service worker: a script, after the addresses of this version of the site."""
    body = _worker(_settings_of_worker(), (STATIC / "sw.js").stat().st_mtime)
    answer = Response(body, mimetype="text/javascript")
    # Browsers ask for it often, to see whether there is a new one.
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(sha256(body.encode()).hexdigest()[:12])
    answer.make_conditional(request)
    return answer


def _settings_of_worker() -> str:
    pages = {language: url_for("offline.page", lang=language) for language in LOCALES}
    values = {
        "shell": [asset(name) for name in SHELL],
        "pages": pages,
        "mine": url_for("offline.mine"),
        "state": url_for("offline.state"),
        "devices": url_for("push.devices"),
        "signOut": url_for("auth.logout"),
        "kept": [pattern for _endpoint, pattern, _act in kept_acts(current_app)],
        "icon": asset("img/icon-192.png"),
        "badge": asset("img/badge-96.png"),
    }
    return json.dumps(values, separators=(",", ":"))


@cache
def _worker(values: str, _changed_at: float) -> str:
    version = sha256(values.encode()).hexdigest()[:12]
    script = (STATIC / "sw.js").read_text()
    return f'"use strict";\nconst VERSION = "{version}";\nconst SITE = {values};\n{script}'


@blueprint.get("/manifest-fa.webmanifest", defaults={"language": "fa"})
@blueprint.get("/manifest-en.webmanifest", defaults={"language": "en"})
@public
def manifest(language: str) -> Response:
    """Answer with the manifest in a language: browsers ask for it without saying who they are."""
    with use_locale(language):
        answer = jsonify(_manifest())
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=86400"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _manifest() -> dict[str, Any]:
    shortcuts = {
        _("My runs"): url_for("profile.my_runs"),
        _("Find a run"): url_for("run_search.index"),
        _("Notifications"): url_for("notifications.index"),
    }
    drawn = [("192", "any"), ("512", "any"), ("192", "maskable"), ("512", "maskable")]
    names = {"any": "icon", "maskable": "icon-maskable"}
    return {
        "name": _("Hampa"),
        "short_name": _("Hampa"),
        "description": _("Find company to run with, near you and at your pace."),
        "lang": get_locale_code(),
        "dir": direction(),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": NIGHT,
        "categories": ["sports", "social", "health"],
        "icons": [
            {
                "src": asset(f"img/{names[purpose]}-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in drawn
        ],
        "shortcuts": [{"name": name, "url": path} for name, path in shortcuts.items()],
    }
