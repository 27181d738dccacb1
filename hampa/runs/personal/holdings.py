"""Each column of runs that refers to a person, and what becomes of it."""

from __future__ import annotations

from hampa.people import ledger
from hampa.runs.models.attendance import Attendance
from hampa.runs.models.comment import Comment
from hampa.runs.models.feed import CalendarFeed
from hampa.runs.models.message import RunMessage
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import Participation
from hampa.runs.models.picture import RunPicture
from hampa.runs.models.reminder import Reminder
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.models.series import Series, SeriesMembership

OF_OTHERS = "others were part of it, and it is theirs to look back at"

ledger.holds(Run.organiser_id, noun="runs", fate="keep", because=OF_OTHERS)
ledger.holds(Series.organiser_id, noun="series", fate="keep", because=OF_OTHERS)
ledger.holds(Participation.person_id, noun="participations", fate="keep", because="who came to a run is counted")
ledger.holds(Participation.together_with_id, left_out="it is in the other one's participation", fate="empty")
ledger.holds(Attendance.marked_by_id, left_out="the mark is about whom it marks", fate="empty")
ledger.holds(Comment.author_id, noun="comments", fate="keep", because="what was said stays readable, without the name")
ledger.holds(
    RunMessage.sender_id, noun="run_messages", fate="keep", because="those who had it keep it, without the name"
)
ledger.holds(RunOrganiser.person_id, noun="organised_with_others", fate="delete")
ledger.holds(RunOrganiser.added_by_id, left_out="whom one added to a run is about them", fate="empty")
ledger.holds(SeriesMembership.person_id, noun="every_time", fate="delete")
ledger.holds(PaceGroup.leader_id, noun="paces_led", fate="empty")
ledger.holds(RunPicture.person_id, noun="pictures", fate="delete")
ledger.holds(Reminder.person_id, noun="reminders", fate="delete")
ledger.holds(CalendarFeed.person_id, noun="calendar", fate="delete")
