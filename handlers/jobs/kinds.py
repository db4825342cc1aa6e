"""Every kind of job and the step that pays it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.jobs.ask_people import ask_person, close_question
from handlers.jobs.close_home import close_home
from handlers.jobs.expire_link import expire_link, finish_closing
from handlers.jobs.export_links import export_links
from handlers.jobs.mail_batch_end import mail_batch_end
from handlers.jobs.mail_batch_progress import mail_batch_progress
from handlers.jobs.mail_news import mail_news
from handlers.jobs.proposed import expire_proposal, make_proposed
from handlers.jobs.reconcile import reconcile
from handlers.jobs.refund_payment import refund_payment
from handlers.jobs.remind_due import remind_due
from handlers.jobs.send_cancelled import send_cancelled
from handlers.jobs.send_letter import send_answer, send_letter
from handlers.jobs.send_receipt import send_debit_failed, send_receipt
from handlers.jobs.send_reminder import send_reminder
from handlers.jobs.settle_event import settle_event
from handlers.jobs.steps import Step
from handlers.jobs.tell_aside import tell_aside
from handlers.jobs.tell_batch import tell_batch
from handlers.jobs.tell_channel import tell_channel
from handlers.jobs.tell_person import tell_person

STEPS: Mapping[str, Step] = {
    "tell_channel": tell_channel,
    "tell_batch": tell_batch,
    "mail_batch_end": mail_batch_end,
    "mail_batch_progress": mail_batch_progress,
    "tell_admins": tell_person,  # as the kind was called first: jobs of older versions may still be owed
    "tell_aside": tell_aside,
    "ask_person": ask_person,
    "close_question": close_question,
    "close_home": close_home,
    "expire_proposal": expire_proposal,
    "make_proposed": make_proposed,
    "send_letter": send_letter,
    "remind_due": remind_due,
    "send_reminder": send_reminder,
    "send_receipt": send_receipt,
    "send_debit_failed": send_debit_failed,
    "send_cancelled": send_cancelled,
    "send_answer": send_answer,
    "mail_news": mail_news,
    "settle_event": settle_event,
    "expire_link": expire_link,
    "finish_closing": finish_closing,
    "reconcile": reconcile,
    "refund_payment": refund_payment,
    "export_links": export_links,
}
