"""People and crews by name."""

from sqlalchemy import or_, select, union

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_known_to
from hampa.people.models import Person
from hampa.people.queries import is_seen_by, summary_columns
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.cleaning import fold
from hampa.search.queries.providers import INDEXED, Hit, Provider, Search, register_provider


def find_people(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return people whom the viewer may see, by their name or user name."""
    handle = fold(search.text).removeprefix("@")
    by_name = select(Person.id).where(search.is_in_name(Person.name)).limit(INDEXED).subquery("by_name")
    by_handle = select(Person.id).where(Person.handle.startswith(handle, autoescape=True)).limit(most).subquery()
    ids = union(select(by_name.c.id), select(by_handle.c.id)).scalar_subquery()
    query = select(summary_columns(), Person.handle, Person.city).where(Person.id.in_(ids), Person.name != "")
    query = query.where(is_seen_by(viewer), Person.state == "active").order_by(Person.name, Person.id).limit(most)
    return [
        Hit(
            "people",
            person.id,
            person.name,
            "profile.person",
            {"person_id": person.id},
            text=handle or "",
            detail=city,
            person=person,
        )
        for person, handle, city in db.session.execute(query)
    ]


def find_crews(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return crews that the viewer may know of, their own first."""
    viewer_id = viewer.id if viewer is not None else None
    found = [select(Crew.id).where(search.is_in_name(Crew.name)).limit(INDEXED).subquery("found")]
    if viewer_id is not None:
        mine = select(CrewMembership.crew_id.label("id")).where(
            CrewMembership.person_id == viewer_id, CrewMembership.status == ACTIVE
        )
        found.append(mine.subquery("mine"))
    ids = union(*(select(one.c.id) for one in found)).scalar_subquery()
    query = select(Crew.id, Crew.name, Crew.description).where(Crew.id.in_(ids), is_known_to(viewer_id))
    query = query.where(or_(search.is_in_name(Crew.name), search.is_in_name(Crew.description)))
    rows = db.session.execute(query.order_by(Crew.name, Crew.id).limit(most))
    return [Hit("crews", row.id, row.name, "crews.show", {"crew_id": row.id}, text=row.description) for row in rows]


register_provider(Provider("people", _l("People"), find_people, is_public=True))
