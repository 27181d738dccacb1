"""Forms for operators."""

import uuid
from collections import Counter
from datetime import timedelta

from hampa.audit import queries as audit
from hampa.audit.models import registered_actions, registered_things
from hampa.moderation.actions import Verdict
from hampa.moderation.models import DECISIONS
from hampa.notifications.models import TOPICS, find_kind
from hampa.outbox import queries as outbox
from hampa.outbox.models import message_kinds
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    PhoneField,
    SelectField,
    StringField,
    TextAreaField,
    UUIDField,
)
from hampa.platform.web.forms import OnceForm, QueryForm

DECISION_WORDS = {
    "nothing": _l("Leave it as it is"),
    "remove": _l("Take it away"),
    "hide": _l("Hide the crew from strangers"),
    "warn": _l("Warn the person"),
    "suspend": _l("Suspend the person"),
    "ban": _l("Ban the person for good"),
    "restore": _l("Let the person in again, or show the crew again"),
}
DECIDED_WORDS = {
    "nothing": _l("Left as it was"),
    "remove": _l("Taken away"),
    "hide": _l("Hidden from strangers"),
    "warn": _l("Warned"),
    "suspend": _l("Account suspended"),
    "ban": _l("Account banned for good"),
    "restore": _l("Let in again"),
}


class VerdictForm(OnceForm):
    """A decision about a report."""

    decision = SelectField(
        _l("Decision"), lambda: [("", _("Choose …")), *((value, str(DECISION_WORDS[value])) for value in DECISIONS)]
    )
    days = IntegerField(_l("Length of a suspension in days"), min=1, max=3650, required=False)
    cancel_runs = BooleanField(_l("Cancel their upcoming runs, and tell everybody going"))
    note = TextAreaField(_l("Note for the log"), max=1000, required=False)

    def verdict(self) -> Verdict:
        """Return the decision."""
        return Verdict(self.decision.data, self.note.data, self.days.data, self.cancel_runs.data)


STATE_WORDS = {
    "pending": _l("Waiting"),
    "sending": _l("At the gateway"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "expired": _l("Expired"),
    "cancelled": _l("Cancelled"),
    "delivered": _l("Delivered"),
    "undelivered": _l("Not delivered"),
}
"""The states of a message, and what receipts say of it."""
EVENT_WORDS = {
    "sent": _l("Sent"),
    "refused": _l("Refused"),
    "failed": _l("Failed"),
    "expired": _l("Expired"),
    "put off": _l("Put off"),
    "withdrawn": _l("Withdrawn"),
    "cancelled": _l("Cancelled"),
    "asked for again": _l("Asked for again"),
    "delivered": _l("Delivered"),
    "undelivered": _l("Not delivered"),
}
"""The events in the history of a message."""
PURPOSE_WORDS = {
    "sign_in_code": _l("Code for signing in"),
    "delete_code": _l("Code for deleting an account"),
    "prove_code": _l("Code that proves who somebody is"),
    "new_phone_code": _l("Code for a new number"),
    "sign_in_link": _l("Link for signing in"),
    "password_link": _l("Link for a new password"),
    "email_link": _l("Link that confirms an address"),
    "person_leaving": _l("Farewell to a deleted account"),
    "appeal_decided": _l("Answer to an appeal"),
    "sms_stop": _l("Answer to “no more SMS”"),
    "operator_alert": _l("Alert for operators"),
    "weekly_summary": _l("Weekly summary"),
    "home_safe_contact": _l("To an emergency contact"),
}
"""The purposes of messages that are no notifications."""
KIND_WORDS = {"sms": _l("SMS"), "mail": _l("Email"), "push": _l("Push"), "webhook": _l("Webhook")}


def purpose_words(purpose: str) -> str:
    """Return what a message is for, in words: those of the settings for notifications; events of webhooks are names."""
    if purpose in PURPOSE_WORDS:
        return str(PURPOSE_WORDS[purpose])
    kind = find_kind(purpose)
    row = find_kind(kind.row) if kind else None
    return f"{TOPICS[row.topic]} · {row.label}" if row and row.label else purpose


def _purpose_choices() -> list[tuple[str, str]]:
    """Return the purposes of the latest messages in the order of their words; names tell equal words apart."""
    worded = sorted((purpose_words(purpose), purpose) for purpose in outbox.recent_purposes())
    counts = Counter(words for words, _purpose in worded)
    return [(purpose, words if counts[words] == 1 else f"{words} (\u2066{purpose}\u2069)") for words, purpose in worded]


class OutboxFilters(QueryForm):
    """Which messages are listed."""

    state = SelectField(
        _l("State"),
        lambda: [("", _("All")), *((state, str(words)) for state, words in STATE_WORDS.items())],
        required=False,
    )
    kind = SelectField(
        _l("Kind"),
        lambda: [("", _("All")), *((kind.name, str(KIND_WORDS[kind.name])) for kind in message_kinds())],
        required=False,
    )
    purpose = SelectField(_l("Purpose"), lambda: [("", _("All")), *_purpose_choices()], required=False)

    def filters(self) -> outbox.MessageFilters:
        """Return the filters that are set."""
        return outbox.MessageFilters(**self.chosen())


SOURCE_WORDS = {
    "web": _l("On a page"),
    "api": _l("By a program"),
    "shell": _l("At the command line"),
    "worker": _l("By the worker"),
}
"""Where somebody acted."""


def _with_all(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", _("All")), *choices]


def _actor_choices() -> list[tuple[str, str]]:
    people = [(str(person_id), name or str(person_id)) for person_id, name in audit.actors()]
    return _with_all([(audit.SHELL, _("Command line and worker")), *people])


class AuditFilterForm(QueryForm):
    """Which entries of the audit log are listed; days are those of the viewer."""

    actor = SelectField(_l("Who"), _actor_choices, required=False)
    action = SelectField(
        _l("What was done"),
        lambda: _with_all(sorted(((row.name, str(row.label)) for row in registered_actions()), key=lambda row: row[1])),
        required=False,
    )
    thing = SelectField(
        _l("Kind of thing"),
        lambda: _with_all([(row.kind, str(row.label)) for row in registered_things()]),
        required=False,
    )
    subject = UUIDField(_l("Id of a person or thing"), message=_l("This is not an id."), required=False)
    since = DateField(_l("First day"), required=False)
    until = DateField(_l("Last day"), required=False)

    def filters(self) -> audit.AuditFilters:
        """Return the filters that are set."""
        chosen = self.chosen()
        try:
            if "since" in chosen:
                chosen["since"] = dates.day_begins(chosen["since"])
            if "until" in chosen:
                chosen["until"] = dates.day_begins(chosen["until"] + timedelta(days=1))
        except (dates.DateError, OverflowError):
            chosen = {name: value for name, value in chosen.items() if name not in ("since", "until")}
        return audit.AuditFilters(**chosen)

    def query(self) -> dict[str, str]:
        """Return the filters that are set as they stand in the query string."""
        return {name: str(value) for name, value in self.chosen().items()}


class FindPeopleForm(QueryForm):
    """Who is looked for."""

    q = StringField(_l("Name, number or id"), max=80, required=False)


class JudgeForm(OnceForm):
    """Whether an account is suspended, banned or let in again, and why."""

    decision = SelectField(_l("Decision"), [])
    until = DateField(_l("Last day of a suspension"), required=False)
    cancel_runs = BooleanField(_l("Cancel their upcoming runs, and tell everybody going"))
    note = TextAreaField(_l("Note for the log"), max=1000)

    def offer(self, is_shut_out: bool) -> None:
        """Set the decisions that are possible."""
        names = ["suspend", "ban", *(["restore"] if is_shut_out else [])]
        words = {**DECISION_WORDS, "restore": _("Let the person in again")}
        self.decision.set_choices([("", _("Choose …")), *((name, str(words[name])) for name in names)])

    def verdict(self) -> Verdict:
        """Return the decision; a suspension ends with its last day on the operator's clock."""
        until = None
        if self.decision.data == "suspend" and self.until.data is not None:
            try:
                until = dates.day_begins(self.until.data + timedelta(days=1))
            except OverflowError:
                raise Refused(_("This date is too far away."), "until") from None
            except dates.DateError as error:
                raise Refused(str(error), "until") from None
        return Verdict(self.decision.data, self.note.data or "", cancel_runs=self.cancel_runs.data, until=until)


class BanNumberForm(OnceForm):
    """A number that is banned, with or without an account."""

    phone = PhoneField(_l("Mobile number"))
    cancel_runs = BooleanField(_l("Cancel their upcoming runs, and tell everybody going"))
    note = TextAreaField(_l("Note for the log"), max=1000)
    report = HiddenField()

    @property
    def report_id(self) -> uuid.UUID | None:
        """Return the id of the report because of which it is banned, if the page was opened from one."""
        try:
            return uuid.UUID(self.report.data or "")
        except ValueError:
            return None


class AppealAnswerForm(OnceForm):
    """The answer to an appeal."""

    decision = SelectField(
        _l("Decision"),
        lambda: [("", _("Choose …")), ("grant", _("Let the person in again")), ("refuse", _("The decision stays"))],
    )
    answer = TextAreaField(_l("Answer, which the person reads"), max=1000, required=False)
