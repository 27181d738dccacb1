"""Names of people to choose from, told apart where two have the same."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import fold


def told_apart(people: Sequence[PersonSummary]) -> list[tuple[str, str]]:
    """Return ids and names of people for a choice; those of one name with their user name, their city, or a number.

    The user name and the city stand on their pages, which members of a crew see of each other.
    """
    times = Counter(fold(one.name) for one in people)
    same = [one.id for one in people if times[fold(one.name)] > 1]
    if not same:
        return [(str(one.id), one.name) for one in people]
    query = select(Person.id, Person.handle, Person.city).where(Person.id.in_(same))
    more = {row.id: f"@{row.handle}" if row.handle else row.city for row in db.session.execute(query)}
    used: set[str] = set()
    chosen = []
    for number, one in enumerate(people, start=1):
        words = one.name
        if one.id in more:
            words = _("%(name)s (%(more)s)", name=one.name, more=more[one.id] or i18n.number(number))
            words = _("%(name)s (%(more)s)", name=words, more=i18n.number(number)) if words in used else words
        used.add(words)
        chosen.append((str(one.id), words))
    return chosen
