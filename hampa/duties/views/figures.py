"""Certificates of what one did, and how well the duties of a crew or a series are covered."""

import datetime as dt
import uuid

from flask import Response, request, url_for

from hampa.duties.forms import PeriodForm
from hampa.duties.queries.certificates import certificate_of, certify
from hampa.duties.queries.coverage import MONDAY, SATURDAY, coverage_of
from hampa.duties.queries.schedules import owner_coordinated
from hampa.duties.views.blueprint import blueprint
from hampa.platform.errors import NotFound
from hampa.platform.locale import dates, i18n
from hampa.platform.media import qr
from hampa.platform.web import pages
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

USUAL_PERIOD = dt.timedelta(days=365)


@blueprint.get("/me/duties/certificate")
@signed_in
def certificate() -> Response:
    """Show a certificate of one's duties in a period, to be printed; its link lets others see that it is genuine."""
    today = dates.today(me().timezone)
    usual = {"first": today - USUAL_PERIOD, "last": today}
    is_asked = bool(usual.keys() & request.args.keys())
    form = PeriodForm(formdata=request.args if is_asked else None, data=usual)
    is_valid = not is_asked or form.validate()
    first, last = (form.first.data, form.last.data) if is_valid else (usual["first"], usual["last"])
    found, rows = certify(me(), first, last)
    address = canonical(url_for("duties.verify", token=found.token))
    answer = pages.render(
        "duties/certificate.html",
        status=200 if is_valid else 422,
        form=form,
        certificate=found,
        rows=rows,
        address=address,
        drawing=qr.svg(address, on_screen=True),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/duties/certificates/<token>")
@public
def verify(token: str) -> Response:
    """Show whoever has the link of a certificate that it is genuine, and what it says."""
    found = certificate_of(token)
    if found is None:
        raise NotFound
    one, holder = found
    now, _rows = certify(holder, one.first, one.last)
    answer = pages.render("duties/verified.html", certificate=one, holder_name=holder.name, now=now)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/duties/coverage")
@signed_in
def coverage() -> Response:
    """Show who coordinates the duties of a crew or a series how well they are covered."""
    owner = owner_coordinated(me(), crew_id=_id_in("crew"), series_id=_id_in("series"))
    begins = SATURDAY if i18n.get_locale_code() == "fa" else MONDAY
    return pages.render("duties/coverage.html", owner=owner, figures=coverage_of(me(), owner, week_begins=begins))


def _id_in(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
