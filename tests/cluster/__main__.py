"""`make cluster`: the whole site with two of each on this machine; `make cluster-drill`: what it endures."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hampa.platform.supervisor import stop_on_signals
from tests import sms_gateway
from tests.cluster.programs import ClusterError
from tests.cluster.site import Cluster


def main() -> int:
    """Run the cluster until Ctrl-C, or the drills; return the exit status."""
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__)
    parser.add_argument("--home", type=Path, help="a new folder for its data, which stays; else a temporary one")
    parser.add_argument("--port", type=int, default=0, help="where people reach it; else a free port")
    parser.add_argument("--drill", action="store_true", help="kill its parts under load, and roll a new version in")
    parser.add_argument("--only", nargs="*", default=[], help="of the drills: web1 worker1 redis primary roll")
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second of the drill")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _home(chosen.home) as home:
            return drill(home, chosen) if chosen.drill else serve(home, chosen.port)
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def serve(home: Path, port: int) -> int:
    """Run the cluster until a signal ends it; SIGUSR1 restarts its programs one after another."""
    rolls: list[int] = []
    with stop_on_signals() as stopping, Cluster(home, port).running() as cluster:
        signal.signal(signal.SIGUSR1, lambda *_: rolls.append(1))
        print(f"Hampa is at {cluster.base_url}, behind HAProxy; SMS can be read at {cluster.base_url}/dev/outbox")
        for name, program in _programs(cluster):
            print(f"  {name:<10} process {program}")
        print(f"Data and logs are in {home}. Kill what you like: it comes back, and the site stays.")
        print(
            "`kill -USR1` of this process restarts web and workers one after another. Ctrl-C ends everything.",
            flush=True,
        )
        told = 0
        while not stopping.wait(0.2):
            if rolls:
                rolls.clear()
                cluster.roll()
            for _moment, words in cluster.events[told:]:
                print(words, flush=True)
                told += 1
    return 0


def drill(home: Path, chosen: argparse.Namespace) -> int:
    """Run the drills; return 1 if a claim does not hold."""
    from tests.cluster import drills

    with ExitStack() as stack:
        gateway = stack.enter_context(sms_gateway.running())
        cluster = Cluster(home, chosen.port, HAMPA_SMS_GATEWAY="webhook", HAMPA_SMS_WEBHOOK_URL=gateway.url)
        stack.enter_context(cluster.running())
        report = drills.run(cluster, gateway, chosen.rate, chosen.only)
        for _moment, words in cluster.events:
            if words.startswith("trouble"):
                report.claim(False, words)
    return 1 if report.broken else 0


def _programs(cluster: Cluster) -> Iterator[tuple[str, int]]:
    for program in (cluster.databases.primary.program, cluster.databases.replica.program, *cluster.programs.values()):
        if program.process is not None:
            yield program.name, program.process.pid


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    """Yield the folder of the cluster: the one that was named, which has to be new, or one that is removed."""
    if given is not None:
        if given.exists() and any(given.iterdir()):
            raise ClusterError(f"{given} is not empty: the cluster makes its databases anew")
        given.mkdir(parents=True, exist_ok=True)
        given.chmod(0o755)
        yield given.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="hampa-cluster-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
