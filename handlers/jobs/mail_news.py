"""News of a link by mail, for a maker who has no Slack: nobody hears less for having asked by letter (N1)."""

from __future__ import annotations

from handlers.batches.owe_news import last_word_key
from handlers.jobs.mailing import mailed_to_staff
from handlers.jobs.nobody_hears import tell_admins_instead
from handlers.links.history import FOR_THE_MAKER, history
from handlers.links.tell import MAKER
from handlers.people.identify import may_hear
from handlers.ports import LetterSender, Ports, StaffLetter
from models.database import retried
from models.job_queue import Claimed
from models.plain_text import shortened
from models.tables import ChannelPost, Job, PaymentLink

# handlers.mail.take_bounce and pass_on write letters of their own
_TOLD_OTHERWISE = frozenset({"bounced", "client_wrote"})


async def mail_news(job: Claimed, ports: Ports) -> None:
    """One letter of all that the maker was not told. A crash before that is written down repeats it, under one id."""
    if ports.letters is None:
        return
    link = await PaymentLink.get(id=job.payload["link"])
    if not await may_hear(link.created_by, ports):  # their role was taken away
        await tell_admins_instead(link, MAKER, ports)
        return
    post, _ = await ChannelPost.get_or_create(link_id=link.id, channel=MAKER)
    lines = await history(link, ports.firm, after=post.told)
    told = FOR_THE_MAKER - await _told_otherwise(link)
    news = [one for one in lines if one.kind in told and one.who != link.created_by]
    if news:
        await _send(link, [one.words for one in news], news[-1].number, ports.letters, ports)
    if lines:
        post.told = lines[-1].number
        await retried(lambda: post.save(update_fields=["told"]))


async def _told_otherwise(link: PaymentLink) -> frozenset[str]:
    """While a file's letters leave, those that are refused are told in one letter at the end."""
    leaving = link.batch_id is not None and await Job.exists(dedup=last_word_key(link.batch_id))
    return _TOLD_OTHERWISE | {"mail_failed"} if leaving else _TOLD_OTHERWISE


async def _send(link: PaymentLink, words: list[str], number: int, letters: LetterSender, ports: Ports) -> None:
    payer = f", {link.payer_name}" if link.payer_name else ""
    text = "\n\n".join([*words, f"For more write in the subject of a new letter:\n\nshow {link.reference}\n"])
    domain = ports.firm.mail_domain
    subject = shortened(f"{link.reference}{payer}: {words[-1]}", 150)
    message_id = f"news-{link.reference.lower()}-{number}@{domain}"
    letter = StaffLetter(link.created_by, message_id, subject, text, "")
    await mailed_to_staff(letter, letters, f"News of {link.reference} for {link.created_by}")
