"""People, as operators find and see them; shutting out, banning numbers, letting in again, and appeals."""

import uuid

from flask import Response, request, url_for

from hampa.admin import queries
from hampa.admin.forms import DECIDED_WORDS, AppealAnswerForm, BanNumberForm, FindPeopleForm, JudgeForm
from hampa.admin.views.blueprint import blueprint
from hampa.moderation import actions, queries as moderation
from hampa.moderation.actions import STATE_WORDS
from hampa.moderation.models import DECIDED, OPEN
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.logs import masked
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me


@blueprint.get("/admin/people")
@operator_only
def find_people() -> Response:
    """Find people by name, exact number or id; with `report` a number can be banned because of that report."""
    return _people_page(BanNumberForm(formdata=None, data={"report": request.args.get("report", "")}))


@blueprint.post("/admin/people/ban")
@operator_only
def ban_number() -> Response:
    """Ban a number, whether it has an account or not."""
    form = BanNumberForm()
    if form.validate():
        fields = {"cancel_runs": form.cancel_runs.data, "address": request.remote_addr or ""}
        fields["report_id"] = form.report_id
        with attempt(form, done=_("Banned, and written into the log.")):
            banned = form.once(me(), lambda: actions.ban_number(me(), form.phone.data, form.note.data, **fields).id)
        if not form.errors:
            return pages.redirect(url_for("admin.show_person", person_id=banned))
    return _people_page(form)


def _people_page(form: BanNumberForm) -> Response:
    search = FindPeopleForm()
    text = search.chosen().get("q", "")
    return pages.render(
        "admin/people.html",
        "rows" if form.http_status == 200 else None,
        status=form.http_status,
        search=search,
        text=text,
        people=queries.find_people(text, request.args.get("after")),
        form=form,
        report=moderation.report(me(), form.report_id) if form.report_id else None,
        states=STATE_WORDS,
    )


@blueprint.get("/admin/people/<uuid:person_id>")
@operator_only
def show_person(person_id: uuid.UUID) -> Response:
    """Show what an operator may see of a person, and no more."""
    return _person_page(person_id, JudgeForm(formdata=None))


@blueprint.post("/admin/people/<uuid:person_id>")
@operator_only
def judge_person(person_id: uuid.UUID) -> Response:
    """Suspend or ban a person, or let them in again."""
    form = JudgeForm()
    form.offer(is_shut_out=True)
    queries.person_seen(me(), person_id)
    if form.validate():
        address = request.remote_addr or ""
        with attempt(form, done=_("Decided, and written into the log.")):
            form.once(me(), lambda: actions.judge(me(), person_id, form.verdict(), address=address).id)
        if not form.errors:
            return pages.redirect(url_for("admin.show_person", person_id=person_id))
    return _person_page(person_id, form)


def _person_page(person_id: uuid.UUID, form: JudgeForm) -> Response:
    seen = queries.person_seen(me(), person_id)
    form.offer(is_shut_out=seen.state in ("suspended", "banned"))
    return pages.render(
        "admin/person.html",
        "form",
        status=form.http_status,
        seen=seen,
        number=masked(seen.phone),
        facts=queries.facts_of(seen),
        state=STATE_WORDS[seen.state],
        tone="mine" if seen.state == "active" else "stop",
        form=form,
        may_judge=not seen.is_operator and seen.id != me().id,
        log=moderation.decisions_about(seen.id),
        decided_words=DECIDED_WORDS,
        appeal=moderation.latest_appeal(seen),
    )


@blueprint.get("/admin/appeals")
@operator_only
def appeals() -> Response:
    """List the appeals that wait, or those that were decided."""
    state = DECIDED if request.args.get("state") == DECIDED else OPEN
    listed = moderation.appeals(me(), state, request.args.get("after"))
    return pages.render("admin/appeals.html", "rows", appeals=listed, state=state)


@blueprint.get("/admin/appeals/<uuid:appeal_id>")
@operator_only
def show_appeal(appeal_id: uuid.UUID) -> Response:
    """Show an appeal with the history of its person."""
    return _appeal_page(appeal_id, AppealAnswerForm(formdata=None))


@blueprint.post("/admin/appeals/<uuid:appeal_id>")
@operator_only
def decide_appeal(appeal_id: uuid.UUID) -> Response:
    """Answer an appeal; the person is told by SMS."""
    form = AppealAnswerForm()
    moderation.appeal_by_id(me(), appeal_id)
    if form.validate():
        fields = {"answer": form.answer.data or "", "address": request.remote_addr or ""}
        grants = form.decision.data == "grant"
        with attempt(form, done=_("Decided, and written into the log.")):
            form.once(me(), lambda: actions.decide_appeal(me(), appeal_id, grants=grants, **fields).id)
        if not form.errors:
            return pages.redirect(url_for("admin.show_appeal", appeal_id=appeal_id))
    return _appeal_page(appeal_id, form)


def _appeal_page(appeal_id: uuid.UUID, form: AppealAnswerForm) -> Response:
    appeal = moderation.appeal_by_id(me(), appeal_id)
    seen = queries.person_seen(me(), appeal.person_id)
    return pages.render(
        "admin/appeal.html",
        "form",
        status=form.http_status,
        appeal=appeal,
        seen=seen,
        state=STATE_WORDS[seen.state],
        tone="mine" if seen.state == "active" else "stop",
        log=moderation.decisions_about(seen.id),
        decided_words=DECIDED_WORDS,
        form=form,
    )
