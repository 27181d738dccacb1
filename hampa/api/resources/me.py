"""The person of the token: profile, settings, picture."""

from typing import Annotated

from flask import request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.shapes import Calendar, Gender, Locale, Me, Units, me_as_data
from hampa.cards import actions as cards
from hampa.people import actions as people
from hampa.people.models import CIRCLES, MESSAGE_SETTINGS, Person
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.picture_form import PICTURE_MEGABYTES, PictureForm
from hampa.platform.web.session import me
from hampa.profile import actions, forms, queries
from hampa.runs.actions import listing

resource = Resource("me", _l("Your profile and settings"))

Circle = Annotated[str, OneOf(*CIRCLES)]


class ProfileBody(Body):
    """What is to change in a profile."""

    name: str = Field("", min_length=1, max_length=60)
    bio: str = Field("", max_length=500)
    city: str = Field("", max_length=80)
    gender: Gender | None = None
    birth_year: int | None = None
    shows_age: bool = False
    handle: str | None = Field(None, description="The user name; null gives it up.", max_length=21)


class Settings(TypedDict):
    """How things are shown to you, and what others see of you."""

    locale: Locale
    timezone: str
    calendar: Calendar
    units: Units
    profile_visibility: Circle
    message_visibility: Annotated[str, OneOf(*MESSAGE_SETTINGS)]
    shares_reading: bool
    shows_past_runs: bool
    shows_online: bool


class SettingsBody(Body):
    """What is to change in the settings."""

    locale: Locale = "fa"
    timezone: str = Field("Asia/Tehran", description="An IANA name.", max_length=64)
    calendar: Calendar = "solar"
    units: Units = "km"
    profile_visibility: Circle = "companions"
    message_visibility: Annotated[str, OneOf(*forms.WRITER_WORDS)] = "companions"
    shares_reading: bool = True
    shows_past_runs: bool = False
    shows_online: bool = False


class Picture(TypedDict):
    """Your picture: the one that is shown, and what became of the one that was uploaded last."""

    avatar: str | None
    state: Annotated[str, OneOf("none", "waiting", "refused", "shown")]
    reason: str | None


@resource.get("/me")
def read_me() -> Me:
    """Return your profile."""
    return me_as_data(me())


@resource.patch("/me", locks=Person)
def change_me(body: ProfileBody) -> Me:
    """Change your profile: the fields that are sent."""
    person = me()
    profile = valid_form(forms.ProfileForm, body, obj=person)
    age = valid_form(forms.AgeForm, body, obj=person)
    handle = valid_form(forms.HandleForm, body, obj=person)
    sent = body.model_fields_set
    if sent & {"name", "bio", "city", "gender"}:
        people.change_profile(
            person, name=profile.name.data, bio=profile.bio.data, city=profile.city.data, gender=profile.gender.data
        )
    if sent & {"birth_year", "shows_age"}:
        people.change_age(person, birth_year=age.birth_year.data, shows_age=age.shows_age.data)
    if "handle" in sent:
        actions.choose_handle(person, handle.handle.data)
    db.session.flush()
    return me_as_data(person)


@resource.get("/me/settings")
def read_settings() -> Settings:
    """Return your settings."""
    return _settings(me())


@resource.patch("/me/settings", locks=Person)
def change_settings(body: SettingsBody) -> Settings:
    """Change your settings: the fields that are sent."""
    person, sent = me(), body.model_fields_set
    for kind in (forms.SettingsForm, forms.PrivacyForm):
        form = valid_form(kind, body, obj=person)
        chosen = {name: value for name, value in form.settings().items() if name in sent}
        if chosen:
            people.change_settings(person, **chosen)
    cards.invalidate_listing()
    listing.invalidate_listing()
    db.session.flush()
    return _settings(person)


@resource.get("/me/avatar")
def read_avatar() -> Picture:
    """Return which picture is shown, and what became of the last upload."""
    newest, avatar = queries.newest_picture(me()), me().avatar
    if newest is None or newest.widths is not None:
        return {"avatar": avatar, "state": "shown" if avatar else "none", "reason": None}
    return {"avatar": avatar, "state": "refused" if newest.reason else "waiting", "reason": newest.reason}


@resource.post("/me/avatar", takes_file="picture", megabytes=PICTURE_MEGABYTES + 1)
def give_avatar(picture: FileStorage) -> Picture:
    """Upload a picture; the one before is shown until the new one is prepared."""
    form = valid_form(PictureForm, {}, request.files)
    actions.add_picture(me(), form.picture.data[0].stream)
    return {"avatar": me().avatar, "state": "waiting", "reason": None}


@resource.delete("/me/avatar", locks=Person)
def remove_avatar() -> None:
    """Remove your picture."""
    actions.remove_pictures(me())


def _settings(person: Person) -> Settings:
    return {
        "locale": person.locale,
        "timezone": person.timezone,
        "calendar": person.calendar,
        "units": person.units,
        "profile_visibility": person.profile_visibility,
        "message_visibility": person.message_visibility,
        "shares_reading": person.shares_reading,
        "shows_past_runs": person.shows_past_runs,
        "shows_online": person.shows_online,
    }
