"""What Prometheus reads."""

import hmac
from urllib.parse import urlsplit

from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST

from hampa.admin.views.blueprint import blueprint
from hampa.platform import metrics
from hampa.platform.config import settings
from hampa.platform.errors import NotFound
from hampa.platform.security.ip_addresses import is_loopback
from hampa.platform.web.permissions import machines

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via")
"""The headers by which a proxy says that it asks for somebody else."""


@blueprint.get("/metrics")
@machines
def show_metrics() -> Response:
    """Return the metrics of this machine to who has the token, or, without one in the settings, to this machine alone.

    A proxy on this machine that says for whom it asks, or by which other name the site was called, is somebody else.
    """
    if not _may_read():
        raise NotFound
    answer = Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _may_read() -> bool:
    token = settings().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    is_forwarded = any(name in request.headers for name in FORWARDED)
    is_called_here = is_loopback(urlsplit(request.host_url).hostname)
    return is_loopback(request.remote_addr) and is_called_here and not is_forwarded
