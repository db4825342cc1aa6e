"""The desk: who asks, and what they ask, to the one operation that serves it. Roles are checked here and only here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from handlers.administration.firm_settings import change_setting, show_settings
from handlers.administration.firm_trail import keep_refusal
from handlers.administration.merchant_accounts import choose_default, rule_parts, show_accounts
from handlers.administration.notifications import route_news, show_notifications
from handlers.administration.users import add_user, remove_user, show_users
from handlers.answers import Answer, FileReady, FormWanted, HelpText, LinkList, LinkMade, LinkShown, Refusal
from handlers.batches.decide_batch import choose_account, decide_batch
from handlers.batches.review_batch import review_file
from handlers.batches.template import template
from handlers.grammar import House, read_batch_reply, read_command
from handlers.help import help_text
from handlers.links.balance_link import balance_link
from handlers.links.cancel_link import cancel_links
from handlers.links.cards import card_for
from handlers.links.create_link import create_link
from handlers.links.export_links import export_links
from handlers.links.find import by_reference
from handlers.links.own_view import own_list
from handlers.links.resend_link import resend_link
from handlers.links.show_link import copy_link, show_link
from handlers.payments.refund import propose_refund, send_refund
from handlers.ports import Ports
from handlers.reminders.remind_link import pause_reminders, remind_link
from handlers.requests import (
    AddUser,
    Asker,
    AskHelp,
    AskRefund,
    AskTemplate,
    BalanceLink,
    CancelLinks,
    ChangeSetting,
    ChooseAccount,
    CopyLink,
    CreateLink,
    DecideBatch,
    DefaultAccount,
    Door,
    ExportLinks,
    ListLinks,
    NotYet,
    OpenForm,
    PartialRule,
    PauseReminders,
    RemindLink,
    RemoveUser,
    Request,
    ResendLink,
    ReviewFile,
    Role,
    RouteNews,
    SendRefund,
    ShowAccounts,
    ShowLink,
    ShowNotifications,
    ShowSettings,
    ShowUsers,
)
from models.database import retried
from models.errors import AlreadyDone, NotAllowed, PaylinkError
from models.reference import read_reference

READERS = frozenset({Role.ADMIN, Role.STAFF, Role.VIEWER})
MAKERS = frozenset({Role.ADMIN, Role.STAFF})
ADMINS = frozenset({Role.ADMIN})
ALLOWED: dict[type, frozenset[Role]] = {
    OpenForm: MAKERS,
    CreateLink: MAKERS,
    ResendLink: MAKERS,
    RemindLink: MAKERS,
    PauseReminders: MAKERS,
    CancelLinks: MAKERS,
    BalanceLink: MAKERS,
    ReviewFile: MAKERS,
    DecideBatch: MAKERS,
    ChooseAccount: MAKERS,
    CopyLink: MAKERS,
    ListLinks: READERS,
    ExportLinks: MAKERS,
    ShowLink: READERS,
    AskTemplate: READERS,
    AskHelp: READERS,
    NotYet: READERS,
    AskRefund: ADMINS,
    SendRefund: ADMINS,
    ShowSettings: ADMINS,
    ChangeSetting: ADMINS,
    ShowAccounts: ADMINS,
    DefaultAccount: ADMINS,
    PartialRule: ADMINS,
    ShowUsers: ADMINS,
    AddUser: ADMINS,
    RemoveUser: ADMINS,
    ShowNotifications: ADMINS,
    RouteNews: ADMINS,
}
# What is an admin's is done in Slack: a mailbox in the wrong hands must not do it, whoever's it is (T16).
SLACK_ONLY = frozenset(kind for kind, roles in ALLOWED.items() if roles == ADMINS)


class Desk:
    """One desk for every front: a sentence or a request in, an answer out. It never raises a PaylinkError."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def hear(self, by: Asker, text: str) -> Answer:
        """Read a typed or mailed command and do it."""
        if by.role is Role.NOBODY:
            await keep_refusal(by, "a command", self._ports)
            return self._stranger()
        try:
            request = read_command(text, self.house(by.channel))
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def hear_about_batch(self, by: Asker, text: str, batch: int) -> Answer:
        """Read the first line of a reply to a review and do it."""
        try:
            request = read_batch_reply(text, batch, self.house(by.channel))
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def ask(self, by: Asker, request: Request) -> Answer:
        """Do what is asked, if this person may ask it."""
        if by.role not in ALLOWED[type(request)]:
            await keep_refusal(by, type(request).__name__, self._ports)
            return self._stranger() if by.role is Role.NOBODY else _not_your_role(by, request)
        if type(request) in SLACK_ONLY and by.door is not Door.SLACK:
            await keep_refusal(by, type(request).__name__, self._ports, why="not in Slack")
            return Refusal("not_allowed", _SLACK_ONLY)
        try:
            return await retried(lambda: self._serve(by, request))
        except AlreadyDone as error:
            return await self._again(error)
        except NotAllowed as error:
            await keep_refusal(by, type(request).__name__, self._ports, why=error.for_staff())
            return _refusal(error)
        except PaylinkError as error:
            return _refusal(error)

    async def refuse(self, by: Asker, why: str) -> Refusal:
        """Keep that a front turned somebody away before the desk saw what they asked."""
        await keep_refusal(by, "a command", self._ports, why)
        return Refusal("not_allowed", why)

    def house(self, channel: str = "") -> House:
        """What the grammar needs to know of the firm today, and of the Slack channel that is spoken in."""
        firm = self._ports.firm
        return House(
            today=firm.today(self._ports.clock.now()),
            firm=firm,
            accounts=firm.accounts,
            default_account=firm.channel_accounts.get(channel),
        )

    async def _serve(self, by: Asker, request: Request) -> Answer:
        ports = self._ports
        serve: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            CreateLink: lambda r: create_link(r, by, ports),
            ListLinks: lambda r: self._listed(r, by),
            ExportLinks: lambda r: export_links(r, by, ports),
            ShowLink: lambda r: self._shown(r, by),
            CopyLink: lambda r: copy_link(r, ports),
            ResendLink: lambda r: resend_link(r, by, ports),
            RemindLink: lambda r: remind_link(r, by, ports),
            PauseReminders: lambda r: pause_reminders(r, by, ports),
            CancelLinks: lambda r: cancel_links(r, by, ports),
            BalanceLink: lambda r: balance_link(r, by, ports),
            ReviewFile: lambda r: review_file(r, by, ports),
            DecideBatch: lambda r: decide_batch(r, by, ports),
            ChooseAccount: lambda r: choose_account(r, by, ports),
            AskRefund: lambda r: propose_refund(r, by, ports),
            SendRefund: lambda r: send_refund(r, by, ports),
            ShowSettings: lambda r: show_settings(r, ports),
            ChangeSetting: lambda r: change_setting(r, by, ports),
            ShowAccounts: lambda r: show_accounts(r, ports),
            DefaultAccount: lambda r: choose_default(r, by, ports),
            PartialRule: lambda r: rule_parts(r, by, ports),
            ShowUsers: lambda r: show_users(r, ports),
            AddUser: lambda r: add_user(r, by, ports),
            RemoveUser: lambda r: remove_user(r, by, ports),
            ShowNotifications: lambda r: show_notifications(r, ports),
            RouteNews: lambda r: route_news(r, by, ports),
        }
        if type(request) in serve:
            return await serve[type(request)](request)
        return self._say(by, request)

    async def _shown(self, request: ShowLink, by: Asker) -> LinkShown:
        """A link and its history; the address of its page, and refunds, for those only who may have them."""
        shown = await show_link(request, self._ports)
        if by.role not in ALLOWED[SendRefund]:
            shown = replace(shown, card=replace(shown.card, offers=()))
        if by.role in ALLOWED[CopyLink]:
            return shown
        return replace(shown, card=replace(shown.card, url=""), may_act=False)

    async def _listed(self, request: ListLinks, by: Asker) -> LinkList:
        return replace(await own_list(request, by, self._ports), may_act=by.role in ALLOWED[CopyLink])

    def _say(self, by: Asker, request: Request) -> FileReady | FormWanted | HelpText | Refusal:
        """The answers that need no database."""
        firm = self._ports.firm
        match request:
            case OpenForm():
                return FormWanted() if by.door is Door.SLACK else help_text("", firm.intake_address)
            case AskTemplate():
                return template(firm, firm.today(self._ports.clock.now()))
            case NotYet(word):
                return Refusal("not_yet", f"`{word}` is not built yet; nothing was done. `help` lists what works now.")
            case AskHelp(topic):
                return help_text(topic, firm.intake_address, one_account=len(firm.accounts) == 1)
            case _:
                raise TypeError(f"no operation serves {request!r}")

    async def _again(self, error: AlreadyDone) -> Answer:
        """The same delivery twice: the answer is what it made the first time."""
        try:
            link = await by_reference(read_reference(error.outcome))
        except PaylinkError:
            return _refusal(error)
        return LinkMade(await card_for(link, self._ports.firm), repeated=True)

    def _stranger(self) -> Refusal:
        firm = self._ports.firm
        return Refusal(
            "not_allowed", f"You are not set up to use Paylink for {firm.name}. Ask an admin of the firm to add you."
        )


_SLACK_ONLY = (
    "That is done in Slack only, and nothing was done: whoever gets into a mailbox must not change who may do what, "
    "or where money and news go. Type it there after `/paylink`."
)


def _not_your_role(by: Asker, request: Request) -> Refusal:
    who = "a staff member or an admin" if Role.STAFF in ALLOWED[type(request)] else "an admin"
    return Refusal("not_allowed", f"Your role here is {by.role.value}, which may not do that. Ask {who} to do it.")


def _refusal(error: PaylinkError) -> Refusal:
    return Refusal(error.code, error.for_staff())
