"""One's mail address: asked for, verified, removed."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from hampa.platform.db import db
from hampa.platform.errors import DomainError, Gone
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.profile.actions import email as actions
from hampa.profile.forms import EmailForm
from hampa.profile.queries import email as queries
from hampa.profile.views.blueprint import blueprint


@blueprint.route("/me/email", methods=["GET", "POST"])
@signed_in
def email() -> Response:
    """One's address, and a form for another; it is used once its link was followed."""
    form = EmailForm()
    if form.validate_on_submit():
        with attempt(form):
            actions.ask_for_email(me(), form.email.data)
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
    """Have no address any more; or, with `what=link`, let alone the link that waits be void."""
    if request.form.get("what") == "link":
        actions.drop_link(me())
        flash(_("That link opens nothing any more."))
    else:
        actions.remove_email(me())
        flash(_("Your address is gone."))
    db.session.commit()
    return pages.redirect(url_for("profile.email"))


@blueprint.get("/me/email/<email_token>")
@signed_in
def email_link(email_token: str) -> Response:
    """What a link asks. It only acts when told so: programs for mail follow links to look at them."""
    link = queries.verification_for(me(), email_token)
    if queries.is_verified(me(), link):
        flash(_("This address is yours already."))
        return pages.redirect(url_for("profile.email"))
    void = queries.why_void(me(), link)
    return link_page(email_token, Gone(void) if void else None)


@blueprint.post("/me/email/<email_token>")
@signed_in
def verify_email(email_token: str) -> Response:
    """This address is mine."""
    with attempt(Form(), Gone, actions.EmailTaken, done=_("Thank you, the address is yours.")) as result:
        actions.verify_email(me(), email_token)
    if result.error is not None:
        return link_page(email_token, result.error)
    return pages.redirect(url_for("profile.email"))


def link_page(token: str, refusal: DomainError | None) -> Response:
    """What a link asks, or why it does nothing and how to go on."""
    link = queries.verification_for(me(), token)
    status = refusal.status if refusal else 200
    return pages.render("profile/email_link.html", status=status, token=token, link=link, refusal=refusal)
