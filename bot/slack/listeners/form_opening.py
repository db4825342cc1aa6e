"""Opening the New payment link form: bare within the trigger's three seconds, filled once the desk lets somebody in."""

from __future__ import annotations

from typing import Any

import structlog

from bot.slack.answering import Answering
from bot.slack.blocks.form import EMPTY, TITLE, Filled, new_link_form, sentence_view, waiting_view, words_view
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import metadata_of, opened, updated
from handlers.answers import Answer, FormWanted
from handlers.requests import OpenForm

log = structlog.get_logger()
_NO_ACCOUNT = "No merchant account is open here, so there is nowhere for money to go. Ask an admin to open one."
_NOT_FILLED = "The form could not be filled in just now, so nothing was done. Close this and open it once more."


async def open_form(reception: Reception, answering: Answering, visit: Visit, filled: Filled = EMPTY) -> None:
    """Open it for the person at a place; where Slack opens none, a message offers it instead.

    `visit.delivery` is the trigger id. Whether they may make links is asked after the bare view stands.
    """
    view_id = await opened(reception.client, visit.delivery, waiting_view())
    answer = await reception.ask(visit, OpenForm())
    if view_id and await updated(reception.client, view_id, await _view(reception, visit, answer, filled)):
        return
    await reception.deliver(answer, visit.place, answering)


async def _view(reception: Reception, visit: Visit, answer: Answer, filled: Filled) -> dict[str, Any]:
    """The form, or in its place why this person gets none."""
    place = visit.place
    if not isinstance(answer, FormWanted):
        return words_view(TITLE, (await reception.message(answer, place.user)).blocks)
    try:
        house = reception.desk.house(place.channel)
        return new_link_form(house, metadata_of(place), filled) if house.accounts else sentence_view(_NO_ACCOUNT)
    except Exception:  # the view stands there bare, and must not for ever
        log.exception("slack.form_not_filled")
        return sentence_view(_NOT_FILLED)
