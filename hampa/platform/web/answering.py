"""The reply to an answer that was given in a list of what waits for answers (`platform.answers`)."""

from typing import Any

from flask import Response, flash, request

from hampa.platform.web import pages

ANSWERED = "answer"
"""The category of what is flashed above a list of answers, on other pages like any notice."""


def confirm_answer(words: str, default: str, **undo: Any) -> Response:
    """Confirm an answer where it was given: in its row for htmx, else above the list that the form's `next` names.

    `undo` has the `label` of the way back, and either its `href`, or its `action` and the `fields` to post.
    """
    said = {"words": words, "href": None, "action": None, **undo}
    if pages.wants_fragment():
        return pages.render("layouts/answered.html", said={**said, "page": request.form.get("next", "")})
    flash(said, ANSWERED)  # type: ignore[arg-type] # the session keeps any JSON
    return pages.redirect(pages.safe_next(request.form.get("next"), default))
