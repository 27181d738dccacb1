"""Export and erasure of a person's comments."""

from collections.abc import Iterable
from typing import Any

from hampa.comments.models import Comment
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(
    Comment.author_id, noun="comments", fate="keep", because="what was said stays readable, without the name"
)


@privacy_registry.exports("comments", _l("What you said under runs"))
def export_comments(person: Person) -> Iterable[dict[str, Any]]:
    """Return the comments, the oldest first."""
    return privacy_registry.rows_of(person, Comment.author_id, "id run_id created_at text")
