"""Which operation serves which request. Whoever comes here was let in by the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from handlers import requests
from handlers.administration.operations import ADMINISTRATION
from handlers.answers import Answer, FileReady, FormWanted, HelpText, LinkList, LinkShown, Refusal
from handlers.batches.change_batch import ask_of_batch, show_batch
from handlers.batches.review_batch import review_file
from handlers.batches.template import template
from handlers.help import help_text
from handlers.links.balance_link import balance_link
from handlers.links.cancel_link import cancel_links
from handlers.links.choose_links import choose_links, copy_links, remind_links
from handlers.links.create_link import create_link
from handlers.links.export_links import NothingToExport, export_links
from handlers.links.fix_address import fix_address
from handlers.links.home_page import home_page
from handlers.links.own_view import own_list
from handlers.links.preview_link import preview_link
from handlers.links.replace_link import replace_link
from handlers.links.resend_link import resend_link
from handlers.links.show_link import copy_link, show_link
from handlers.payments.keep_money import keep_money, mark_seen
from handlers.payments.refund import propose_refund, send_refund
from handlers.people.access import answer_access, ask_access
from handlers.people.proposals import decide_proposal
from handlers.people.roles import may
from handlers.ports import Ports
from handlers.reminders.remind_link import pause_reminders, remind_link
from handlers.requests import Asker, Door, Request, Role

Operation = Callable[[Any, Asker, Ports], Awaitable[Answer]]


async def serve(by: Asker, request: Request, ports: Ports) -> Answer:
    """Do what is asked. Raises PaylinkError."""
    operation = _OPERATIONS.get(type(request))
    return _say(by, request, ports) if operation is None else await operation(request, by, ports)


async def _shown(request: requests.ShowLink, by: Asker, ports: Ports) -> LinkShown:
    """A link and its history; the address of its page, and refunds, for those only who may have them."""
    shown = await show_link(request, by, ports)
    if not may(by, requests.SendRefund, ports.firm):
        shown = replace(shown, card=replace(shown.card, offers=()))
    if may(by, requests.CopyLink, ports.firm):
        return shown
    return replace(shown, card=replace(shown.card, url=""), may_act=False)


async def _listed(request: requests.ListLinks, by: Asker, ports: Ports) -> LinkList:
    """A list; by mail with all its pages as a file, for whoever may export."""
    listed = replace(await own_list(request, by, ports), may_act=may(by, requests.CopyLink, ports.firm))
    if by.door is not Door.MAIL or not listed.count or not may(by, requests.ExportLinks, ports.firm):
        return listed
    whole = requests.ExportLinks(replace(listed.asked, page=1, said=None))
    with suppress(NothingToExport):  # too many for a sheet: the list itself is the answer all the same
        listed = replace(listed, file=await export_links(whole, by, ports))
    return listed


def _say(by: Asker, request: Request, ports: Ports) -> FileReady | FormWanted | HelpText | Refusal:
    """The answers that need no database."""
    firm = ports.firm
    match request:
        case requests.OpenForm():
            return (
                FormWanted()
                if by.door is Door.SLACK
                else help_text("", firm.intake_address, for_admins=by.role is Role.ADMIN)
            )
        case requests.AskTemplate():
            return template(firm, firm.today(ports.clock.now()))
        case requests.NotYet(word):
            return Refusal("not_yet", f"`{word}` is not built yet; nothing was done. `help` lists what works now.")
        case requests.AskHelp(topic):
            return help_text(
                topic, firm.intake_address, one_account=len(firm.accounts) == 1, for_admins=by.role is Role.ADMIN
            )
        case _:
            raise TypeError(f"no operation serves {request!r}")


_OPERATIONS: dict[type, Operation] = {
    requests.CreateLink: create_link,
    requests.PreviewLink: preview_link,
    requests.ListLinks: _listed,
    requests.OpenHome: home_page,
    requests.ExportLinks: export_links,
    requests.ChooseLinks: choose_links,
    requests.RemindLinks: remind_links,
    requests.CopyLinks: copy_links,
    requests.ShowLink: _shown,
    requests.CopyLink: copy_link,
    requests.ResendLink: resend_link,
    requests.FixAddress: fix_address,
    requests.RemindLink: remind_link,
    requests.PauseReminders: pause_reminders,
    requests.CancelLinks: cancel_links,
    requests.BalanceLink: balance_link,
    requests.ReplaceLink: replace_link,
    requests.ReviewFile: review_file,
    requests.ShowBatch: show_batch,
    requests.ChangeBatch: ask_of_batch,
    requests.DeleteRows: ask_of_batch,
    requests.IncludeRows: ask_of_batch,
    requests.EditRow: ask_of_batch,
    requests.AddRow: ask_of_batch,
    requests.ChooseAccount: ask_of_batch,
    requests.DecideBatch: ask_of_batch,
    requests.AskAccess: ask_access,
    requests.AnswerAccess: answer_access,
    requests.DecideProposal: decide_proposal,
    requests.AskRefund: propose_refund,
    requests.SendRefund: send_refund,
    requests.KeepMoney: keep_money,
    requests.MarkSeen: mark_seen,
    **ADMINISTRATION,
}
