"""Writing messages: to a person, to the people of a run, and where a conversation is."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.cards.actions import when_accepted
from hampa.cards.models import Interest
from hampa.messages.actions.crews import write_to_crew
from hampa.messages.actions.posting import limit_writing, post_message, take_number
from hampa.messages.models import DECLINED, OPEN, REQUEST, SENT, Conversation, ConversationMember, Message
from hampa.messages.queries.conversations import conversation_for, run_conversation_for
from hampa.messages.queries.ground import addressee_for, pair
from hampa.people.models import Person
from hampa.people.queries import are_hidden, lock_people
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

MOST_REQUESTS, MOST_BEGUN = 3, 30
"""First messages of one person a day: to people who have to accept them, and to others."""


def write_in(author: Person, conversation_id: uuid.UUID, text: str) -> Message:
    """Write in a conversation that there is: `write_to_person`, `write_to_run` or `write_to_crew`."""
    conversation = conversation_for(author, conversation_id)
    if conversation.crew is not None:
        return write_to_crew(author, conversation.crew.id, text)
    if conversation.run is not None:
        return write_to_run(author, conversation.run.id, text)
    if conversation.has_left or conversation.other is None:
        raise Refused(_("Their account is gone: nobody would read this."), "text")
    return write_to_person(author, conversation.other.id, text)


def write_to_person(author: Person, other_id: uuid.UUID, text: str) -> Message:
    """Write to a person, in the one conversation of the two, which begins with it if need be.

    To write to somebody whose first message waits is to accept it. Raise NotFound for a person whom the author may not
    see, Refused where they may not write, and TooFast.
    """
    limit_writing(author)
    lock_people(author.id, other_id)
    if author.id == other_id or are_hidden(author.id, other_id):
        raise NotFound
    conversation_id = ensure_conversation(author.id, other_id)
    number = take_number(conversation_id)
    state = _state_after(author, other_id, conversation_id, number)
    return post_message(conversation_id, number, author, text, states=(state, REQUEST if state == SENT else OPEN))


def write_to_run(author: Person, run_id: uuid.UUID, text: str) -> Message:
    """Write to all who go to a run and its organisers. Raise NotFound, Refused a week after the run, and TooFast."""
    if run_conversation_for(author, run_id).is_over:
        raise Refused(_("This conversation closed a week after the run."), "text")
    limit_writing(author)
    new = insert(Conversation).values(id=ids.new_id(), run_id=run_id, created_at=clock.now())
    db.session.execute(new.on_conflict_do_nothing(index_elements=[Conversation.run_id]))
    conversation_id = db.session.scalars(select(Conversation.id).where(Conversation.run_id == run_id)).one()
    return post_message(conversation_id, take_number(conversation_id), author, text, run_id=run_id)


@when_accepted
def open_for_companions(interest: Interest) -> None:
    """Give two people who have become companions their conversation; a first message that waited in it is accepted."""
    conversation_id = ensure_conversation(interest.sender_id, interest.owner_id)
    opened = update(ConversationMember).where(ConversationMember.conversation_id == conversation_id)
    db.session.execute(opened.values(state=OPEN).execution_options(synchronize_session=False))


def ensure_conversation(person_id: uuid.UUID, other_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the conversation of two people, made with both as members if there is none."""
    low_id, high_id = pair(person_id, other_id)
    now = clock.now()
    new = insert(Conversation).values(id=ids.new_id(), low_id=low_id, high_id=high_id, created_at=now)
    new = new.on_conflict_do_nothing(index_elements=[Conversation.low_id, Conversation.high_id])
    created_id = db.session.scalar(new.returning(Conversation.id))
    if created_id is None:
        query = select(Conversation.id).where(Conversation.low_id == low_id, Conversation.high_id == high_id)
        return db.session.scalars(query).one()
    for one, another in ((low_id, high_id), (high_id, low_id)):
        db.session.add(ConversationMember(conversation_id=created_id, person_id=one, other_id=another, last_at=now))
    db.session.flush()
    return created_id


def _state_after(author: Person, other_id: uuid.UUID, conversation_id: uuid.UUID, number: int) -> str:
    """Return the state of the author's side once they have written a message, whose number locks the conversation.

    Raise Refused where they may not, and TooFast.
    """
    query = select(ConversationMember.person_id, ConversationMember.state)
    rows = db.session.execute(query.where(ConversationMember.conversation_id == conversation_id))
    states = {row.person_id: row.state for row in rows}
    if states[author.id] == SENT:
        # Who has declined decides whether to write; else they may have met since.
        if states.get(other_id) == DECLINED or addressee_for(author, other_id).way != "direct":
            raise Refused(_("Your first message is waiting. You can write more once they've answered."), "text")
    elif number > 1:
        _check_open(author, conversation_id)
    else:
        return _begin(author, other_id)
    return OPEN


def _begin(author: Person, other_id: uuid.UUID) -> str:
    """Return the state of the author's side of a conversation without messages. Raise Refused, and TooFast."""
    way = addressee_for(author, other_id).way
    if way is None:
        raise Refused(_("They take messages only from people they chose."), "text")
    if way == "direct":
        limit(author, "messages.begin", MOST_BEGUN, per="day", error=_too_many_begun)
        return OPEN
    limit(author, "messages.request", MOST_REQUESTS, per="day", error=_too_many_requests)
    return SENT


def _check_open(author: Person, conversation_id: uuid.UUID) -> None:
    conversation = conversation_for(author, conversation_id)
    if conversation.by_me:
        raise Refused(
            _("You don't take messages from them, so they couldn't answer. Change that in your settings."), "text"
        )
    if conversation.is_closed:
        raise Refused(_("They take messages only from people they chose."), "text")


def _too_many_begun(seconds: int) -> TooFast:
    return TooFast(_("You have begun many conversations today. Begin the next one tomorrow."), seconds, "text")


def _too_many_requests(seconds: int) -> TooFast:
    text = _("You've written to three people you don't know yet today. Try again tomorrow.")
    return TooFast(text, seconds, "text")
