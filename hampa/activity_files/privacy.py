"""Export and erasure of files and tracks."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.activity_files import actions
from hampa.activity_files.models import ActivityImport, ActivityTrack
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(ActivityImport.person_id, noun="activity_imports", fate="delete")
privacy_registry.holds(ActivityTrack.person_id, noun="activity_tracks", fate="delete")


@privacy_registry.exports("activity_imports", _l("Files of activities that you sent in the last month"))
def export_imports(person: Person) -> Iterable[dict[str, Any]]:
    """Return what was sent; `files` is how many files were in it, `place` how many are read."""
    return privacy_registry.rows_of(
        person, ActivityImport.person_id, "id created_at name files place reason agreed_at done_at"
    )


@privacy_registry.exports("activity_tracks", _l("What is read of the files of your activities"))
def export_tracks(person: Person) -> Iterable[dict[str, Any]]:
    """Return moving time, pulse, splits and best efforts; the files themselves are beside them."""
    columns = "id activity_id created_at number moving_s heart_mean heart_most sums"
    return privacy_registry.rows_of(person, ActivityTrack.person_id, columns)


@privacy_registry.exports_files
def export_files(person: Person) -> Iterator[Attachment]:
    """Yield the file of each activity as it came."""
    columns = ActivityTrack.activity_id, ActivityTrack.extension, ActivityTrack.file
    query = select(*columns).where(ActivityTrack.person_id == person.id).order_by(ActivityTrack.activity_id)
    for track in privacy_registry.rows(query):
        yield Attachment(f"activities/{track['activity_id']}.{track['extension']}.gz", track["file"])


privacy_registry.erases(actions.forget_files)
