"""The channels that notifications send by themselves, and the SMS that their recipients refuse."""

from hampa.notifications.actions.messages import mail_people, send_mail_many, send_sms_many, sms_people
from hampa.notifications.models import register_channel
from hampa.notifications.queries.stops import stopped_messages
from hampa.outbox.models import refuse_with

register_channel("sms", send_sms_many, reaches=sms_people)
register_channel("mail", send_mail_many, reaches=mail_people)
refuse_with(stopped_messages)
