"""rq-dashboard, read only: a WSGI application of its own that a view for operators calls (docs/adr/0004)."""

from functools import lru_cache

from flask import Flask
from redis import RedisError
from rq.exceptions import NoSuchJobError

from hampa.platform.config import settings

POLL_MILLISECONDS = 5_000
READ_ONLY = "Read only: failed jobs are run again or dropped under /admin/jobs."


def application() -> Flask:
    """Return the dashboard of the current app's Redis; the calling view routes GET requests alone."""
    return _application(settings().redis_url)


@lru_cache(maxsize=4)
def _application(redis_url: str) -> Flask:
    import rq_dashboard  # two megabytes, which a web process loads when an operator asks
    from rq_dashboard.web import setup_rq_connection

    app = Flask("rq_dashboard")
    app.url_map.merge_slashes = app.url_map.strict_slashes = app.url_map.redirect_defaults = False
    app.config.update(
        RQ_DASHBOARD_REDIS_URL=(redis_url,),
        RQ_DASHBOARD_DISABLE_DELETE=True,
        RQ_DASHBOARD_POLL_INTERVAL=POLL_MILLISECONDS,
    )
    setup_rq_connection(app)
    app.register_blueprint(rq_dashboard.blueprint)
    # One of its addresses changes something on GET, which no token guards.
    app.view_functions["rq_dashboard.requeue_all"] = lambda **_arguments: (READ_ONLY, 403)
    app.register_error_handler(NoSuchJobError, lambda _error: ("There is no such job.", 404))
    app.register_error_handler(RedisError, lambda _error: ("Redis does not answer.", 503))
    return app
