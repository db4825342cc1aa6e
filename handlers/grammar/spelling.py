"""Requests written as commands, for paging and to show what to type. Read back, they give the same request."""

from __future__ import annotations

from html import escape

from handlers.grammar.as_meant import unwrapped
from handlers.requests import CreateLink, ListLinks


def spell_list(asked: ListLinks) -> str:
    """The command for a list, in one fixed order."""
    parts = ["list", asked.view]  # the view always: `list` alone is whatever its asker is used to
    parts += ["for", quoted(asked.name)] if asked.name else []
    parts += ["invoice", quoted(asked.invoice)] if asked.invoice else []
    parts += ["account", asked.account] if asked.account else []
    parts += [f"from {asked.made_from:%Y-%m-%d}"] if asked.made_from else []
    parts += [f"to {asked.made_to:%Y-%m-%d}"] if asked.made_to else []
    parts += ["over", f"{asked.over}"] if asked.over else []
    parts += ["under", f"{asked.under}"] if asked.under else []
    parts += ["email", quoted(asked.email)] if asked.email else []
    parts += ["reference", quoted(asked.reference)] if asked.reference else []
    parts += ["by", quoted(asked.made_by)] if asked.made_by else []
    parts += [f"due from {asked.due_from:%Y-%m-%d}"] if asked.due_from else []
    parts += [f"due to {asked.due_to:%Y-%m-%d}"] if asked.due_to else []
    if (asked.sort, asked.descending) != ("created", True):
        parts += ["sort", asked.sort, "desc" if asked.descending else "asc"]
    parts += ["columns", ", ".join(asked.columns)] if asked.columns else []
    parts += [f"page {asked.page}"] if asked.page != 1 else []
    return " ".join(parts)


def spell_create(asked: CreateLink) -> str:
    """The command for a link, in one fixed order; without what was no address or was taken out of the text."""
    parts = ["create", f"{asked.amount}", *asked.emails]
    parts += ["for", quoted(asked.payer_name)] if asked.payer_name else []
    parts += ["invoice", quoted(asked.invoice_number)] if asked.invoice_number else []
    parts += [f"due {asked.due_on:%Y-%m-%d}"] if asked.due_on else []
    parts += ["account", asked.account]
    parts += ["message", quoted(asked.message)] if asked.message else []
    parts += ["partial" if asked.partial else "partial: no"] if asked.partial is not None else []
    parts += ["min", f"{asked.partial_minimum}"] if asked.partial_minimum else []
    parts += [f"expires {asked.expires_on:%Y-%m-%d}"] if asked.expires_on else []
    parts += ["link-only"] if asked.link_only else []
    parts += ["again"] if asked.again else []
    return " ".join(parts)


def quoted(text: str) -> str:
    """The text in quotes; escaped where the grammar would take something in it for one of Slack's wrappings."""
    if unwrapped(text) != text:
        text = escape(text, quote=False)
    return '"' + text.replace('"', '""') + '"'
