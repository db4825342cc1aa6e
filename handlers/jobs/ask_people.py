"""Putting a question with buttons to one person or channel, and taking the buttons away once it is answered."""

from __future__ import annotations

from contextlib import suppress

from handlers.answers import Question
from handlers.jobs.steps import TryLater
from handlers.people import access, proposals
from handlers.people.questions import Standing
from handlers.ports import ChannelPoster, DeliveryRefused, DeliveryTrouble, Ports, Posted, StaffLetter
from models.job_queue import Claimed
from models.plain_text import clean
from models.tables import QuestionPost

_IN_SLACK = "The buttons for it are in Slack, with Paylink: by mail nobody is let in, and nothing is confirmed."


async def ask_person(job: Claimed, ports: Ports) -> None:
    """One who cannot be reached is left: others are asked as well. Answered meanwhile, it is not asked any more."""
    about, to = str(job.payload["about"]), str(job.payload["to"])
    question = (await _standing(about, ports)).question
    if question is None:
        return
    try:
        if "@" in to:
            await _by_mail(job, to, question, ports)
        elif ports.channels is not None:
            posted = await ports.channels.ask(to, question)
            await QuestionPost.create(about=about, channel=posted.channel, ts=posted.ts)
            await _close(about, ports.channels, ports)  # it may have been answered while it was posted
    except DeliveryRefused:
        return
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def close_question(job: Claimed, ports: Ports) -> None:
    """The outcome in the place of the question, wherever it stands."""
    if ports.channels is None:
        return
    try:
        await _close(str(job.payload["about"]), ports.channels, ports)
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _close(about: str, channels: ChannelPoster, ports: Ports) -> None:
    standing = await _standing(about, ports)
    if standing.question is not None:
        return
    for post in await QuestionPost.filter(about=about).order_by("id"):
        with suppress(DeliveryRefused):  # the message or its channel is gone, and the buttons with it
            await channels.retell(Posted(post.channel, post.ts), standing.outcome)
        await QuestionPost.filter(id=post.id).delete()


async def _standing(about: str, ports: Ports) -> Standing:
    kind, _, number = about.partition(":")
    of = access.standing if kind == access.ABOUT else proposals.standing
    return await of(int(number), ports)


async def _by_mail(job: Claimed, to: str, question: Question, ports: Ports) -> None:
    """An admin without Slack learns of it; the buttons are in Slack only (T16)."""
    if ports.letters is None:
        return
    domain = ports.firm.mail_domain
    words = f"{clean(question.words)[0]}\n\n{_IN_SLACK}"
    await ports.letters.send_answer(StaffLetter(to, f"question-{job.id}@{domain}", "Paylink needs you", words, ""))
