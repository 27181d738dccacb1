"""Metrics: of all processes, for who may read them; and alert rules that fire by them, and by nothing else."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from flask import Flask
from prometheus_client import values
from prometheus_client.parser import text_string_to_metric_families

from hampa.admin import queries
from hampa.coach_summaries.models import ModelDay
from hampa.platform import clock, metrics
from hampa.platform.errors import NotFound
from hampa.platform.web import health
from tests.admin.test_outbox import message
from tests.factories.base import made

RULES = Path(__file__).parents[2] / "deploy" / "alerts.yml"
FUNCTIONS = {"sum", "rate", "increase", "by", "le", "max", "and", "histogram_quantile"}
LABELS = {"status", "outcome", "result", "cache", "currency"}


def read(page) -> dict[str, dict[tuple, float]]:
    answer = page.client.get("/metrics")
    assert answer.status_code == 200
    found: dict[str, dict[tuple, float]] = {}
    for family in text_string_to_metric_families(answer.get_data(as_text=True)):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_requests_are_counted_by_route_and_what_waits_by_age(page, owner, db_session, given):
    given(backup_target="/nowhere")
    queries._backups["late"] = True
    made(ModelDay, day=clock.now().date(), model="m", calls=3, input_tokens=5, currency="USD", cost=Decimal("0.25"))
    message(status="pending", next_attempt_at=clock.now() - timedelta(minutes=7))
    page.as_(owner).get("/me", 200)
    page.get("/nothing-there", 404)
    page.get("/runs", 200)
    found = read(page)
    assert found["hampa_requests_total"][("method", "GET"), ("route", "/me"), ("status", "2xx")] >= 1
    assert found["hampa_requests_total"][("method", "GET"), ("route", "none"), ("status", "4xx")] >= 1
    assert found["hampa_queries_total"][(("route", "/me"),)] >= 1
    assert found["hampa_feature_requests_total"][(("feature", "profile"),)] >= 1
    assert max(found["hampa_outbox_oldest_seconds"].values()) >= 400
    assert found["hampa_database_up"][()] == found["hampa_redis_up"][()] == 1
    assert found["hampa_sign_ups_today"][()] >= 1
    assert found["hampa_model_calls_total"][("model", "m"), ("outcome", "answered")] == 3
    assert found["hampa_model_cost_total"][(("currency", "USD"),)] == 0.25
    assert not [
        labels for labels in found["hampa_requests_total"] if "+98" in str(labels) or str(owner.id) in str(labels)
    ]
    named = set()
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for rule in rules:
        words = set(re.findall(r"[a-z_]{2,}", re.sub(r'"[^"]*"|\[\w+\]', "", rule["expr"]))) - FUNCTIONS - LABELS
        assert words, rule["alert"]
        named |= words
        assert rule["annotations"]["summary"] and rule["labels"]["severity"]
    assert named <= set(found), f"no metric is called {named - set(found)}"
    assert len(rules) == 10


def test_an_away_database_or_redis_is_told_and_the_rest_left_out(page, db_session, monkeypatch):
    monkeypatch.setattr(health, "failures", lambda: {"redis": "Redis does not answer"})
    assert read(page)["hampa_redis_up"][()] == 0

    def fails() -> list:
        raise OSError("gone")

    monkeypatch.setattr(metrics, "_readers", [fails, metrics.machine])
    assert read(page)["hampa_redis_up"][()] == 0, "a reader that fails keeps no other from being read"


@pytest.fixture
def given(app: Flask, monkeypatch: pytest.MonkeyPatch):
    def change(**changed):
        settings = app.extensions["hampa.settings"].model_copy(update=changed)
        monkeypatch.setitem(app.extensions, "hampa.settings", settings)

    return change


def test_only_this_machine_or_who_has_the_token_reads_them(page, operator, given, db_session):
    client = page.client
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == NotFound.status
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Via"):
        assert client.get("/metrics", headers={header: "192.0.2.1"}).status_code == NotFound.status, header
    for name, status in (("hampa.example", NotFound.status), ("127.0.0.1:8000", 200), ("[::1]:8000", 200)):
        assert client.get("/metrics", headers={"Host": name}).status_code == status, (
            "a proxy may pass on the name alone"
        )
    given(metrics_token="t" * 24)
    for header in ("", "Bearer wrong", "Bearer ", f"Basic {'t' * 24}"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == NotFound.status, header
    allowed = {"headers": {"Authorization": f"Bearer {'t' * 24}"}, "environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    assert client.get("/metrics", **allowed).status_code == 200


def test_processes_count_together_and_who_was_killed_has_no_streams(app: Flask, monkeypatch):
    alone = values.ValueClass
    try:
        with metrics.shared_by_processes(), app.app_context():
            monkeypatch.setattr(metrics, "_readers", [])
            child = os.fork()
            if child == 0:
                theirs = metrics.Metrics()
                metrics.count_request(theirs, "GET", "/runs", 200, 0.01)
                theirs.live.inc(3)
                os._exit(0)
            os.waitpid(child, 0)
            ours = metrics.Metrics()
            metrics.count_request(ours, "GET", "/runs", 500, 3.0)
            ours.live.inc(1)
            text = metrics.text().decode()
    finally:
        values.ValueClass = alone
        os.environ.pop(metrics.FOLDER, None)
    assert 'hampa_requests_total{method="GET",route="/runs",status="2xx"} 1.0' in text
    assert 'hampa_requests_total{method="GET",route="/runs",status="5xx"} 1.0' in text
    assert 'hampa_request_seconds_count{route="/runs"} 2.0' in text
    assert "hampa_live_connections 1.0" in text
