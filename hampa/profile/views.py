"""Pages of the person's own profile and settings, and of other people."""

import uuid
from typing import Any

from flask import Blueprint, Response, current_app, flash, request, url_for

from hampa.cards import actions as cards
from hampa.cards.queries.interests import count_pending_for
from hampa.moderation import queries as moderation
from hampa.people import actions as people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import DomainError, Gone
from hampa.platform.jobs.operating import count_failed
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.web import pages, slots, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.profile import actions, forms, queries
from hampa.profile.forms import GenderForm, NameForm
from hampa.runs.actions import listing
from hampa.runs.queries import listing as runs

blueprint = Blueprint("profile", __name__)
slots.fill(blueprint, "person.name", "profile/name_field.html", lambda: {"form": NameForm()} if me().is_new else None)

YOUNGEST_BAND, OLDEST_BAND = 20, 70


def gender_field(asked: bool) -> dict[str, Any] | None:
    """Return the form of the slot that asks a person whether they are a woman: if they have not said, or if `asked`."""
    gender = me().gender
    return {"form": GenderForm()} if gender is None or (asked and gender != "female") else None


slots.fill(blueprint, "person.gender", "profile/gender_field.html", gender_field)


@blueprint.before_app_request
def take_answers() -> Response | None:
    """Take the name and the gender from a form that asks for them too, and ask for a name that others will see."""
    if request.method != "POST" or (person := me()) is None:
        return None
    questions = getattr(current_app.view_functions.get(request.endpoint or ""), "questions", ())
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
    return _name_page(form)


@blueprint.app_template_filter("age_band")
def age_band(born: int) -> str:
    """Return the decade of ages of somebody born in this year."""
    age = clock.now().year - born
    if age < YOUNGEST_BAND:
        return _("Under %(age)s", age=number(YOUNGEST_BAND))
    if age >= OLDEST_BAND:
        return _("%(age)s or older", age=number(OLDEST_BAND))
    return _("%(first)s to %(last)s years old", first=number(age // 10 * 10), last=number(age // 10 * 10 + 9))


@blueprint.get("/me")
@signed_in
def overview() -> Response:
    """Show the menu of the person's own pages."""
    person = me()
    operates = {}
    if person.is_operator:
        operates = {"reports": moderation.count_open(person), "failed_jobs": count_failed(moderation.MOST_COUNTED)}
    return pages.render("profile/me.html", person=person, waiting=count_pending_for(person), operates=operates)


@blueprint.route("/me/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Response:
    """Change name, bio, city and gender."""
    person = me()
    form = forms.ProfileForm(obj=person)
    if form.validate_on_submit():
        people.change_profile(
            person, name=form.name.data, bio=form.bio.data, city=form.city.data, gender=form.gender.data
        )
        return _saved("profile.overview")
    return pages.render("profile/profile.html", "form", status=form.http_status, form=form)


@blueprint.route("/me/settings", methods=["GET", "POST"])
@signed_in
def settings() -> Response:
    """Change language, calendar, zone, units, reminders and quiet hours."""
    person = me()
    form = forms.SettingsForm(obj=person)
    if form.validate_on_submit():
        people.change_settings(person, **form.settings())
        with i18n.use_locale(person.locale):
            return _saved("profile.overview")
    return pages.render("profile/settings.html", "form", status=form.http_status, form=form)


@blueprint.get("/me/runs")
@signed_in
def my_runs() -> Response:
    """Show the upcoming or past runs that the person organises or takes part in."""
    past = request.args.get("when") == "past"
    page = runs.my_runs(me(), past=past, after=request.args.get("after"))
    return pages.render("profile/runs.html", "list", runs=page, past=past)


@blueprint.route("/me/handle", methods=["GET", "POST"])
@signed_in
def handle() -> Response:
    """Choose a user name."""
    person = me()
    form = forms.HandleForm(obj=person)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.choose_handle(person, form.handle.data)
        if not form.errors:
            return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/handle.html", "form", status=form.http_status, form=form)


@blueprint.route("/me/age", methods=["GET", "POST"])
@signed_in
def age() -> Response:
    """Change the year of birth, and whether others may see the age band."""
    person = me()
    form = forms.AgeForm(obj=person)
    if form.validate_on_submit():
        people.change_age(person, birth_year=form.birth_year.data, shows_age=form.shows_age.data)
        return _saved("profile.overview")
    return pages.render("profile/age.html", "form", status=form.http_status, form=form)


@blueprint.route("/me/privacy", methods=["GET", "POST"])
@signed_in
def privacy() -> Response:
    """Change who sees what, and preview the page as one of the roles sees it (`?as=`)."""
    person = me()
    form = forms.PrivacyForm(obj=person)
    if form.validate_on_submit():
        people.change_settings(person, **form.settings())
        # Cached lists for visitors contain the people whom visitors may see.
        cards.invalidate_listing()
        listing.invalidate_listing()
        return _saved("profile.privacy")
    role = request.args.get("as", "")
    if role not in queries.PREVIEW_ROLES:
        role = "stranger"
    return pages.render(
        "profile/privacy.html",
        "form" if request.method == "POST" else "seen",
        status=form.http_status,
        form=form,
        role=role,
        preview=queries.preview_for(person, role),
    )


@blueprint.route("/me/email", methods=["GET", "POST"])
@signed_in
def email() -> Response:
    """Show the person's address, and mail a link to another one, which is used once its link is followed."""
    form = forms.EmailForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: actions.request_verification(me(), form.email.data).id)
        if not form.errors:
            return pages.redirect(url_for("profile.email"))
    person = me()
    return pages.render(
        "profile/email.html",
        "form",
        status=form.http_status,
        form=form,
        person=person,
        waiting=queries.waiting_link(person),
    )


@blueprint.post("/me/email/delete")
@signed_in
def remove_email() -> Response:
    """Remove the person's address, or with `what=link` void the link that waits to be followed."""
    if request.form.get("what") == "link":
        actions.void_link(me())
        flash(_("That link opens nothing any more."))
    else:
        actions.remove_email(me())
        flash(_("Your address is gone."))
    db.session.commit()
    return pages.redirect(url_for("profile.email"))


@blueprint.get("/me/email/<email_token>")
@signed_in
def email_link(email_token: str) -> Response:
    """Ask for confirmation of an address; mail programs follow links to look at them, so only a POST verifies it."""
    link = queries.verification_for(me(), email_token)
    if queries.is_verified(me(), link):
        flash(_("This address is yours already."))
        return pages.redirect(url_for("profile.email"))
    reason = queries.void_reason(me(), link)
    return _link_page(email_token, Gone(reason) if reason else None)


@blueprint.post("/me/email/<email_token>")
@signed_in
def verify_email(email_token: str) -> Response:
    """Verify an address by the link that was mailed to it."""
    with attempt(Form(), Gone, actions.EmailTaken, done=_("Thank you, the address is yours.")) as result:
        actions.verify_email(me(), email_token)
    if result.error is not None:
        return _link_page(email_token, result.error)
    return pages.redirect(url_for("profile.email"))


@blueprint.get("/me/picture")
@signed_in
def picture() -> Response:
    """Show the person's picture, and a form for another."""
    return _picture_page(forms.PictureForm())


@blueprint.post("/me/picture")
@signed_in
@uploads.takes_files(megabytes=forms.PICTURE_MEGABYTES + 1)
def give_picture() -> Response:
    """Add a picture; the one before stays until the worker has processed it."""
    form = forms.PictureForm()
    if not form.validate():
        return _picture_page(form)
    form.once(me(), lambda: actions.add_picture(me(), form.picture.data[0].stream).id)
    db.session.commit()
    return pages.redirect(url_for("profile.picture"))


@blueprint.post("/me/picture/delete")
@signed_in
def remove_picture() -> Response:
    """Remove the person's picture."""
    actions.remove_pictures(me())
    db.session.commit()
    flash(_("Your picture is gone."))
    return pages.redirect(url_for("profile.picture"))


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


def _saved(endpoint: str) -> Response:
    db.session.commit()
    flash(_("Saved."))
    return pages.redirect(url_for(endpoint))


def _name_page(form: NameForm) -> Response:
    """Render the question for a name, with all that was posted in hidden fields of its form."""
    others = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", *form.data)]
    path = request.full_path if request.query_string else request.path
    lost_files = any(file.filename for file in request.files.values())
    context = {"form": form, "fields": others, "path": path, "lost_files": lost_files}
    answer = pages.render("profile/ask_name.html", "main", status=422, back=pages.referring_path("/"), **context)
    if pages.wants_fragment():
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#main", "innerHTML"
    return answer


def _link_page(token: str, refusal: DomainError | None) -> Response:
    link = queries.verification_for(me(), token)
    status = refusal.status if refusal else 200
    return pages.render("profile/email_link.html", status=status, token=token, link=link, refusal=refusal)


def _picture_page(form: forms.PictureForm) -> Response:
    person, newest = me(), queries.newest_picture(me())
    return pages.render(
        "profile/picture.html", "mine", status=form.http_status, form=form, person=person, newest=newest
    )


def _person_page(profile: queries.Profile) -> Response:
    """Render a person's page; the canonical one of its two addresses is that by user name, if there is one."""
    by_name = url_for("profile.by_handle", handle=profile.handle) if profile.handle else None
    path = by_name or url_for("profile.person", person_id=profile.id)
    return pages.render("profile/person.html", "past" if profile.past else None, profile=profile, canonical_path=path)
