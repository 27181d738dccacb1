"""Pages of people as others see them, and the questions that a person is asked when they first act."""

import uuid
from typing import Any

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from hampa.people import actions as people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.web import intents, pages, slots, uploads
from hampa.platform.web.hooks import for_forms, for_pages
from hampa.platform.web.intents import PressedIntent
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.profile import queries
from hampa.profile.forms import GenderForm, NameForm
from hampa.profile.views.blueprint import blueprint

slots.fill(blueprint, "person.name", "profile/name_field.html", lambda: {"form": NameForm()} if me().is_new else None)

MOST_CARRIED, LONGEST_CARRIED = 300, 50_000
"""The values, and their characters together, that the question for a name carries along at most."""
YOUNGEST_BAND, OLDEST_BAND = 20, 70


def gender_field(asked: bool) -> dict[str, Any] | None:
    """Return the form of the slot that asks a person whether they are a woman: if they have not said, or if `asked`."""
    gender = me().gender
    return {"form": GenderForm()} if gender is None or (asked and gender != "female") else None


slots.fill(blueprint, "person.gender", "profile/gender_field.html", gender_field)


@blueprint.before_app_request
@for_forms
@for_pages
def take_answers() -> Response | None:
    """Take the name and the gender from a form that asks for them too, and ask for a name that others will see."""
    if request.method != "POST" or (person := me()) is None:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    questions = getattr(view, "questions", ())
    if "gender" in questions and GenderForm().is_woman.data:
        people.set_gender(person, "female")
        db.session.commit()
    if "name" not in questions or not person.is_new:
        return None
    form = NameForm() if "own_name" in request.form else NameForm(formdata=None)
    if form.is_submitted() and form.own_name.raw_data and form.validate():
        people.set_name(person, form.own_name.data)
        db.session.commit()
        return None
    return _name_page(form, _pressed(view))


@blueprint.app_template_filter("age_band")
def age_band(born: int) -> str:
    """Return the decade of ages of somebody born in this year."""
    age = clock.now().year - born
    if age < YOUNGEST_BAND:
        return _("Under %(age)s", age=number(YOUNGEST_BAND))
    if age >= OLDEST_BAND:
        return _("%(age)s or older", age=number(OLDEST_BAND))
    return _("%(first)s to %(last)s years old", first=number(age // 10 * 10), last=number(age // 10 * 10 + 9))


@blueprint.get("/people/<uuid:person_id>/face/<uuid:picture_id>/<int:width>.webp")
@public
def face(person_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send a person's picture in one of its widths."""
    name = queries.face_file(me(), person_id, str(picture_id), width)
    return uploads.send(name, "image/webp", keep=uploads.PICTURE_CACHE)


@blueprint.get("/people/<uuid:person_id>")
@public
def person(person_id: uuid.UUID) -> Response:
    """Show a person's page, by id."""
    return _person_page(queries.profile_by_id(me(), person_id, request.args.get("after")))


@blueprint.get("/@<handle>")
@public
def by_handle(handle: str) -> Response:
    """Show a person's page, by user name."""
    return _person_page(queries.profile_by_handle(me(), handle, request.args.get("after")))


def _pressed(view: Any) -> PressedIntent | None:
    """Return the act that a posted form is, for a view that has one (`presses`)."""
    act = getattr(view, "pressed", None)
    return intents.parse(act(**(request.view_args or {}))) if act is not None else None


def _name_page(form: NameForm, pressed: PressedIntent | None = None) -> Response:
    """Render the question for a name, with all that was posted in hidden fields, and the act that is done with it."""
    others = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", *form.data)]
    if len(others) > MOST_CARRIED or sum(len(name) + len(value) for name, value in others) > LONGEST_CARRIED:
        raise RequestEntityTooLarge
    path = request.full_path if request.query_string else request.path
    lost_files = any(file.filename for file in request.files.values())
    context = {"form": form, "fields": others, "path": path, "lost_files": lost_files}
    context["intent"] = pressed.words(me()) if pressed else None
    back = pressed.page if pressed else pages.referring_path("/")
    answer = pages.render("profile/ask_name.html", "main", status=422, back=back, **context)
    if pages.wants_fragment():
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#main", "innerHTML"
    return answer


def _person_page(profile: queries.Profile) -> Response:
    """Render a person's page; the canonical one of its two addresses is that by user name, if there is one."""
    by_name = url_for("profile.by_handle", handle=profile.handle) if profile.handle else None
    path = by_name or url_for("profile.person", person_id=profile.id)
    return pages.render("profile/person.html", "past" if profile.past else None, profile=profile, canonical_path=path)
