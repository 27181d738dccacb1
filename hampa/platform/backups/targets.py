"""Where the nightly backups go, `HAMPA_BACKUP_TARGET`, and which of them are kept: of 7 days, and of 4 weeks."""

import logging
import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hampa.platform import clock
from hampa.platform.backups import archive
from hampa.platform.config import Settings, settings
from hampa.platform.jobs import job
from hampa.platform.media.storage import S3_RETRIES, S3_TIMEOUTS

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

NAME = "hampa-%Y%m%dT%H%M%SZ.tar"
DAYS, WEEKS = 7, 4
LATE = timedelta(hours=36)
"""The age of the newest backup at which the operator is warned."""
S3 = "s3://"

log = logging.getLogger(__name__)


def is_on() -> bool:
    """Return whether backups are made."""
    return bool(settings().backup_target)


@job("backups.make", every=timedelta(days=1), lease=timedelta(hours=6), tries=3)
def make() -> None:
    """Make a backup, put it where backups go, and delete those that are too old."""
    if not is_on():
        return
    store = _store(settings())
    with tempfile.NamedTemporaryFile(dir=settings().home) as file:
        manifest = archive.write(file)
        size = file.tell()
        file.seek(0)
        store.put(clock.now().strftime(NAME), file.file)
    log.info("backup of %d files and the database, %d MB", manifest.files, size >> 20)
    made = {moment: name for name in _names() if (moment := made_at(name))}
    for moment in set(made) - kept(made, clock.now()):
        store.delete(made[moment])


def newest() -> datetime | None:
    """Return when the newest backup was made, None when there is none."""
    return max((moment for name in _names() if (moment := made_at(name))), default=None)


def is_late() -> bool:
    """Return whether backups are made, and the newest one is too old or missing."""
    last = newest() if is_on() else None
    return is_on() and (last is None or clock.now() - last > LATE)


def made_at(name: str) -> datetime | None:
    """Return when a backup of this name was made, None for other files."""
    try:
        return datetime.strptime(name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def kept(made: Iterable[datetime], now: datetime) -> set[datetime]:
    """Return which backups are kept: the newest of each of 7 days and of each of 4 weeks, and whatever is from the future."""
    chosen: dict[object, datetime] = {}
    for moment in sorted(made):
        age = now - moment
        if age < timedelta(days=DAYS):
            chosen["day", moment.date()] = moment
        if age < timedelta(weeks=WEEKS):
            chosen["week", moment.isocalendar()[:2]] = moment
    return set(chosen.values())


def _names() -> list[str]:
    return [meta["path"] for chunk in _store(settings()).list() for meta in chunk if "/" not in meta["path"]]


@lru_cache(maxsize=2)
def _store(config: Settings) -> "LocalStore | S3Store":
    from obstore.store import LocalStore, S3Store

    if not config.backup_target.startswith(S3):
        folder = Path(config.backup_target).expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(folder, 0o700)
        return LocalStore(folder)
    bucket, _slash, prefix = config.backup_target.removeprefix(S3).partition("/")
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=config.s3_endpoint or None,
        region=config.s3_region,
        access_key_id=config.s3_key or None,
        secret_access_key=config.s3_secret or None,
        client_options={**S3_TIMEOUTS, "allow_http": config.s3_endpoint.startswith("http://")},
        retry_config=S3_RETRIES,
    )
