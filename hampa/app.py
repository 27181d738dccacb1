"""The composer: the only file that knows all of Hampa.

`create_app()` reads the settings, starts the platform, then lets each feature in. A feature is known
by its files, each of which may be a folder: `models` are imported so that the database knows them,
`notices` so that their kinds of notification are registered, `jobs` so that the queue knows them, `privacy`
so that what it holds of people can be given to them and forgotten; the blueprints in `views` are registered,
the commands in `cli` added.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from hampa.platform import cli, config, embedded, jobs, logs, migrations, redis, sentry, versions
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.web import (
    assets,
    compress,
    csrf,
    errors,
    forms,
    headers,
    health,
    session,
    slots,
    template_filters,
    tiles,
    towns,
    ui,
    uploads,
)

FEATURES = (
    "people",
    "outbox",
    "notifications",
    "auth",
    "moderation",
    "cards",
    "runs",
    "routes",
    "photos",
    "series",
    "announcements",
    "attendance",
    "calendars",
    "comments",
    "reminders",
    "organising",
    "safety",
    "profile",
    "account",
    "blocks",
    "home",
    "admin",
    "demo",
)
DEVELOPMENT_FEATURES = ("dev",)

SESSION_DAYS = 30
LONGEST_FORM = 1_000_000
"""Bytes of a form without files; fields are a few thousand characters at most."""


def create_app(settings: Settings | None = None) -> Flask:
    """Hampa as a WSGI application. Without settings, they are read from the environment.

    Raises `SettingsError` when one of them is wrong.
    """
    found = embedded.completed(settings or config.load(os.environ))
    app = Flask(__name__)
    configure(app, found)
    start_platform(app, found)
    for name in FEATURES + (DEVELOPMENT_FEATURES if found.env != "production" else ()):
        register_feature(app, name)
    init_login(app)
    return app


def configure(app: Flask, found: Settings) -> None:
    """Translate our settings into those of the libraries."""
    app.extensions["hampa.settings"] = found
    https = found.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=found.secret_key,
        SQLALCHEMY_DATABASE_URI=found.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": found.pool_size,
            "max_overflow": found.pool_overflow,
            "pool_timeout": 1,
            "pool_pre_ping": True,
            "hide_parameters": True,
            "connect_args": {
                "connect_timeout": 2,
                # What is asked for is in memory or on a disk without moving parts: a row here and there costs as
                # much as one beside the other. By PostgreSQL's default it would rather read and sort whole towns.
                "options": "-c statement_timeout=10000 -c lock_timeout=5000 -c timezone=UTC -c random_page_cost=1.1",
            },
        },
        SESSION_COOKIE_NAME="__Host-hampa" if https else "hampa",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=SESSION_DAYS * 24 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LONGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM,
        TESTING=found.env == "test",
        TEMPLATES_AUTO_RELOAD=found.development,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if found.trusted_proxies:
        hops = found.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def start_platform(app: Flask, found: Settings) -> None:
    """Everything that has no Hampa noun."""
    logs.init_app(app)
    sentry.init_app(app)
    db.init_app(app)
    migrations.init_app(app)
    redis.init_app(app)
    jobs.init_app(app)
    versions.init_app(app)
    uploads.init_app(app)
    csrf.init_app(app)
    i18n.init_app(app)
    ui.init_app(app)
    forms.init_app(app)
    slots.init_app(app)
    template_filters.init_app(app)
    assets.init_app(app)
    tiles.init_app(app)
    errors.init_app(app)
    headers.init_app(app, https=found.base_url.startswith("https://"))
    app.register_blueprint(health.blueprint)
    app.register_blueprint(towns.blueprint)
    app.cli.add_command(cli.hampa)
    compress.init_app(app)


def register_feature(app: Flask, feature: str) -> None:
    """Let one feature in, by the files it has."""
    for file in ("models", "notices", "jobs", "privacy"):
        load_modules(feature, file)
    pages = (views for views in load_modules(feature, "views") if hasattr(views, "blueprint"))
    for blueprint in dict.fromkeys(views.blueprint for views in pages):
        app.register_blueprint(blueprint)
    for commands in load_modules(feature, "cli"):
        commands.init_app(app)


def load_modules(feature: str, file: str) -> list[ModuleType]:
    """The module `hampa.<feature>.<file>`, those in it when it is a folder, or none."""
    name = f"hampa.{feature}.{file}"
    if not find_spec(name):
        return []
    module = import_module(name)
    if not hasattr(module, "__path__"):
        return [module]
    return [import_module(f"{name}.{found.name}") for found in iter_modules(module.__path__)]


def init_login(app: Flask) -> None:
    """Let Flask-Login find who is signed in, and the header show what waits for them."""
    from hampa.auth import queries as auth
    from hampa.notifications import queries as notifications

    session.init_app(app, load=auth.load_session)

    def unread_count() -> int:
        person = session.me()
        return notifications.unread_count(person) if person else 0

    @app.context_processor
    def for_every_page() -> dict[str, Any]:
        return {"unread_count": unread_count}
