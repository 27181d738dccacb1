"""The composer: the only module that knows all features.

A feature is known by its modules, each of which may be a package: `models`, `notices`, `jobs` and `privacy` register
themselves when they are imported; `views` have blueprints, and `cli` has groups of commands.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from flask import Flask
from flask.cli import AppGroup
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from hampa.api.order import ORDER
from hampa.platform import (
    cli,
    config,
    embedded,
    jobs,
    live,
    logs,
    metrics,
    migrations,
    pool,
    redis,
    row_versions,
    sentry,
    versions,
)
from hampa.platform.api import serving
from hampa.platform.api.tokens import register_bearer
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.live.topics import check_sessions_with
from hampa.platform.locale import i18n
from hampa.platform.web import (
    assets,
    blanks,
    compress,
    csrf,
    errors,
    forms,
    headers,
    health,
    navigation,
    parts,
    request_limits,
    separators,
    session,
    shared_parts,
    slots,
    template_cache,
    template_calls,
    template_filters,
    tiles,
    towns,
    ui,
    uploads,
    urls,
)
from hampa.platform.web.site import Site

FEATURES = (
    "people",
    "audit",
    "timeline",
    "outbox",
    "notifications",
    "auth",
    "tokens",
    "mail_links",
    "passkeys",
    "passwords",
    "openid",
    "moderation",
    "subscriptions",
    "crews",
    "crew_invitations",
    "site_messages",
    "cards",
    "questions",
    "reactions",
    "runs",
    "joining",
    "leading",
    "one_tap",
    "recaps",
    "roster",
    "run_lists",
    "sharing",
    "plans",
    "routes",
    "photos",
    "series",
    "run_search",
    "announcements",
    "attendance",
    "calendars",
    "comments",
    "follows",
    "push",
    "webhooks",
    "invites",
    "reminders",
    "organising",
    "safety",
    "messages",
    "training",
    "activity_files",
    "files",
    "coach_notes",
    "duties",
    "leaderboards",
    "badges",
    "challenges",
    "closeouts",
    "broadcasts",
    "boards",
    "duty_rosters",
    "duty_appeals",
    "checkin_choices",
    "checkins",
    "checkin_reminders",
    "trends",
    "checkin_imports",
    "reaching_out",
    "newcomers",
    "incidents",
    "coaching",
    "coach_summaries",
    "profile",
    "account",
    "blocks",
    "summaries",
    "search",
    "home",
    "live",
    "offline",
    "admin",
    "api",
    "demo",
)
DEVELOPMENT_FEATURES = ("dev",)
REGISTERING = ("models", "notices", "jobs", "privacy")
"""The modules of a feature that register themselves when they are imported."""

SESSION_SECONDS = 30 * 24 * 3600
FIRST_PAGES = ("/", "/runs", "/cards", "/login")
"""The pages that the web server opens before it forks (`platform/granian_server.py`)."""
FORM_BYTES = 1_000_000
"""The most that a form without files may have; fields are a few thousand characters at most."""


@contextmanager
def without_collection() -> Iterator[None]:
    """Look for no garbage within the block, nor later among what it leaves: of what is imported all stays.

    Looking took a quarter of a start, and a second of the end of each process.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


@without_collection()
def create_app(settings: Settings | None = None) -> Flask:
    """Return Hampa as a WSGI application, by default with the settings of the environment.

    Raise SettingsError when one of them is wrong.
    """
    settings = embedded.with_embedded_servers(settings or config.load(os.environ))
    app = Site(__name__)
    configure(app, settings)
    init_platform(app)
    for name in features_in(settings.env):
        register_feature(app, name)
    init_login(app)
    resources = [module.resource for module in load_modules("api", "resources")]
    places = {name: place for place, name in enumerate(ORDER)}
    serving.init_app(app, sorted(resources, key=lambda resource: places.get(resource.name, len(places))))
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Configure Flask and its extensions by the settings."""
    app.extensions["hampa.settings"] = settings
    https = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.old_secret_keys),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.pool_size,
            "max_overflow": settings.pool_overflow,
            "pool_timeout": 1,
            "pool_reset_on_return": None,  # `platform.pool` rolls back what has begun
            "hide_parameters": True,
            "connect_args": {
                "connect_timeout": 2,
                # Rows are in memory or on an SSD, where a row anywhere costs as much as the next one. By PostgreSQL's
                # default for random_page_cost it would rather read and sort whole towns.
                "options": "-c statement_timeout=10000 -c lock_timeout=5000 -c timezone=UTC -c random_page_cost=1.1",
            },
        },
        SESSION_COOKIE_NAME="__Host-hampa" if https else "hampa",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        FIRST_PAGES=FIRST_PAGES,
        TESTING=settings.env == "test",
        TEMPLATES_AUTO_RELOAD=settings.development,
    )
    # Flask asks of each view and hook whether it is asynchronous, twenty times a page; none is.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    # Werkzeug would redirect from such paths to an address with the Host that the request names.
    app.url_map.merge_slashes = app.url_map.strict_slashes = app.url_map.redirect_defaults = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def init_platform(app: Flask) -> None:
    """Initialise what knows no feature; the order is that of the hooks before and after requests."""
    for part in (
        logs,
        metrics,
        sentry,
        db,
        pool,
        migrations,
        redis,
        jobs,
        versions,
        row_versions,
        live,
        uploads,
        csrf,
        blanks,
        i18n,
        ui,
        forms,
        slots,
    ):
        part.init_app(app)
    for part in (
        template_filters,
        navigation,
        assets,
        tiles,
        errors,
        headers,
        health,
        towns,
        cli,
        compress,
        parts,
        shared_parts,
        template_calls,
        separators,
        template_cache,
        urls,
        request_limits,
    ):
        part.init_app(app)


def features_in(env: str) -> tuple[str, ...]:
    """Return the names of the features of a site in this environment."""
    return FEATURES + (DEVELOPMENT_FEATURES if env != "production" else ())


@without_collection()
def import_features(env: str) -> None:
    """Import the modules of all features, for processes that fork before each creates an app of its own."""
    for feature in features_in(env):
        for name in (*REGISTERING, "views", "cli"):
            load_modules(feature, name)
    load_modules("api", "resources")


def register_feature(app: Flask, feature: str) -> None:
    """Import the modules of a feature, and register its blueprints and commands."""
    for name in REGISTERING:
        load_modules(feature, name)
    pages = (views for views in load_modules(feature, "views") if hasattr(views, "blueprint"))
    for blueprint in dict.fromkeys(views.blueprint for views in pages):
        app.register_blueprint(blueprint)
    for value in (value for commands in load_modules(feature, "cli") for value in vars(commands).values()):
        if isinstance(value, AppGroup):
            app.cli.add_command(value)


def load_modules(feature: str, name: str) -> list[ModuleType]:
    """Return the module `hampa.<feature>.<name>`, the modules in it if it is a package, or none."""
    path = f"hampa.{feature}.{name}"
    if not find_spec(path):
        return []
    module = import_module(path)
    if not hasattr(module, "__path__"):
        return [module]
    return [import_module(f"{path}.{inner.name}") for inner in iter_modules(module.__path__)]


def init_login(app: Flask) -> None:
    """Have Flask-Login load the person who is signed in, and give pages the numbers of what they have not read."""
    from hampa.auth import queries as auth
    from hampa.messages.views.listing import unread_conversations
    from hampa.notifications.views.listing import unread_count
    from hampa.tokens import queries as tokens

    session.init_app(app, load=auth.load_session)
    register_bearer(tokens.bearer_of)
    check_sessions_with(app, tokens.ended_among)
    app.jinja_env.globals.update(unread_count=unread_count, unread_conversations=unread_conversations)
