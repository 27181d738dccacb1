"""The settings of proxies that we ship fit the site."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from hampa.platform.live.hub import HEARTBEAT_SECONDS
from hampa.platform.serving import HEAD_SECONDS
from tests.cluster.site import Cluster

PROXY = Path(__file__).parents[2] / "docs" / "proxy"


def number(file: str, pattern: str) -> int:
    found = re.search(pattern, (PROXY / file).read_text())
    assert found, f"{file} has no {pattern}"
    return int(found[1])


def test_they_let_the_largest_upload_pass(app: Flask) -> None:
    largest = max(getattr(view, "most_bytes", 0) for view in app.view_functions.values())
    assert largest > app.config["MAX_CONTENT_LENGTH"]
    assert number("nginx.conf", r"client_max_body_size (\d+)m;") * 1_000_000 > largest
    assert number("Caddyfile", r"max_size (\d+)MB") * 1_000_000 > largest


def test_they_keep_streams_of_live_events_that_have_a_heartbeat() -> None:
    assert number("nginx.conf", r"proxy_read_timeout (\d+)s") >= 2 * HEARTBEAT_SECONDS
    assert re.search(r"location = /live \{[^}]*proxy_buffering off;", (PROXY / "nginx.conf").read_text())
    for side in ("client", "server"):
        assert number("haproxy.cfg", rf"timeout {side} +(\d+)s") >= 2 * HEARTBEAT_SECONDS
    assert "flush_interval -1" in (PROXY / "Caddyfile").read_text()


def test_the_cluster_is_tried_with_the_settings_that_are_documented(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    text = cluster.write_proxy_file().read_text()
    assert f"bind 127.0.0.1:{cluster.port}" in text
    assert "10.0.0." not in text
    assert text.count("\n") == (PROXY / "haproxy.cfg").read_text().count("\n")


def test_they_end_idle_connections_before_the_site_does() -> None:
    """Else a request meets a connection that is being closed."""
    assert number("nginx.conf", r"    keepalive_timeout (\d+)s; +#") < HEAD_SECONDS
    assert number("Caddyfile", r"keepalive (\d+)s") < HEAD_SECONDS
    assert number("haproxy.cfg", r"pool-purge-delay (\d+)s") < HEAD_SECONDS
