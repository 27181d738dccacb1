"""The profile: one page of sections, each of which is saved by itself, in place with htmx.

Each section has an address of its own, to which its form posts; asking for it leads to the section on the page.
"""

from typing import Any

from flask import Response, flash, request, session as cookie, url_for

from hampa.auth.queries import has_proved
from hampa.people import actions as people
from hampa.platform.db import db
from hampa.platform.errors import DomainError, Gone
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.picture_form import PICTURE_MEGABYTES, PictureForm
from hampa.platform.web.session import me
from hampa.profile import actions, forms, queries
from hampa.profile.views.blueprint import blueprint

TYPED_EMAIL = "typed_email"
SECTIONS: dict[str, type[Form]] = {
    "about": forms.ProfileForm,
    "picture": PictureForm,
    "handle": forms.HandleForm,
    "age": forms.AgeForm,
    "email": forms.EmailForm,
}


@blueprint.get("/me/profile")
@signed_in
def profile() -> Response:
    """Show all sections."""
    return _page()


@blueprint.post("/me/profile")
@signed_in
def change_profile() -> Response:
    """Change name, bio, city and gender."""
    person, form = me(), forms.ProfileForm()
    if not form.validate():
        return _page("about", form)
    people.change_profile(person, name=form.name.data, bio=form.bio.data, city=form.city.data, gender=form.gender.data)
    return _saved("about")


@blueprint.get("/me/handle")
@signed_in
def handle() -> Response:
    """Lead to the section of the user name."""
    return _section("handle")


@blueprint.post("/me/handle")
@signed_in
def choose_handle() -> Response:
    """Choose a user name."""
    form = forms.HandleForm()
    if form.validate():
        with attempt(form):
            actions.choose_handle(me(), form.handle.data)
    return _page("handle", form) if form.errors else _saved("handle")


@blueprint.get("/me/age")
@signed_in
def age() -> Response:
    """Lead to the section of the year of birth."""
    return _section("age")


@blueprint.post("/me/age")
@signed_in
def change_age() -> Response:
    """Change the year of birth, and whether others may see the age band."""
    form = forms.AgeForm()
    if not form.validate():
        return _page("age", form)
    people.change_age(me(), birth_year=form.birth_year.data, shows_age=form.shows_age.data)
    return _saved("age")


@blueprint.get("/me/email")
@signed_in
def email() -> Response:
    """Lead to the section of the mail address."""
    return _section("email")


@blueprint.post("/me/email")
@signed_in
def request_email_link() -> Response:
    """Mail a link to another address, which is used once its link is followed."""
    form = forms.EmailForm()
    if form.validate():
        if not has_proved(me()):  # whoever reads the mail of a confirmed address may sign in by it
            cookie[TYPED_EMAIL] = [str(me().id), form.email.data]
            return pages.redirect(url_for("auth.proof", next=url_for("profile.email")))
        with attempt(form):
            form.once(me(), lambda: actions.request_verification(me(), form.email.data).id)
    return _page("email", form) if form.errors else _section("email")


@blueprint.post("/me/email/delete")
@signed_in
def remove_email() -> Response:
    """Remove the person's address, or with `what=link` void the link that waits to be followed."""
    if request.form.get("what") == "link":
        actions.void_link(me())
        flash(_("That link no longer works."))
    else:
        actions.remove_email(me())
        flash(_("Your address is gone."))
    db.session.commit()
    return _section("email")


@blueprint.get("/me/email/<email_token>")
@signed_in
def email_link(email_token: str) -> Response:
    """Ask for confirmation of an address; mail programs follow links to look at them, so only a POST verifies it."""
    link = queries.verification_for(me(), email_token)
    if queries.is_verified(me(), link):
        flash(_("This address is yours already."))
        return _section("email")
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
    return _section("email")


@blueprint.get("/me/picture")
@signed_in
def picture() -> Response:
    """Lead to the section of the picture, which asks here again while a picture is prepared."""
    return _page("picture") if pages.wants_fragment() else _section("picture")


@blueprint.post("/me/picture")
@signed_in
@uploads.takes_files(megabytes=PICTURE_MEGABYTES + 1)
def give_picture() -> Response:
    """Add a picture; the one before stays until the worker has processed it."""
    form = PictureForm()
    if not form.validate():
        return _page("picture", form)
    form.once(me(), lambda: actions.add_picture(me(), form.picture.data[0].stream).id)
    db.session.commit()
    return _section("picture")


@blueprint.post("/me/picture/delete")
@signed_in
def remove_picture() -> Response:
    """Remove the person's picture."""
    actions.remove_pictures(me())
    db.session.commit()
    flash(_("Your picture is gone."))
    return _section("picture")


def _page(section: str | None = None, form: Form | None = None, *, saved: bool = False) -> Response:
    """Render the page, or for htmx one section; `form` is that of the section, with its errors."""
    person = me()
    shown: dict[str, Any] = {name: kind(formdata=None, obj=person) for name, kind in SECTIONS.items()}
    shown["email"] = forms.EmailForm(formdata=None, email=_typed_email())
    if section is not None and form is not None:
        shown[section] = form
    return pages.render(
        "profile/profile.html",
        f"section_{section}" if section else None,
        status=form.http_status if form is not None else 200,
        person=person,
        forms=shown,
        saved=section if saved else None,
        newest=queries.newest_picture(person),
        waiting=queries.waiting_link(person),
    )


def _typed_email() -> str | None:
    """Return the address that the person typed before they were asked for a proof, once."""
    person_id, address = cookie.pop(TYPED_EMAIL, None) or ("", None)
    return address if person_id == str(me().id) else None


def _section(name: str) -> Response:
    """Redirect to a section of the page."""
    return pages.redirect(url_for("profile.profile", _anchor=f"my-{name}"))


def _saved(section: str) -> Response:
    """Commit, and show the section again: in place with htmx, else on the page."""
    db.session.commit()
    if pages.wants_fragment():
        return _page(section, saved=True)
    flash(_("Saved."))
    return _section(section)


def _link_page(token: str, refusal: DomainError | None) -> Response:
    link = queries.verification_for(me(), token)
    status = refusal.status if refusal else 200
    return pages.render("profile/email_link.html", status=status, token=token, link=link, refusal=refusal)
