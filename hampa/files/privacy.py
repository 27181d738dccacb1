"""Export and erasure of files."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.files.models import StoredFile
from hampa.files.queries.owners import is_owned_readably
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(StoredFile.uploader_id, noun="files", fate="delete")


@privacy_registry.exports("files", _l("Files that you keep with plans"))
def export_files(person: Person) -> Iterable[dict[str, Any]]:
    """Return the files, `size` in bytes; `reason` says why one was refused. Beside them is what can still be fetched."""
    columns = "id owner_kind owner_id name kind size digest state reason scanned_at created_at"
    return privacy_registry.rows_of(person, StoredFile.uploader_id, columns)


@privacy_registry.exports_files
def export_contents(person: Person) -> Iterator[Attachment]:
    """Yield each file as it is kept, of those that the person still fetches."""
    columns = StoredFile.id, StoredFile.kind, StoredFile.object_name
    query = select(*columns).where(StoredFile.uploader_id == person.id, StoredFile.object_name.is_not(None))
    query = query.where(is_owned_readably(person, StoredFile.owner_kind, StoredFile.owner_id))
    for file in privacy_registry.rows(query.order_by(StoredFile.created_at, StoredFile.id)):
        yield Attachment(f"files/{file['id']}.{file['kind']}", file["object_name"])
