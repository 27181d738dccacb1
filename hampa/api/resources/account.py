"""An account as a whole: its number, and its end. No personal token reaches these."""

import uuid

from pydantic import Field
from typing_extensions import TypedDict

from hampa.account import queries
from hampa.account.actions import account_deletion, phone as phone_actions
from hampa.account.queries import OwnedRun
from hampa.api.resources.auth import Code, CodeSent, Phone, digits_of, refused_code, this_program
from hampa.api.shapes import Me, Summary, me_as_data, summary_as_data
from hampa.auth.forms import PhoneForm
from hampa.auth.queries import has_proved
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.tokens.actions import proving

resource = Resource("account", _l("Your number, and the end of your account"))


class NewNumber(Body):
    """The new number."""

    phone: Phone


class NumberCode(Body):
    """The code that the new number got."""

    code: Code


class Deletion(Body):
    """The code that your number got, and who has your runs and series afterwards.

    `successors` has the id of a person by the id of a run or series, or null to cancel it; one that is left out goes to
    the first of its possible successors.
    """

    code: Code
    successors: dict[str, str | None] = Field(default_factory=dict)


class OwnedRunData(TypedDict):
    """A run to come, or a series with all its runs to come, that needs another owner or is cancelled."""

    id: uuid.UUID
    title: str
    is_series: bool
    runs: int
    people: int
    successors: list[Summary]


class Consequences(TypedDict):
    """What ends with the account; `blocked_because` says why it can't be deleted now, and is empty if it can."""

    blocked_because: str
    places: int
    cards: int
    requests_received: int
    requests_sent: int
    owned_runs: list[OwnedRunData]


@resource.post("/me/phone/code", repeatable=False)
def ask_for_new_number(body: NewNumber) -> CodeSent:
    """Send a code to a new number; it needs a proof of the last five minutes (`POST /auth/proof`).

    The answer is the same whether the number has an account or not.
    """
    phone = valid_form(PhoneForm, {"phone": body.phone}).phone.data
    if not has_proved(me()):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    if phone == me().phone:
        raise Refused(_("This is your number already."), "phone")
    wording = "auth/sms/number_taken.txt" if queries.is_taken(phone) else ""
    proving.send_code(phone, "new_phone", this_program(), me().session_id, wording)
    return {"message": _("We have sent a code to this number. It may take a moment.")}


@resource.put("/me/phone", keeps_refusals=True)
def change_number(body: NumberCode) -> Me:
    """Change your number with the code that the new one got; the old one is told, and other sessions end."""
    if not has_proved(me(), queries.PROOF_HOLDS):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    result = proving.check_code(digits_of(body.code), "new_phone", this_program(), me().session_id)
    if result.code is None:
        raise refused_code(result)
    phone_actions.change_phone(me(), result.code.phone)
    return me_as_data(me())


@resource.get("/me/account/deletion")
def read_consequences() -> Consequences:
    """Return what ends when you delete your account."""
    found = queries.deletion_consequences(me())
    return {
        "blocked_because": account_deletion.deletion_blocked_reason(me()),
        "places": found.places,
        "cards": found.cards,
        "requests_received": found.requests_received,
        "requests_sent": found.requests_sent,
        "owned_runs": [_as_data(owned) for owned in found.owned_runs],
    }


@resource.post("/me/account/deletion/code", repeatable=False)
def ask_for_deletion() -> CodeSent:
    """Send the code with which you delete your account to your number."""
    proving.send_code(me().phone, "delete", this_program(), me().session_id)
    return {"message": _("We have sent a code to your number.")}


@resource.post("/me/account/deletion", repeatable=False, keeps_refusals=True)
def delete_account(body: Deletion) -> None:
    """Delete your account: nobody sees you any more, all sessions end, and signing in within two weeks undoes it."""
    successors = _successors(body, queries.owned_runs(me()))
    result = proving.check_code(digits_of(body.code), "delete", this_program(), me().session_id, me().phone)
    if result.code is None:
        raise refused_code(result)
    account_deletion.request_deletion(me(), successors)


def _successors(body: Deletion, owned_runs: list[OwnedRun]) -> dict[str, str | None]:
    """Return who has each run or series afterwards. Raise Invalid for somebody who can't have it."""
    chosen: dict[str, str | None] = {}
    for owned in owned_runs:
        possible = [str(person.id) for person in owned.successors]
        key = str(owned.id)
        chosen[key] = body.successors.get(key, possible[0] if possible else None)
        if chosen[key] not in (None, *possible):
            raise Invalid([(f"successors.{key}", _("Choose one of these."))])
    return chosen


def _as_data(owned: OwnedRun) -> OwnedRunData:
    return {
        "id": owned.id,
        "title": owned.title,
        "is_series": owned.is_series,
        "runs": owned.runs,
        "people": owned.people,
        "successors": [summary_as_data(person) for person in owned.successors],
    }
