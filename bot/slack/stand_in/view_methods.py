"""The Web API's methods for forms and the Home tab (docs.slack.dev/reference/methods, views.*)."""

from __future__ import annotations

import json
from typing import Any

from bot.slack.stand_in.block_rules import faults_of_view
from bot.slack.stand_in.people import BOT_USER
from bot.slack.stand_in.tickets import TicketRefused
from bot.slack.stand_in.web_api import Method, Refused, WebApi

Json = dict[str, Any]
STACK = 3  # forms on top of each other
_LARGEST = 250_000  # characters of JSON


def _judged_view(api: WebApi, args: Json, kind: str, own: str = "") -> Json:
    """The view in a call, when Slack would take it; `own` is the id of the view that it replaces.

    Raises Refused: invalid_arguments with every fault and its place, view_too_large, duplicate_external_id.
    """
    view = args.get("view")
    faults = faults_of_view(view)
    if isinstance(view, dict) and not faults and view["type"] != kind:
        faults = [f"invalid value for type: {view['type']} [json-pointer:/view/type]"]
    if faults or not isinstance(view, dict):
        raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {fault}" for fault in faults]})
    if len(json.dumps(view)) > _LARGEST:
        raise Refused("view_too_large")
    same = api.workspace.whose_view(external_id=str(view["external_id"])) if view.get("external_id") else None
    if same is not None and same[1]["id"] != own:
        raise Refused("duplicate_external_id")
    return view


def _triggered(api: WebApi, args: Json) -> str:
    try:
        return api.workspace.tickets.spend_trigger(str(args.get("trigger_id", "")))
    except TicketRefused as refused:
        raise Refused(refused.error) from None


def _open_view(api: WebApi, args: Json) -> Json:
    view = _judged_view(api, args, "modal")
    return {"view": api.workspace.open_view(_triggered(api, args), view)}


def _push_view(api: WebApi, args: Json) -> Json:
    view = _judged_view(api, args, "modal")
    user = _triggered(api, args)
    if len(api.workspace.views.get(user, [])) >= STACK:
        raise Refused("push_limit_reached")
    return {"view": api.workspace.open_view(user, view, over=True)}


def _update_view(api: WebApi, args: Json) -> Json:
    found = api.workspace.whose_view(str(args.get("view_id") or ""), str(args.get("external_id") or ""))
    if found is None:
        _judged_view(api, args, str((args.get("view") or {}).get("type")))
        raise Refused("not_found")
    user, old = found
    view = _judged_view(api, args, old["type"], old["id"])
    _not_changed_since(args, old)
    return {"view": api.workspace.change_view(user, old["id"], view)}


def _publish_view(api: WebApi, args: Json) -> Json:
    """Show a person the Home tab."""
    person = api.workspace.people.get(str(args.get("user_id", "")))
    if person is None or person.id == BOT_USER:
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] invalid user_id"]})
    old = api.workspace.homes.get(person.id, {"id": "", "hash": ""})
    view = _judged_view(api, args, "home", old["id"])
    if not api.offer.home_tab:
        raise Refused("not_enabled")
    _not_changed_since(args, old)
    return {"view": api.workspace.publish_home(person.id, view)}


def _not_changed_since(args: Json, old: Json) -> None:
    """Raises Refused: the caller saw the view before it was changed."""
    if args.get("hash") and args["hash"] != old["hash"]:
        raise Refused("hash_conflict")


VIEW_METHODS = {
    "views.open": Method(_open_view),
    "views.push": Method(_push_view),
    "views.update": Method(_update_view),
    "views.publish": Method(_publish_view),
}
