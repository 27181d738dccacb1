"""The page of a conversation: reading, writing, searching."""

import uuid

from flask import Response, request, url_for

from hampa.messages.actions import changing, crews, writing
from hampa.messages.forms import MessageForm
from hampa.messages.queries import conversations, ground, thread
from hampa.messages.queries.conversations import SeenConversation
from hampa.messages.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.live import register_topic
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.offline import kept_offline
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me

LONGEST_SEARCH = 80

register_topic("conversation", conversations.conversation_for, "messages:read")


@blueprint.get("/messages/<uuid:conversation_id>")
@signed_in
def show(conversation_id: uuid.UUID) -> Response:
    """Show the last messages of a conversation, which are read by it; htmx asks for earlier or for new ones."""
    conversation = conversations.conversation_for(me(), conversation_id)
    return conversation_page(conversation, reads=True)


@blueprint.post("/messages/<uuid:conversation_id>")
@signed_in
@asks_first("name")
@kept_offline(_l("Message"))
def write(conversation_id: uuid.UUID) -> Response:
    """Write a message."""
    form = MessageForm()
    if form.validate():
        with attempt(form):
            form.once(me(), lambda: writing.write_in(me(), conversation_id, form.text.data).id)
    conversation = conversations.conversation_for(me(), conversation_id)
    return conversation_page(conversation, form) if form.errors else written(conversation)


@blueprint.route("/messages/to/<uuid:person_id>", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def to_person(person_id: uuid.UUID) -> Response:
    """Write the first message to a person; with a conversation of the two, that is shown."""
    addressee = ground.addressee_for(me(), person_id)
    if addressee.person.id == me().id:
        return pages.redirect(url_for("messages.index"))
    form = MessageForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: writing.write_to_person(me(), person_id, form.text.data).id)
        addressee = ground.addressee_for(me(), person_id)
    if addressee.conversation_id is not None and not form.errors:
        return pages.redirect(url_for("messages.show", conversation_id=addressee.conversation_id, _anchor="end"))
    return pages.render("messages/first.html", "composer", status=form.http_status, to=addressee, form=form)


@blueprint.route("/runs/<uuid:run_id>/conversation", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def of_run(run_id: uuid.UUID) -> Response:
    """Write the first message to all who go to a run; from then on the conversation is shown."""
    form = MessageForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: writing.write_to_run(me(), run_id, form.text.data).id)
    conversation = conversations.run_conversation_for(me(), run_id)
    if conversation.id is not None and not form.errors:
        return pages.redirect(url_for("messages.show", conversation_id=conversation.id, _anchor="end"))
    return conversation_page(conversation, form)


@blueprint.route("/crews/<uuid:crew_id>/conversation", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def of_crew(crew_id: uuid.UUID) -> Response:
    """Write the first message to the members of a crew; from then on the conversation is shown."""
    form = MessageForm()
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: crews.write_to_crew(me(), crew_id, form.text.data).id)
    conversation = conversations.crew_conversation_for(me(), crew_id)
    if conversation.id is not None and not form.errors:
        return pages.redirect(url_for("messages.show", conversation_id=conversation.id, _anchor="end"))
    return conversation_page(conversation, form)


def written(conversation: SeenConversation) -> Response:
    """Answer htmx with the new messages and an empty form, and a browser with the page."""
    if not pages.wants_fragment():
        return pages.redirect(url_for("messages.show", conversation_id=conversation.id, _anchor="end"))
    return conversation_page(conversation, news=_number("since") or 0)


def conversation_page(
    conversation: SeenConversation, form: MessageForm | None = None, *, reads: bool = False, news: int | None = None
) -> Response:
    """Render a conversation, or for htmx its messages, or what follows a message that was sent (`news`)."""
    person = me()
    words = request.args.get("q", "")[:LONGEST_SEARCH] if conversation.id is not None else ""
    if reads and conversation.id is not None and conversation.unread and not (words or pages.wants_fragment()):
        changing.mark_read(person, conversation)
        db.session.commit()
    messages = _messages(person, conversation, words, news)
    participants = conversations.participants_of(person, conversation)
    return pages.render(
        "messages/conversation.html",
        "rows" if form is None and news is None else "sent",
        status=form.http_status if form else 200,
        conversation=conversation,
        messages=messages,
        participants=participants,
        read_by=sum(one.read_number >= messages.last_number for one in participants) if conversation.run else 0,
        words=words,
        since=_number("since"),
        form=form or MessageForm(formdata=None),
        sent=news is not None,
        online=conversation.is_online,
    )


def _messages(person: Person, conversation: SeenConversation, words: str, news: int | None) -> thread.Thread:
    """Return the messages that a request asks for."""
    if words:
        return thread.messages_with(person, conversation, words)
    since = _number("since") if news is None else news
    if since is not None:
        return thread.messages_since(person, conversation, since)
    return thread.messages_before(person, conversation, _number("before"))


def _number(name: str) -> int | None:
    """Return the number of a message in the query string, None for anything else."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
