"""What the cluster endures under a steady load: each of its parts is killed, then all are restarted one after another.

Told is what happened; a claim that does not hold makes the drill fail: no page fails beyond those in flight, nothing that
was acknowledged is lost, every SMS is sent, and restarting one after another makes nothing fail.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from hampa.app import create_app
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OPEN, OutboxMessage
from hampa.people.models import Person
from hampa.platform import config
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.bench import world
from tests.cluster.load import Load, Request, Wish, percentile
from tests.cluster.programs import wait_until
from tests.cluster.site import Cluster
from tests.sms_gateway import SmsGateway

RUNS, PEOPLE = 1_000, 200
JOIN_EVERY, JOIN_EVERY_ROLLING = 4, 10
SMS_SECONDS = 0.2
CALM_SECONDS = 5.0
HEAL_SECONDS = 120
VICTIMS = ("web1", "worker1", "redis", "primary")


@dataclass
class Scene:
    """What the load is made of: pages, people with their cookies, and joins that nobody has made yet."""

    app: Flask
    pages: list[str]
    people: list[tuple[uuid.UUID, str]]
    joins: Iterator[tuple[uuid.UUID, uuid.UUID, str]]
    token: str
    join_every: int = JOIN_EVERY

    def wish(self, number: int) -> Wish:
        """Return the request with this number: a join now and then, else a page of a visitor or of somebody signed in."""
        if number % self.join_every == 0:
            run_id, person_id, cookie = next(self.joins)
            body = f"status=GOING&csrf_token={self.token}".encode()
            return Wish("join", f"/runs/{run_id}/join", cookie, body, (run_id, person_id))
        path = self.pages[number % len(self.pages)]
        _id, cookie = self.people[number % len(self.people)] if number % 3 else (None, "")
        return Wish("page", path, cookie)


def make_scene(cluster: Cluster) -> Scene:
    """Fill the database, sign people in, and return what the load is made of."""
    app = create_app(config.load(cluster.environ | {"HAMPA_HOME": str(cluster.home / "drill")}))
    with app.app_context():
        world.fill(RUNS)
        cookies = world.travellers(app, PEOPLE)
        people = db.session.scalars(select(Person.id).order_by(Person.phone).limit(PEOPLE)).all()
        open_runs = db.session.scalars(select(Run.id).where(Run.capacity.is_(None)).order_by(Run.starts_at)).all()
        taken = set(db.session.execute(text("SELECT run_id, person_id FROM participations")).tuples())
        organisers = set(db.session.execute(text("SELECT id, organiser_id FROM runs")).tuples())
        token = world.csrf_token(app)
        db.session.commit()
        db.engine.dispose()
    signed_in = list(zip(people, cookies, strict=True))
    free = [
        (run_id, person_id, cookie)
        for run_id, (person_id, cookie) in itertools.product(open_runs, signed_in)
        if (run_id, person_id) not in taken | organisers
    ]
    random.Random(18).shuffle(free)
    pages = ["/", "/runs", *(f"/runs/{run_id}" for run_id in open_runs[:20]), "/cards", "/runs?q=loop"]
    return Scene(app, pages, signed_in, iter(free), token)


class Messages:
    """SMS that are written at a steady rate; `acknowledged` are those whose transaction was committed."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.acknowledged: list[str] = []
        self.refused = 0

    @contextmanager
    def written(self) -> Iterator[Messages]:
        """Write messages during the block."""
        stop = threading.Event()
        thread = threading.Thread(target=self._write, args=(stop,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join(60)

    def _write(self, stop: threading.Event) -> None:
        for number in itertools.count():
            if stop.wait(SMS_SECONDS):
                return
            with self.app.app_context():
                try:
                    message = send_sms(
                        f"+98912{1_000_000 + number}",
                        "auth/sms/budget_spent.txt",
                        {"host": "hampa.test", "most": 5},
                        key=f"drill:{number}",
                        locale="fa",
                        purpose="run_changed",
                    )
                    name = str(message.id)
                    db.session.commit()
                    self.acknowledged.append(name)
                except SQLAlchemyError:
                    self.refused += 1
                    db.session.rollback()


@dataclass
class Report:
    """Lines that were told, and the claims that did not hold."""

    lines: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Print a line at once, and keep it."""
        self.lines.append(line)
        print(line, flush=True)

    def claim(self, holds: bool, words: str) -> None:
        """Tell a claim, and whether it holds."""
        if not holds:
            self.broken.append(words)
        self.tell(f"{'held  ' if holds else 'BROKEN'}  {words}")


def run(cluster: Cluster, gateway: SmsGateway, rate: float, only: list[str]) -> Report:
    """Kill each part under load, then restart all one after another; `only` names some of these."""
    report, scene = Report(), make_scene(cluster)
    one, five, _fifteen = os.getloadavg()
    report.tell(
        f"{rate:g} requests a second; {os.cpu_count()} cores, load before: {one:.1f} (1 min), {five:.1f} (5 min)"
    )
    messages = Messages(scene.app)
    victims = [name for name in VICTIMS if not only or name in only]
    if victims:
        with messages.written(), Load(cluster.port, rate, scene.wish) as load:
            time.sleep(CALM_SECONDS)
            calm = load.failures()
            words = f"before anything is killed {len(calm)} of {len(load.requests)} requests failed"
            report.claim(not calm, words + _statuses(calm, time.monotonic()))
            for name in victims:
                kill_one(cluster, load, name, report)
        check_joins(scene, load.requests, report)
        check_messages(scene, messages, gateway, report)
    if not only or "roll" in only:
        roll(cluster, scene, max(rate, 50), report)
    with scene.app.app_context():
        db.engine.dispose()
    return report


def kill_one(cluster: Cluster, load: Load, name: str, report: Report) -> None:
    """Kill a part, wait until all is whole again, and tell what people noticed."""
    seen = len(load.requests)
    killed = cluster.kill(name)
    time.sleep(CALM_SECONDS)
    wait_until(cluster.whole, f"the cluster is whole after {name} was killed", HEAL_SECONDS)
    healed = time.monotonic() - killed
    time.sleep(CALM_SECONDS)
    requests = [request for request in load.requests[seen:] if request.ended > killed]
    failed = [request for request in requests if not request.good]
    beyond = [request for request in failed if request.begun > killed]
    slow = max((request.ended - request.begun for request in requests), default=0.0)
    report.claim(
        not beyond,
        f"{name} killed: {len(beyond)} requests failed beyond those in flight, {len(failed) - len(beyond)} in flight,"
        f" of {len(requests)}; slowest answer {slow:.2f} s; whole again after {healed:.1f} s{_statuses(failed, killed)}",
    )


def roll(cluster: Cluster, scene: Scene, rate: float, report: Report) -> None:
    """Restart everything one after another as a new version would come in."""
    scene.join_every = JOIN_EVERY_ROLLING
    with Load(cluster.port, rate, scene.wish) as load:
        time.sleep(CALM_SECONDS)
        begun = time.monotonic()
        cluster.roll()
        took = time.monotonic() - begun
        time.sleep(CALM_SECONDS)
    failed = load.failures()
    seconds = [request.ended - request.begun for request in load.requests]
    reached = len(load.requests) / (load.requests[-1].ended - load.requests[0].begun)
    report.claim(
        not failed,
        f"restarted one after another in {took:.0f} s under {reached:.0f} requests a second: {len(failed)} of"
        f" {len(load.requests)} failed; half within {percentile(seconds, 0.5) * 1000:.0f} ms, 95 % within"
        f" {percentile(seconds, 0.95) * 1000:.0f} ms, slowest {max(seconds):.2f} s{_statuses(failed, begun)}",
    )
    check_joins(scene, load.requests, report)


def check_joins(scene: Scene, requests: list[Request], report: Report) -> None:
    """Look for each acknowledged join in the database."""
    joined = {request.about for request in requests if request.kind == "join" and request.good}
    with scene.app.app_context():
        rows = db.session.execute(text("SELECT run_id, person_id FROM participations WHERE status = 'GOING'"))
        lost = joined - set(rows.tuples())
        db.session.rollback()
    report.claim(not lost, f"of {len(joined)} acknowledged joins {len(lost)} are not in the database")


def check_messages(scene: Scene, messages: Messages, gateway: SmsGateway, report: Report) -> None:
    """Wait until the outbox is empty, and look for each acknowledged SMS at the gateway."""
    with scene.app.app_context():

        def none_open() -> bool:
            db.session.rollback()
            return not db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.status.in_(OPEN)).limit(1)).all()

        wait_until(none_open, "the outbox is empty", HEAL_SECONDS)
    calls = [call.body["id"] for call in gateway.calls]
    lost = [name for name in messages.acknowledged if name not in set(calls)]
    twice = [name for name in messages.acknowledged if calls.count(name) > 1]
    report.claim(
        not lost, f"of {len(messages.acknowledged)} SMS written {len(lost)} were not sent; {len(twice)} came twice"
    )
    if messages.refused:
        report.tell(f"        {messages.refused} SMS were refused at writing, and their writer told so")


def _statuses(failed: list[Request], since: float) -> str:
    if not failed:
        return ""
    shown = ", ".join(f"{one.status} for {one.kind} at {one.begun - since:+.2f} s" for one in failed[:6])
    return f" ({shown}{', …' if len(failed) > 6 else ''})"
