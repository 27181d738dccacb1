"""`python -m hampa.platform.probe web|worker`: the health check of a container, which ends with 1 when it fails."""

import http.client
import os
import socket
import sys
from datetime import timedelta

from hampa.platform import config

WAIT_SECONDS = 5
MOST_SILENT = timedelta(seconds=60)
"""A worker says every few seconds that it is there, also while it runs a job."""


def main(arguments: list[str]) -> int:
    """Return 0 when the web server, or the worker, of this machine is alive."""
    checks = {"web": check_web, "worker": check_worker}
    if len(arguments) != 1 or arguments[0] not in checks:
        sys.stderr.write("usage: python -m hampa.platform.probe web|worker\n")
        return 2
    fault = checks[arguments[0]]()
    if fault:
        sys.stderr.write(f"{fault}\n")
    return 1 if fault else 0


def check_web() -> str:
    """Ask the web server whether it is alive; return what is wrong, or ""."""
    connection = http.client.HTTPConnection("127.0.0.1", config.load(os.environ).port, timeout=WAIT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except OSError as error:
        return f"no answer: {error}"
    finally:
        connection.close()
    return "" if status == http.client.OK else f"answered {status}"


def check_worker() -> str:
    """Look in Redis for a worker of this machine that was heard of lately; return what is wrong, or ""."""
    from redis import Redis, RedisError
    from rq import Worker
    from rq.utils import now

    here = socket.gethostname()
    try:
        with Redis.from_url(config.load(os.environ).redis_url, socket_timeout=WAIT_SECONDS) as connection:
            workers = [worker for worker in Worker.all(connection=connection) if worker.hostname == here]
    except RedisError:
        return ""  # the worker waits for Redis too; to start it again would help nobody
    alive = [one for one in workers if one.last_heartbeat and now() - one.last_heartbeat < MOST_SILENT]
    return "" if alive else f"no worker of {here} was heard of for {MOST_SILENT.seconds} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
