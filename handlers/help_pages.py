"""The pages of help: one for each command that works, with its words and examples."""

from __future__ import annotations

from handlers.administration.catalogue import SETTINGS
from handlers.answers import HelpText
from handlers.firm import MOST_LINK_DAYS
from handlers.grammar import COLUMNS
from handlers.grammar.create import EXAMPLE
from handlers.news_kinds import EVENTS
from handlers.requests import View
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX

Lines = tuple[tuple[str, str], ...]
SUMMARIES: dict[str, str] = {
    "create": "makes a payment link and mails it",
    "list": "lists links, with filters",
    "export": "gives a list as an Excel file",
    "show": "shows one link and its history",
    "resend": "mails a link again, or the receipt of one that is paid",
    "remind": "reminds the client of a link, now or later",
    "cancel": "cancels links that are not paid",
    "balance": "asks for what a part payment left open",
    "replace": "cancels a link and makes another in its place",
    "settings": "shows and changes the firm's settings (admins, in Slack)",
    "accounts": "shows the merchant accounts, and sets a channel's (admins, in Slack)",
    "users": "says who may use Paylink (admins, in Slack)",
    "notifications": "says who hears of which news (admins, in Slack)",
    "quarantine": "lists the letters that were set aside, and why (admins, in Slack)",
    "refund": "sends money back to the client (admins, in Slack)",
    "template": "gives the CSV template for many invoices at once",
    "help": "explains a command: help create",
}
FOR_ADMINS = "(admins, in Slack)"
_QUOTES = (
    'A value runs until the next keyword. Put it in quotes where it holds one: message "Payment for May". '
    "`key: value` means the same, and in a mail each may have a line of its own."
)
_ADMINS = (
    "For admins, in Slack only. A change holds within a minute, is told to all admins and kept in the audit trail."
)
_DATES = "2026-12-15, 15 Dec, friday, in 2 weeks, +30d, or 12/15/2026 in your firm's order"
ACCOUNT = "account KEY"
PAGES: dict[str, HelpText] = {
    "create": HelpText(
        "create AMOUNT [CUR] [EMAIL …] [keywords]: one payment link",
        (
            (EXAMPLE, "the usual way"),
            ("AMOUNT [CUR]", "1250, 1,250.00, $1,250.00, 1250 EUR; the account's currency where none is named"),
            (
                "EMAIL …",
                "one or more addresses that the link is mailed to; without one you get the link to send yourself",
            ),
            ("for NAME", f"the client's name, for the greeting (up to {NAME_MAX} characters)"),
            ("invoice NO", f"the invoice number (up to {INVOICE_MAX})"),
            ("due DATE", f"the due date told to the client: {_DATES}"),
            (ACCOUNT, "the merchant account that the money goes to"),
            (
                "message TEXT",
                f"what the letter says (up to {MESSAGE_MAX} characters); your firm's usual words without it",
            ),
            ("partial", "the client may pay a part; the link is used up then, and `balance` asks for the rest"),
            ("partial min AMOUNT", "the same, but at least this much at once"),
            ("partial: no", "the whole or nothing, also where the account's links may be paid in parts"),
            ("expires DATE", f"the last day the link can be paid, at most {MOST_LINK_DAYS} days ahead"),
            ("link-only", "no mail leaves, whatever addresses there are"),
            ("again", "really makes a second one like another of the last 10 minutes"),
        ),
        _QUOTES,
    ),
    "list": HelpText(
        "list [VIEW] [filters]: links, newest first",
        (
            ("list outstanding for Jane from 1 Nov over 100", "an example"),
            ("VIEW", ", ".join(View)),
            ("page N", "another page"),
            ("for NAME", "whose client's name holds this"),
            ("invoice NO", "whose invoice number holds this"),
            (ACCOUNT, "of one merchant account"),
            ("from DATE, to DATE", "made in that time: 2026-11-01, 1 Nov, friday, 30 days ago, today"),
            ("over AMOUNT, under AMOUNT", "larger or smaller than this"),
            ("email ADDRESS", "mailed to an address that holds this"),
            ("reference REF", "whose reference holds this"),
            ("by NAME", "made by somebody whose name holds this"),
            ("due from DATE, due to DATE", "due in that time"),
            ("sort COLUMN [asc/desc]", "in another order"),
            ("columns A, B, C", f"only these, in this order: {', '.join(COLUMNS)}"),
            ("list all", "every link you may see, in your own columns and order"),
            ("list default", "forgets your own view"),
        ),
        "Your last columns, order and filters are kept as your own view: `list` alone opens it. Admins see every link, "
        "others those they made and those of the channel they ask in. App Home has the same list.",
    ),
    "export": HelpText(
        "export [VIEW] [filters]: a list as an Excel file",
        (
            ("export", "every link you may take along"),
            ("export outstanding for Jane from 1 Nov over 100", "the same words as list understands: help list"),
            ("export received columns client, amount, paid", "only these columns, in this order"),
        ),
        "Admins get every link, staff those they made and those of the channel they ask in. The file never holds "
        "the addresses of the links: whoever has one can see and pay the request. A large file takes a moment and "
        "comes by itself.",
    ),
    "show": HelpText(
        "show REF: one link and its history",
        (
            ("show PL-7F3K9Q", "its state, amount, letters and history"),
            ("show B-17", "a file of invoices under review, or what became of it"),
        ),
    ),
    "resend": HelpText(
        "resend REF [EMAIL …]: mail a link again, or its receipt once it is paid",
        (
            ("resend PL-7F3K9Q", "to everyone it went to before"),
            ("resend PL-7F3K9Q jane@acme.com", "to this address"),
        ),
        "Where a letter did not arrive, Fix address on the link's card puts the right address in its place.",
    ),
    "remind": HelpText(
        "remind REF [REF …]: remind the client",
        (
            ("remind PL-7F3K9Q", "a reminder now, to everyone the link went to; at most one a client and day"),
            ("remind PL-7F3K9Q PL-0M4XTR", "of several; each has its own answer"),
            ("remind PL-7F3K9Q pause until 15 Dec", "no planned reminder before that day"),
            ("remind PL-7F3K9Q resume", "planned reminders go on"),
        ),
        "An admin sets the plan: `settings reminders -3, 0, 7, 14` are days from the due date.",
    ),
    "cancel": HelpText(
        "cancel REF [REF …]: cancel links",
        (
            ("cancel PL-7F3K9Q", "one link"),
            ("cancel PL-7F3K9Q PL-0M4XTR", "several: those not paid are cancelled, the others are reported"),
            ("cancel PL-7F3K9Q quietly", "without the letter that tells the client"),
        ),
        "A link that is being paid right now is settled by the payment company; you are told what came first.",
    ),
    "balance": HelpText(
        "balance REF: a link for what a part payment left open",
        (("balance PL-7F3K9Q", "one new link for the rest, to the same client and addresses, on the same terms"),),
        "There is one balance link at a time: asked for twice, it is shown, not made again. Once it was cancelled or "
        "has expired, the same command makes the next one. What you refunded is not asked for again.",
    ),
    "replace": HelpText(
        "replace REF [the words of create]: another link in the place of one that is not paid",
        (
            ("replace PL-7F3K9Q 300 due friday", "what you say is changed, the rest stays as it was"),
            ("replace PL-7F3K9Q due none", "without a due date; so with `for`, `invoice`, `message` and `partial min`"),
            ("replace PL-7F3K9Q jane@acme.com", "to another address; without one, to everyone it went to before"),
            ("replace PL-7F3K9Q", "the same again with a new address of its page"),
        ),
        "The old link is cancelled first. Where the client turns out to have paid it, no new one is made.",
    ),
    "refund": HelpText(
        "refund REF [AMOUNT]: send money back to the client",
        (
            ("refund PL-7F3K9Q", "all that is left of what was paid"),
            ("refund PL-7F3K9Q 40.00", "a part of it, in the currency it was paid in"),
        ),
        "For admins, in Slack only. It shows what would go back and from which account; nothing moves before you press "
        "Refund. Stripe keeps its fee. Out of a trust account a payment goes back whole. Money that came late or wrong "
        "has the buttons Keep and Refund on its card.",
    ),
    "template": HelpText(
        "template: the CSV template",
        (("template", "a file with the seven columns and examples, to fill in and bring back"),),
        "Mail the file, share it with Paylink in Slack (in a direct message, or beside a mention of it), or put it "
        "into the Bulk upload form. Beside it may stand `account KEY`, and `again` where the very same file came "
        "before. You get a review of every file first; nothing is sent until you decide. A letter is answered with "
        "`send`, `links` or `discard`, and before that, one a line, with `delete 3, 7`, `edit 4 amount 120.00`, "
        "`add …`, `include 4` or `account KEY`; in Slack the buttons do the same.",
    ),
    "settings": HelpText(
        "settings [NAME [VALUE]]: the firm's settings",
        (
            ("settings", "all of them with their values"),
            *((f"settings {one.name} {one.example}", one.about) for one in SETTINGS.values()),
            ("settings NAME default", "takes one back to what the operator has set, or to the usual"),
        ),
        _ADMINS,
    ),
    "accounts": HelpText(
        "accounts: the merchant accounts",
        (
            ("accounts", "each with its kind, currency, channels and rules, and whether Stripe takes its key"),
            ("accounts default trust", "links asked for in this channel go to it, where no other is named"),
            ("accounts default none", "the account has to be named again"),
            ("accounts channels trust #trust #estates", "these channels serve it, and no others do"),
            ("accounts channels trust all", "every channel that serves any account serves it"),
            ("accounts channels trust none", "no channel does"),
            ("accounts partial trust off", "its links are paid whole, where the command says nothing"),
            ("accounts partial trust allowed", "its links may be paid in parts, where the command says nothing"),
            ("accounts partial trust min 50", "the same, but at least this much at once"),
            ("accounts partial trust usual", "as `settings partial` says for the whole firm"),
        ),
        f"As long as no channel is mapped, every channel serves every account. {_ADMINS}",
    ),
    "users": HelpText(
        "users [add/remove PERSON [ROLE]]: who may use Paylink",
        (
            ("users", "everybody with their role"),
            ("users add @person staff", "gives a role, or another one: admin, staff, viewer"),
            ("users add sam@example.com viewer", "the same for somebody without Slack"),
            ("users remove @person", "takes it away; their links stay"),
        ),
        f"Staff make and cancel links, viewers look at them, admins do all. {_ADMINS}",
    ),
    "notifications": HelpText(
        "notifications [EVENT] [account KEY] [from AMOUNT] CHANNEL/PERSON/off: who hears of links",
        (
            ("notifications", "how it stands"),
            ("notifications all #payments", "that channel hears of everything"),
            ("notifications paid account trust #trust", "of payments into one account"),
            ("notifications disputed from 1000 @person", "of large ones, in a direct message"),
            ("notifications paid #payments off", "that channel no longer hears of payments"),
            ("notifications paid off", "nobody does, besides whose link it is"),
            ("EVENT", ", ".join(EVENTS)),
        ),
        "The channel that a link was asked for in hears of it always; else its maker does, in person. Elsewhere the "
        f"card of a link comes with the first of its events that is wanted there. {_ADMINS}",
    ),
    "quarantine": HelpText(
        "quarantine [page N]: the letters that were set aside",
        (("quarantine", "the newest, each with its sender and the reason"), ("quarantine page 2", "older ones")),
        _ADMINS,
    ),
    "help": HelpText(
        "help [COMMAND]", (("help", "all commands"), ("help create", "one command with all its keywords"))
    ),
}
