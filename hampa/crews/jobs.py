"""The job that deletes closed crews and old links."""

from datetime import timedelta

from hampa.crews.actions import crews
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("crews.delete_closed", every=timedelta(hours=1))
def delete_closed() -> None:
    """Delete crews that were closed long enough ago, and links that are long over."""
    crews.delete_closed_crews()
    db.session.commit()
