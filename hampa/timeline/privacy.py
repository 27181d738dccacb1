"""Export and erasure of what a person did, liked and said of it."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.timeline.models import TimelineComment, TimelineEntry, TimelineLike

privacy_registry.holds(TimelineEntry.person_id, noun="timeline_entries", fate="delete")
privacy_registry.holds(TimelineLike.person_id, noun="timeline_likes", fate="delete")
privacy_registry.holds(TimelineComment.author_id, noun="timeline_comments", fate="delete")


@privacy_registry.exports("timeline_entries", _l("What happened, as your timeline shows it"))
def export_entries(person: Person) -> Iterable[dict[str, Any]]:
    """Return the entries; `subject_id` is the activity, plan, milestone, crew, run, duty or badge that each is about."""
    columns = "id kind subject_id plan_id crew_id happened_at created_at"
    return privacy_registry.rows_of(person, TimelineEntry.person_id, columns)


@privacy_registry.exports("timeline_likes", _l("What you liked"))
def export_likes(person: Person) -> Iterable[dict[str, Any]]:
    """Return which entries the person liked."""
    return privacy_registry.rows_of(person, TimelineLike.person_id, "id entry_id created_at")


@privacy_registry.exports("timeline_comments", _l("What you said of what others did"))
def export_comments(person: Person) -> Iterable[dict[str, Any]]:
    """Return the comments."""
    return privacy_registry.rows_of(person, TimelineComment.author_id, "id entry_id text created_at")
