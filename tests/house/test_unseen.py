"""People whom a viewer may not see: no page, form, link, redirect or file tells their name, face, number or id.

Sara looks. Each of the people is hidden from her in one way, has done everything that a person can do together with
her before, or was added by number only, and stands in many places. Every route is asked with the ids of all that is
theirs, so that a new route takes part by itself.
"""

from __future__ import annotations

import itertools
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest

from hampa.cards.models import Card
from hampa.moderation import actions as moderation
from hampa.notifications.actions.notifying import notify
from hampa.people.actions import deactivate
from hampa.people.models import Block, Person
from hampa.plans.jobs import hide_runs_of
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries.snapshots import run_snapshot
from tests.factories.base import made
from tests.factories.cards import make_card, make_card_picture, make_companions, make_interest
from tests.factories.comments import make_comment
from tests.factories.files import make_picture
from tests.factories.messages import make_conversation, make_message, make_run_conversation
from tests.factories.people import let_be, make_person
from tests.factories.profiles import make_face
from tests.factories.runs import make_run, place_of, take_part
from tests.factories.series import make_series
from tests.house.routes import Row, rows
from tests.page import Answer, Page
from tests.personas import PLACEHOLDER, Setting
from tests.sweep import Sweep, parts
from tests.turns import in_turn

NAMES = {
    "added by number": "Quinceblossom Alderbrook",
    "blocked her": "Juniperwood Birchgate",
    "blocked by her": "Tamarindgrove Cedarford",
    "leaving": "Larkspurfield Dogwoodley",
    "suspended": "Mulberryhill Elmstead",
}
"""A name that stands nowhere else for each way of being hidden."""
LEFT_OUT = ("/dev/", "/admin/", "/static/", "/logout")
"""Pages of developers and operators, and a way out: visitors see what nobody can hide from them."""
COUNTING_HEADS = {
    "/runs/<uuid:run_id>/attendance",
    "/runs/<uuid:run_id>/attendance/code",
    "/runs/<uuid:run_id>/participants",
    "/runs/<uuid:run_id>/participants.csv",
    "/runs/<uuid:run_id>/participants/<uuid:participation_id>",
    "/runs/<uuid:run_id>/print",
    "/runs/<uuid:run_id>/requests",
}
"""Organisers see the names of all who come to their run by themselves, for their safety, though never the ids."""
TAKING_BACK = {"/me/blocks", "/people/<uuid:person_id>/block", "/me/blocks/<uuid:person_id>/end"}
"""Sara sees there whom she blocked, in order to take it back."""
TYPED = {"/me/phone", "/runs/<uuid:run_id>/organisers", "/coaching/athletes/<uuid:athlete_id>/invitation"}
"""The next page repeats the number that Sara typed: where the code was sent, who was asked to organise, or to be coached."""
NUMBER = ("number", "number, as it is shown")
HER_REPORTS = "/me/reports/<uuid:report_id>"
"""A report that Sara sent keeps what she saw then."""
LEADERS = {"/runs/<uuid:run_id>/edit", "/runs/<uuid:run_id>/copy"}
"""Organisers choose the leaders of pace groups there, and the form keeps those who lead one already."""


@dataclass
class Hidden:
    """A person whom Sara may not see, and the ids of what is theirs, by the placeholder of a rule."""

    way: str
    person: Person
    phone: str
    face: str
    card_picture: uuid.UUID | None = None
    things: dict[str, list[object]] = field(default_factory=dict)

    @property
    def traces(self) -> dict[str, str]:
        """What must not be told, each with a word for it."""
        first, second = NAMES[self.way].split()
        national = self.phone.removeprefix("+98")
        spaced = f"{national[:3]} {national[3:6]} {national[6:]}"
        numbers = {"number": national, "number, as it is shown": spaced}
        return {
            "name": first,
            "surname": second,
            "id": str(self.person.id),
            "id without hyphens": self.person.id.hex,
            "face": self.face,
            "user name": str(self.person.handle),
        } | numbers

    def told_by(self, text: str) -> list[str]:
        """Return which traces are in a text in lower case."""
        return [word for word, trace in self.traces.items() if trace.lower() in text]


def make_hidden(setting: Setting) -> list[Hidden]:
    """Make one person for each way of being hidden from Sara, with all that they have to do with her."""
    others_run = make_run(title="Run of somebody else")
    take_part(others_run, setting.owner)
    people = [make_one(way, setting, others_run) for way in NAMES]
    for one in people:
        hide(one, setting.owner)
    db.session.flush()
    return people


def make_one(way: str, setting: Setting, others_run: Run) -> Hidden:
    person = make_person(name=NAMES[way], handle=f"handle_of_{len(way)}", bio=NAMES[way])
    hidden = Hidden(way, person, person.phone, str(make_face(person).id))
    if way == "added by number":
        for run in (setting.run, others_run):
            take_part(run, person, added_by_organiser=True, display_name="Zebra", walked_in=True)
        places: dict[str, list[object]] = {"participation_id": [place_of(setting.run, person)]}
        hidden.things = places | {"run_id": [setting.run.id, others_run.id]}
    else:
        hidden.things = do_everything(person, setting, others_run)
        hidden.card_picture = make_card_picture(db.session.get_one(Card, hidden.things["card_id"][0])).id
    if way == "blocked by her":
        hidden.things = {}  # the same pages are asked with the things of the person who blocked her
    hidden.things |= {
        "person_id": [person.id],
        "handle": [person.handle],
        "subject_id": [person.id, *hidden.things.get("subject_id", [])],
    }
    return hidden


def do_everything(person: Person, setting: Setting, others_run: Run) -> dict[str, list[object]]:
    """Let a person have met Sara in every way, and return the ids."""
    sara = setting.owner
    person.profile_visibility = "everyone"
    own_run, card = make_run(person, title="Hills and dales"), make_card(person, title="Calm evenings")
    take_part(own_run, sara)
    for run in (setting.run, others_run):
        take_part(run, person)
        made(
            PaceGroup,
            run_id=run.id,
            position=place_in(run),
            name="Easy",
            pace=360,
            leader_id=person.id,
            leader_agreed_at=clock.now(),
        )
    comments = [make_comment(run, person) for run in (setting.run, others_run)]
    photos = [make_picture(run, person) for run in (setting.run, others_run)]
    interests = [make_companions(person, sara), make_interest(person, make_card(sara))]
    notify(
        [sara.id],
        "run_changed",
        actor_id=person.id,
        subject_id=others_run.id,
        data={**run_snapshot(others_run), "changes": ["place"]},
        event=str(ids.new_id()),
    )
    report = moderation.report(sara, "person", person.id, "other", "")
    talk = make_conversation(person, sara, "See you on Friday", "I'll be there")
    talk_of_run = make_run_conversation(others_run, (sara, "Is there tea?"), (person, "There always is"))
    sent = [make_message(one, person, text="Bring a lamp") for one in (talk, talk_of_run)]
    return {
        "run_id": [setting.run.id, others_run.id, own_run.id],
        "code": [own_run.short_code],
        "card_id": [card.id],
        "participation_id": [place_of(setting.run, person)],
        "comment_id": [comment.id for comment in comments],
        "picture_id": [photo.id for photo in photos],
        "interest_id": [interest.id for interest in interests],
        "series_id": [make_series(person, sara, title="Hills every week", visibility="link").id],
        "report_id": [report.id],
        "conversation_id": [talk.id, talk_of_run.id],
        "message_id": [one.id for one in sent],
        "subject_id": [one.id for one in (card, own_run, *comments, *photos, *sent)],
    }


def place_in(run: Run) -> int:
    """Return a position that no pace group of the run has."""
    return db.session.query(PaceGroup).filter_by(run_id=run.id).count()


def hide(hidden: Hidden, sara: Person) -> None:
    """Hide the person from Sara in their way."""
    person = hidden.person
    if hidden.way == "blocked her":
        made(Block, blocker_id=person.id, blocked_id=sara.id)
    elif hidden.way == "blocked by her":
        made(Block, blocker_id=sara.id, blocked_id=person.id)
    elif hidden.way == "leaving":
        deactivate(person)
    elif hidden.way == "suspended":
        let_be(person, "suspended")
        hide_runs_of(person.id, cancel=False)


def addresses(setting: Setting, rule: str, people: list[Hidden]) -> list[str]:
    """Return the addresses of a rule: with Sara's things, and with those of each person that belong together."""
    found = [setting.address(rule)]
    names = [match[1] for match in PLACEHOLDER.finditer(rule)]
    for hidden in people:
        things = [hidden.things.get(name, []) for name in names]
        for chosen in itertools.zip_longest(*things):
            values = {name: value for name, value in zip(names, chosen, strict=True) if value is not None}
            found.append(fill(setting, rule, hidden, values))
    return list(dict.fromkeys(found))


def fill(setting: Setting, rule: str, hidden: Hidden, values: dict[str, object]) -> str:
    """Return the address of a rule with these values; the others are Sara's, or the face of the person."""
    if "/face/" in rule:
        values |= {"picture_id": hidden.face, "width": 64}
    elif "/cards/" in rule and "picture_id" in values:
        values |= {"picture_id": hidden.card_picture, "width": 320}
    if "subject_id" in values:
        values["kind"] = kind_of(hidden, values["subject_id"])
    template = PLACEHOLDER.sub(lambda place: str(values.get(place[1], place[0])), rule)
    return setting.address(template)


def kind_of(hidden: Hidden, subject_id: object) -> str:
    """Return the kind of a subject of a report."""
    kinds = {
        "card": "card_id",
        "run": "run_id",
        "comment": "comment_id",
        "photo": "picture_id",
        "message": "message_id",
    }
    for kind, name in kinds.items():
        if subject_id in hidden.things.get(name, []):
            return kind
    return "person"


def allowed(hidden: Hidden, row: Row, leak: str) -> bool:
    """Return whether a trace may be told there."""
    if row.rule in TAKING_BACK and hidden.way == "blocked by her":
        return leak in ("name", "surname", "id")
    if row.rule == HER_REPORTS:
        return leak in ("name", "surname")
    by_themselves = hidden.way in ("blocked her", "blocked by her", "suspended")
    if row.rule in LEADERS and hidden.way != "added by number":
        return leak in ("name", "surname", "id")
    return row.rule in COUNTING_HEADS and by_themselves and leak in ("name", "surname")


def forms_of(hidden: Hidden) -> dict[str, str]:
    """Return fields that name the person wherever a form takes an id or a number; other forms ignore them."""
    by_id = dict.fromkeys(("to", "person", "person_id", "together_with_id", "leader"), str(hidden.person.id))
    return by_id | {"name": "Zebra", "phone": hidden.phone, "organisers": hidden.phone}


def text_of(answer: Answer, asked: str) -> str:
    """Return body and headers of an answer in lower case; the address that was asked for may come back in it."""
    text = answer.response.get_data().decode(errors="replace")
    text += "".join(f"\n{name}: {value}" for name, value in answer.response.headers.items())
    for known in (asked, quote(asked), quote(asked, safe="")):
        text = text.replace(known, "")
    return text.lower()


def check(
    row: Row,
    answer: Answer,
    address: str,
    people: list[Hidden],
    sent: Hidden | None = None,
    repeated: tuple[str, ...] = (),
) -> None:
    """Assert that an answer tells nothing; what was sent of a person may be repeated."""
    told: list[str] = []
    text = text_of(answer, address)
    for hidden in people:
        leaks = [leak for leak in hidden.told_by(text) if hidden is not sent or leak not in repeated]
        leaks = [leak for leak in leaks if not allowed(hidden, row, leak)]
        told += [f"the {', '.join(leaks)} of the person “{hidden.way}”"] * bool(leaks)
    if told:
        raise AssertionError(f"{answer.method} {answer.url} tells {'; '.join(told)}")


def sweep_rows(method: str) -> list[Row]:
    """Return the rows of the table with a method, without what has nothing to do with people."""
    return [row for row in rows() if row.method == method and not row.rule.startswith(LEFT_OUT)]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_hidden_is_told_by_any_route(sweep: Sweep, method: str):
    setting = sweep.setting
    people = make_hidden(setting)
    sweep.sign_in("owner")
    for row in in_turn(*parts(sweep_rows(method), 2)):
        for address in addresses(setting, row.rule, people):
            with sweep.attempt(f"{row.route} ({address})"):
                look(sweep, sweep.browser("owner"), row, address, people)


def look(sweep: Sweep, browser: Page, row: Row, address: str, people: list[Hidden]) -> None:
    """Ask for one address, or post to it, and look at the answer and at the page that it leads to."""
    if row.method == "GET":
        check(row, browser.get(address), address, people)
        return
    about = next((hidden for hidden in people if str(hidden.person.id) in address), people[0])
    answer = browser.post(address, forms_of(about) | sweep.setting.fields(row.fields))
    check(row, answer, address, people, about, (*NUMBER, "id"))
    if answer.status == 303:
        led = answer.follow()
        check(page_of(led, row), led, answer.location, people, about, NUMBER if row.rule in TYPED else ())


def page_of(answer: Answer, row: Row) -> Row:
    """Return the row of the page that a form led to, to know what it may tell."""
    rule = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}", "/<uuid>", answer.url.split("?")[0])
    for other in rows():
        if other.method == "GET" and re.sub(r"<[^>]+>", "<uuid>", other.rule) == rule:
            return other
    return row
