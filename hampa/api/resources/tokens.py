"""Personal access tokens; they are made by tokens of sign-ins alone, never by one another."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.tokens import queries
from hampa.tokens.actions import personal
from hampa.tokens.forms import NewTokenForm
from hampa.tokens.models import LIFETIMES, LONGEST_NAME, SCOPES, PersonalToken

resource = Resource("tokens", _l("Tokens for programs"))

Scope = Annotated[str, OneOf(*SCOPES)]


class TokenData(TypedDict):
    """A personal token, without its text."""

    id: uuid.UUID
    name: str
    last_letters: str
    scopes: list[Scope]
    expires_at: datetime
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class NewTokenData(TokenData):
    """A personal token with its text, which nobody can see again."""

    token: str


class NewToken(Body):
    """What a token is for, what it allows, and for how many days."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    days: int = Field(90, ge=min(LIFETIMES), le=max(LIFETIMES), description=f"One of {', '.join(map(str, LIFETIMES))}.")


@resource.get("/me/tokens")
def list_tokens() -> list[TokenData]:
    """List your personal tokens that are good, the newest first; there are twenty at most."""
    return [_as_data(token) for token in queries.tokens_of(me())]


@resource.post("/me/tokens", repeatable=False)
def make_token(body: NewToken) -> Created[NewTokenData]:
    """Make a personal token; it needs a proof of the last minutes (`POST /auth/proof`), and you are notified."""
    form = valid_form(NewTokenForm, body)
    token, text = personal.make_token(me(), form.name.data, form.scopes.data, int(form.days.data))
    return Created({**_as_data(token), "token": text}, f"/me/tokens/{token.id}")


@resource.get("/me/tokens/<uuid:token_id>")
def read_token(token_id: uuid.UUID) -> TokenData:
    """Return one of your personal tokens."""
    return _as_data(queries.token_of(me(), token_id))


@resource.delete("/me/tokens/<uuid:token_id>", locks=PersonalToken)
def end_token(token_id: uuid.UUID) -> None:
    """End a personal token; it opens nothing any more, and its streams end within a second."""
    personal.end_token(queries.token_of(me(), token_id))


def _as_data(token: PersonalToken) -> TokenData:
    return {
        "id": token.id,
        "name": token.name,
        "last_letters": token.last_letters,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "created_at": token.created_at,
        "updated_at": token.updated_at,
        "version": token.version,
    }
