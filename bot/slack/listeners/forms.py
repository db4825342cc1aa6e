"""The New payment link form: opened by its button, previewed, sent, refused on the field."""

from __future__ import annotations

from asyncio import Task
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.answers import NEW_LINK
from bot.slack.blocks.fields import ERROR_MAX, FieldsRefused
from bot.slack.blocks.form import CALLBACK, PREVIEW, Filled, new_link_form, sentence_view, waiting_view, words_view
from bot.slack.blocks.form_preview import TITLE as PREVIEW_TITLE
from bot.slack.blocks.form_preview import faults_view, preview_view
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.form_opening import open_form
from bot.slack.listeners.form_reading import read_form, values_of
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import TOO_LATE, metadata_of, opened, place_of, updated
from handlers.answers import Answer, LetterPreview, Refusal
from handlers.requests import PreviewLink
from models.plain_text import shortened

_FIELD_OF = {"currency_unknown": "currency", "account_unclear": "account", "date_unclear": "due"}
_ALIKE = "looks_the_same"
_AT_WORK = "Working on it. This can be closed: the answer comes to where you opened the form."
_DONE = "The answer is where you opened the form."


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def new_link(ack: Ack, body: dict[str, Any]) -> None:
        await answering.aside(open_form(reception, answering, visit_of(body)), ack)

    async def previewed(ack: Ack, body: dict[str, Any]) -> None:
        await answering.aside(_preview(reception, answering, body), ack)

    async def submitted(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        values, place = values_of(view), place_of(body, view)
        try:
            asked = read_form(values, reception.desk.house(place.channel))
        except FieldsRefused as refused:
            await ack(response_action="errors", errors=refused.errors)
            return
        # the view's id, not the press's: a form that is sent twice makes one link
        visit = Visit(place, f"view:{view.get('id')}")
        task = await answering.soon(reception.ask(visit, asked))
        if not task.done():
            answering.later(_late(task, reception, answering, visit, str(view.get("id")), values))
            await ack(response_action="update", view=waiting_view(sentence=_AT_WORK))
            return
        answer = task.result()
        if isinstance(answer, Refusal) and answer.code != _ALIKE:
            await ack(response_action="errors", errors=_on_a_field(answer, values))
        elif isinstance(answer, Refusal):
            await ack(response_action="update", view=_once_more(reception, visit, values, answer))
        else:
            answering.later(_told(answer, reception, answering, visit))
            await ack()

    bolt.action(NEW_LINK)(new_link)
    bolt.action(PREVIEW)(previewed)
    bolt.view(CALLBACK)(submitted)


async def _told(answer: Answer, reception: Reception, answering: Answering, visit: Visit) -> None:
    """What became of the form, told where it was opened from: the form itself is gone by then."""
    await reception.deliver(answer, visit.place, answering)


async def _late(
    task: Task[Answer],
    reception: Reception,
    answering: Answering,
    visit: Visit,
    view_id: str,
    values: Mapping[str, str],
) -> None:
    """An answer that Slack did not wait for. A refusal brings the form back with all that was typed."""
    answer = await task
    if isinstance(answer, Refusal):
        if not await updated(reception.client, view_id, _once_more(reception, visit, values, answer)):
            await _told(answer, reception, answering, visit)
        return
    await _told(answer, reception, answering, visit)
    await updated(reception.client, view_id, sentence_view(_DONE, "✅"))


def _once_more(reception: Reception, visit: Visit, values: Mapping[str, str], refusal: Refusal) -> dict[str, Any]:
    """The form as it was filled in, with what the desk said of it."""
    filled = Filled(values, (_spoken(refusal),), alike=refusal.code == _ALIKE)
    return new_link_form(reception.desk.house(visit.place.channel), metadata_of(visit.place), filled)


def _spoken(refusal: Refusal) -> str:
    """A form has a field where a command has the word `again`."""
    if refusal.code != _ALIKE:
        return refusal.sentence
    first, _, _ = refusal.sentence.partition(" If ")
    return f"{first} If the client really owes it twice, tick the box below and send the form again."


def _on_a_field(refusal: Refusal, values: Mapping[str, str]) -> dict[str, str]:
    """The desk's refusal under the field it concerns, or the amount's, which every form has."""
    field = _FIELD_OF.get(refusal.code, "amount")
    return {field if field in values else "amount": shortened(refusal.sentence, ERROR_MAX)}


async def _preview(reception: Reception, answering: Answering, body: dict[str, Any]) -> None:
    """What the client would get, over the form."""
    form, trigger = body.get("view") or {}, str(body.get("trigger_id") or "")
    place = place_of(body, form)
    try:
        asked = read_form(values_of(form), reception.desk.house(place.channel))
    except FieldsRefused as refused:
        if not await opened(reception.client, trigger, faults_view(refused.errors), over=True):
            await answering.deliver(TOO_LATE, place)
        return
    view_id = await opened(reception.client, trigger, waiting_view(PREVIEW_TITLE), over=True)
    if not view_id:
        await answering.deliver(TOO_LATE, place)
        return
    answer = await reception.ask(Visit(place, trigger), PreviewLink(asked))
    if isinstance(answer, LetterPreview):
        view = preview_view(answer, reception.book.firm)
    else:
        view = words_view(PREVIEW_TITLE, (await reception.message(answer, place.user)).blocks)
    await updated(reception.client, view_id, view)
