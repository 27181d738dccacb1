"""The form of the component gallery."""

from hampa.platform.locale import dates
from hampa.platform.web import fields
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.moments import TimeField
from hampa.platform.web.uploads import PICTURES, UploadField


class SampleForm(OnceForm):
    """One field of each kind, with labels in English only."""

    near = fields.StringField("Near", max=80, required=False)
    title = fields.StringField("Title", min=3, max=80)
    about = fields.TextAreaField("What to know", max=500, required=False)
    phone = fields.PhoneField("Your mobile number")
    code = fields.CodeField("The six digits")
    starts_on = fields.DateField("Day")
    starts_at = TimeField("Time")
    distance_km = fields.FloatField("Distance", min=1, max=200)
    pace = fields.PaceField("Pace", min=150, max=900)
    terrain = fields.SelectField("Ground", [("road", "Road"), ("trail", "Trail"), ("track", "Track")], default="road")
    level = fields.SelectField(
        "Level", [("all", "All levels"), ("beginner", "Beginner"), ("regular", "Regular")], default="all"
    )
    days = fields.SelectMultipleField("Days", lambda: [(code, dates.weekday_name(code)) for code in dates.week()])
    asked = fields.SelectMultipleField("Ask for", [("runs", "Runs that begin"), ("cards", "Cards that change")])
    picture = UploadField("Picture", megabytes=10, accept=PICTURES)
    tell = fields.BooleanField("Tell me by SMS when something changes")
