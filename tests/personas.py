"""The five viewers whom every page is tested against, and the small world they look at.

The fifth, the visitor, is nobody. Sara organises a run and keeps a card, Reza is her companion and comes to the
run, Mina knows neither of them, Omid runs the place.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from sqlalchemy import select

from hampa.account.models import Export
from hampa.announcements import actions
from hampa.auth.actions import sessions
from hampa.auth.models import Session
from hampa.cards import actions as interests
from hampa.cards.models import Card, CardPicture, Interest
from hampa.checkin_imports.models import CheckInImport
from hampa.checkins.models import CheckIn
from hampa.comments.models import Comment
from hampa.crew_invitations.models import NumberInvitation
from hampa.crews.models import Crew, CrewGroup
from hampa.follows.models import FollowedPlace
from hampa.incidents.models import Incident, IncidentPicture
from hampa.joining import actions as runs
from hampa.messages.models import Conversation, Message
from hampa.moderation import actions as moderation
from hampa.moderation.models import Report
from hampa.newcomers.models import NewcomerQuestion
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.photos.models import RunPicture
from hampa.platform import clock, ids
from hampa.platform.db import Record, db
from hampa.platform.jobs import Job
from hampa.platform.security import signed_links
from hampa.reaching_out.models import HelpLink
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import ORGANISER, Run, RunInvitation
from hampa.runs.queries import people
from hampa.safety import actions as safety, queries as watches
from hampa.safety.actions import WatchPlan
from hampa.safety.models import Watch
from hampa.series.models import Series
from hampa.webhooks.queries import webhooks_of
from tests.factories.account import make_change, make_export
from tests.factories.activity_files import TRAINING_NAMES, training_values_for
from tests.factories.auth import make_mail_link, make_passkey
from tests.factories.badges import badge_values, picture_of_badge
from tests.factories.base import made
from tests.factories.cards import make_card, make_card_picture
from tests.factories.checkins import make_check_in
from tests.factories.coaching import COACHING_NAMES, coaching_values_for
from tests.factories.comments import make_comment
from tests.factories.crews import make_crew, make_crew_picture, make_group, make_invitation, make_number_invitation
from tests.factories.devices import make_device
from tests.factories.duties import DUTY_NAMES, duty_values
from tests.factories.files import make_picture, make_route
from tests.factories.incidents import make_incident, make_incident_picture
from tests.factories.kept_files import FILE_NAMES, FILE_RULES, file_values
from tests.factories.messages import make_conversation, make_crew_conversation, make_message
from tests.factories.moderation import operator_values
from tests.factories.people import make_person, phone
from tests.factories.profiles import make_email_link, make_face
from tests.factories.runs import make_run
from tests.factories.series import make_series
from tests.factories.subscriptions import SUBSCRIPTION_NAMES, subscription_values
from tests.factories.tokens import make_personal_token
from tests.factories.webhooks import make_webhook

BROWSER = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
EMAIL_TOKEN = "as-it-stands-in-a-mail"
PLAIN = {
    "scope": "crew",
    "kind": "card",
    "gateway": "console",
    "secret": "not-the-secret-of-this-site",
    "resource_name": "cards",
    "rq_path": "0/data/queues.json",
    "mutable": "run",
    "email_token": EMAIL_TOKEN,
}
"""What stands for placeholders that name no row."""
MAKERS = {"token_id": make_personal_token, "passkey_id": make_passkey, "device_id": make_device}
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


def owner() -> Person:
    return make_person(name="Sara Karimi", phone="+989121110001")


def companion() -> Person:
    return make_person(name="Reza Ahmadi", phone="+989121110002")


def stranger() -> Person:
    return make_person(name="Mina Rahimi", phone="+989121110003")


def operator() -> Person:
    return make_person(name="Omid Nazari", phone="+989121110009", is_operator=True)


@dataclass
class Setting:
    """Who is there, and what they have to do with one another."""

    owner: Person
    companion: Person
    stranger: Person
    operator: Person
    run: Run
    card: Card
    interest: Interest
    notification: Notification
    series: Series
    session_id: uuid.UUID
    picture: RunPicture
    card_picture: CardPicture
    comment: Comment
    export: Export
    report: Report
    conversation: Conversation
    message: Message
    crew: Crew

    def viewer(self, name: str) -> Person | None:
        return None if name == "visitor" else getattr(self, name)

    def address(self, rule: str) -> str:
        return PLACEHOLDER.sub(lambda place: str(self._value(place[1], rule)), rule)

    def _value(self, name: str, rule: str) -> object:
        """Return what stands for a placeholder of a rule; drafts and changes are made where one asks for them."""
        things = {
            "run_id": self.run,
            "card_id": self.card,
            "subject_id": self.card,
            "interest_id": self.interest,
            "notification_id": self.notification,
            "series_id": self.series,
            "comment_id": self.comment,
            "export_id": self.export,
            "report_id": self.report,
            "conversation_id": self.conversation,
            "mutable_id": self.run,
        }
        if name in ("conversation_id", "message_id") and rule.endswith(("/<uuid:message_id>/remove", "/removal")):
            said = self._said_in_crew()
            return said.conversation_id if name == "conversation_id" else said.id
        if name in things:
            return things[name].id
        if name in PLAIN:
            return PLAIN[name]
        match name:
            case "incident_id" | "participation_id" | "check_in_id" | "number_invitation_id" | "group_id":
                return getattr(self, f"_{name.removesuffix('_id')}")().id
            case "person_id":
                return self.companion.id if rule.startswith(("/crews/", "/incidents/", "/plans/")) else self.owner.id
            case "picture_id" | "width":
                return self._picture(rule)[name]
            case "handle" | "phone":
                return getattr(self.owner, name)
            case "session_id" | "follow_id":
                return self.session_id if name == "session_id" else ids.new_id()
            case "mail_token":
                make_mail_link(self.owner, self._verified_address(), token := ids.new_id().hex)
                return token
            case "place_id":
                return FollowedPlace.around(35.7, 51.39, 10).id
            case "webhook_id":
                return (next(iter(webhooks_of(self.owner)), None) or make_webhook(self.owner)).id
            case "token_id" | "passkey_id" | "device_id":
                return MAKERS[name](self.owner).id
            case "appeal_id" | "appeal_token" | "site_message_id" if not rule.startswith(("/duties/", "/appeals/")):
                return operator_values(self.owner, self.operator, rule)[name]
            case "import_id":
                return made(CheckInImport, person_id=self.owner.id, rows=[], bad=[], targets={}).id
            case "link_id":
                return made(HelpLink, title="Lifeline", address="tel:1480").id
            case "code":
                return self.run.short_code
            case "crew_token":
                return signed_links.make_token("c", self._number_invitation().id, self.stranger.phone)
            case _ if name in FILE_NAMES and rule.startswith(FILE_RULES):
                return file_values(self.owner, self.companion)[name]
            case _ if name in DUTY_NAMES:
                return duty_values(self.crew, self.companion, self.owner)[name]
            case _ if name in COACHING_NAMES:
                return coaching_values_for(name, rule, self.owner, self.companion)
            case _ if name in SUBSCRIPTION_NAMES:
                return subscription_values(self.owner)[name]
            case _ if name in TRAINING_NAMES:
                return training_values_for(rule, self.owner, self.companion)[name]
            case "badge_id" | "challenge_id" | "challenge_token":
                return badge_values(self.owner, self.crew)[name]
            case "crew_id" | "scope_id":
                if "how-has-it-been" in rule and db.session.scalar(select(NewcomerQuestion.id).limit(1)) is None:
                    made(NewcomerQuestion, crew_id=self.crew.id, person_id=self.companion.id)
                return self.crew.id
            case "invitation_id":
                return make_invitation(self.crew, self.owner).id if "/crews" in rule else self._invitation()
            case "message_id":
                return self.message.id if rule.startswith(("/messages/", "/conversations/")) else self.draft()
            case "job_id":
                return self.failed_job()
            case "outbox_id":
                return self.failed_message("pending" if rule.endswith("/cancel") else "failed")
            case "token":
                return self._token_of_participation()
            case "watch_id":
                return self._watch().id
            case "stop_token":
                return signed_links.make_token("n", self.owner.id, self.owner.phone, is_public=True)
            case "unsubscribe_token":
                return signed_links.make_token("u", self.owner.id, self._verified_address(), is_public=True)
            case "home_token":
                return signed_links.make_token("h", self._watch().id, self.owner.phone)
            case "change_token":
                return signed_links.make_token("p", make_change(self.owner).id, "+989121119991")
        raise LookupError(f"say in Setting what stands for <{name}>")

    def _picture(self, rule: str) -> dict[str, object]:
        """Return id and width of a face, of the picture of the card, or of that of the run."""
        if rule.startswith("/incidents/"):
            photo = db.session.scalar(select(IncidentPicture.id))
            return {"picture_id": photo or make_incident_picture(self._incident(), self.companion).id, "width": 400}
        if "/face/" in rule:
            return {"picture_id": self.owner.avatar, "width": 64}
        if "/crews/" in rule or "/badges/" in rule:
            return {"picture_id": picture_of_badge(self.owner, self.crew, rule) or self.crew.picture, "width": 256}
        if "/cards/" in rule:
            return {"picture_id": self.card_picture.id, "width": 320}
        return {"picture_id": self.picture.id, "width": 400}

    def _incident(self) -> Incident:
        """Return what Reza reported of Sara's run, which concerns himself and which Sara has taken over."""
        told = {"severity": 2, "category": "medical", "run_id": self.run.id, "taken_by": self.owner}
        return db.session.scalar(select(Incident)) or make_incident(self.companion, self.companion, **told)

    def _verified_address(self) -> str:
        """Return the owner's mail address, which is given and verified where one asks for it."""
        if self.owner.email_verified_at is None:
            self.owner.email, self.owner.email_verified_at = "owner@example.com", clock.now()
            db.session.commit()
        return str(self.owner.email)

    def _check_in(self) -> CheckIn:
        """Return what Sara said in her crew."""
        said = db.session.scalar(select(CheckIn).where(CheckIn.person_id == self.owner.id))
        return said or make_check_in(self.owner, self.crew, sharing="crew")

    def _said_in_crew(self) -> Message:
        """Return what Reza said in Sara's crew."""
        talk = make_crew_conversation(self.crew)
        theirs = select(Message).where(Message.conversation_id == talk.id, Message.deleted_at.is_(None))
        return db.session.scalar(theirs) or make_message(talk, self.companion, text="I bring nothing")

    def _number_invitation(self) -> NumberInvitation:
        """Return the invitation of Mina's number into Sara's crew."""
        row = db.session.scalar(select(NumberInvitation).where(NumberInvitation.crew_id == self.crew.id))
        return row or make_number_invitation(self.crew, self.owner, self.stranger.phone)

    def _group(self) -> CrewGroup:
        """Return the sub-group of the crew."""
        return db.session.scalars(select(CrewGroup).where(CrewGroup.crew_id == self.crew.id)).one()

    def _token_of_participation(self) -> str:
        """Return the token of a link that says whether Reza still comes."""
        return signed_links.make_token("s", self._participation().id, self.companion.phone)

    def _participation(self) -> Participation:
        """Return Reza's place in the run."""
        if (comes := people.participation_of(self.companion, self.run.id)) is None:
            raise LookupError("Reza does not come to the run")
        return comes

    def _watch(self) -> Watch:
        """Return the watch that asks whether Sara is home."""
        return watches.active_watch(self.owner) or watches.past_watches(self.owner)[0]

    def _invitation(self) -> uuid.UUID:
        """Return the id of an invitation to a number to organise Sara's run."""
        values = {"run_id": self.run.id, "role": ORGANISER, "phone": phone(), "asker_id": self.owner.id}
        return made(RunInvitation, **values, expires_at=in_an_hour()).id

    def draft(self) -> uuid.UUID:
        """Return the id of a message that Sara wrote to her participants, and has not sent."""
        return actions.draft_message(self.owner, self.run.id, "Bring water", ["GOING"], by_sms=True).id

    def failed_message(self, status: str = "failed") -> uuid.UUID:
        """Return the id of an SMS that failed, or waits."""
        message = made(
            OutboxMessage,
            purpose="run_changed",
            recipient=self.companion.phone,
            person_id=self.companion.id,
            locale="fa",
            template="auth/sms/budget_spent.txt",
            data={"most": 5},
            key=f"failed:{ids.new_id()}",
            priority=2,
            status=status,
            last_error="answered 400",
            next_attempt_at=clock.now(),
        )
        return message.id

    @staticmethod
    def failed_job() -> uuid.UUID:
        """Return the id of a job that failed."""
        job = Job(name="media.draw_poster", args={}, status="failed", due_at=clock.now(), last_error="OSError: no room")
        db.session.add(job)
        db.session.flush()
        return job.id

    def everything(self) -> list[Record]:
        """Return every row that the setting names."""
        return [value for field in fields(self) if isinstance(value := getattr(self, field.name), Record)]

    def fields(self, text: str) -> dict[str, str]:
        """Fields of a form, written as in a query string, with placeholders as in a rule."""
        written = parse_qsl(text, strict_parsing=bool(text))
        return {name: self.address(value) if "<" in value else value for name, value in written}


def in_an_hour() -> datetime:
    return clock.now() + timedelta(hours=1)


def make_setting() -> Setting:
    """Make the small world: Sara, her card, her run and her series, and the people around her.

    Reza asked Sara to run with her, she said yes, and he comes to her run, and every time to her series. Sara has a
    session in another browser too.
    """
    sara, reza, mina, omid = owner(), companion(), stranger(), operator()
    run = make_run(sara, title="Around the lake", place="Chitgar, north gate")
    card = make_card(sara, title="Calm mornings", place="Chitgar")
    interest = interests.show_interest(reza, card, "Tuesdays suit me well")
    interests.decide(sara, interest.id, "accept")
    runs.join_run(reza, run.id)
    make_route(run)
    picture = make_picture(run, reza)
    card_picture = make_card_picture(card)
    make_face(sara)
    sara.handle = "sara_runs"
    make_email_link(sara, "sara@example.org", EMAIL_TOKEN)
    db.session.flush()
    heard = db.session.scalars(select(Notification).where(Notification.person_id == sara.id)).first()
    if heard is None:
        raise LookupError("Sara was not told that Reza would like to run with her")
    safety.start_watch(sara, WatchPlan(expected_at=in_an_hour(), contact_name="Maman", contact_phone="+989121234567"))
    open_session(sara)
    session_id = db.session.scalars(select(Session.id).where(Session.person_id == sara.id)).one()
    series = make_series(sara, reza, title="Calm mornings", place="Chitgar", visibility="link")
    comment = make_comment(run, sara)
    export = make_export(sara)
    report = moderation.report(reza, "card", card.id, "other", "It says mornings, and means noon")
    conversation = make_conversation(sara, reza, "Shall we meet at the gate?", "At six, by the kiosk")
    message = make_message(conversation, sara, text="I bring tea")
    crew = make_crew(sara, reza, name="Sunrise of Chitgar")
    make_crew_picture(crew, sara)
    make_group(crew, name="Six minutes", kind="pace")
    subscription_values(sara)
    return Setting(
        sara,
        reza,
        mina,
        omid,
        run,
        card,
        interest,
        heard,
        series,
        session_id,
        picture,
        card_picture,
        comment,
        export,
        report,
        conversation,
        message,
        crew,
    )


def open_session(person: Person, *, is_program: bool = False) -> str:
    """Let the person be signed in somewhere; the session's token."""
    return sessions.open_session(person, address="127.0.0.1", agent=BROWSER, method="code", is_program=is_program)
