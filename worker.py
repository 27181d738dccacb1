"""The worker, which runs jobs: `python worker.py [--concurrency N]`."""

from __future__ import annotations

import argparse
import os
import sys

from flask.cli import load_dotenv
from flask.helpers import get_load_dotenv

from hampa.app import create_app, import_features
from hampa.platform import config, embedded, logs
from hampa.platform.jobs import worker


def main() -> int:
    """Run until a signal says to end; return the exit status."""
    parser = argparse.ArgumentParser(description="Hampa's worker and scheduler; ends cleanly on SIGTERM.")
    parser.add_argument("--concurrency", type=int, metavar="N", help="processes that run jobs")
    arguments = parser.parse_args()
    if get_load_dotenv():
        load_dotenv()  # as `flask` does, so that `.env` is for all processes
    try:
        settings = embedded.with_embedded_servers(config.load(os.environ))
    except (config.SettingsError, embedded.EmbeddedError) as error:
        print(error, file=sys.stderr)
        return 2
    logs.configure(settings)
    import_features(settings.env)
    worker.run(lambda: create_app(settings), arguments.concurrency or settings.worker_concurrency)
    return 0


if __name__ == "__main__":
    sys.exit(main())
