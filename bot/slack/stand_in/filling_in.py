"""What people do with a form: use its buttons and menus, fill it in, send it, close it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.stand_in import payloads
from bot.slack.stand_in.block_rules import faults_of_view
from bot.slack.stand_in.elements import Given, NoSuchElement, Raw, slips
from bot.slack.stand_in.seeing import Seeing
from bot.slack.stand_in.view_methods import STACK

Json = dict[str, Any]


class FillingIn(Seeing):
    """The hands of the workspace's people on the form in front of them."""

    async def click_in_view(
        self,
        user: str,
        action_id: str = "",
        value: str = "",
        *,
        block_id: str = "",
        raw: Raw = None,
        given: Given | None = None,
    ) -> Json:
        """Use a button, menu or picker of the form in front. Raises NoSuchElement."""
        return await self._use(user, self._front(user), action_id, value, block_id=block_id, raw=raw, given=given)

    async def submit(self, user: str, values: Mapping[str, Raw] | Given) -> Json:
        """Fill in the form in front and send it; keys are labels, block ids or action ids.

        {} when it closed or moved on, {"errors": {block_id: sentence}} when a field was refused, by Slack itself or by
        the app; {"failed": True, "text": …} when the app did not answer. Raises NoSuchElement: no form, no such field.
        """
        view = self._front(user)
        state = self._state(view["blocks"], _by_block(view, values))
        amiss = slips(view["blocks"], state)
        if amiss:
            return {"errors": amiss}
        filled = {**view, "state": {"values": state}}
        payload = payloads.view_submission(
            self._person(user), self.workspace.team_id, filled, trigger_id=self.workspace.tickets.trigger(user)
        )
        reply = await self.delivery.send("interactive", payload)
        if reply.failure:
            return _trouble()
        return self._after_submission(user, view, reply.body)

    def _after_submission(self, user: str, view: Json, body: Json) -> Json:
        match body.get("response_action"):
            case "errors":
                known = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                errors = {k: str(v) for k, v in body.get("errors", {}).items() if k in known}
                return {"errors": errors} if errors else _trouble()
            case "update" | "push" as action:
                asked = body.get("view")
                too_many = action == "push" and len(self.workspace.views[user]) >= STACK
                if faults_of_view(asked) or not isinstance(asked, dict) or asked["type"] != "modal" or too_many:
                    return _trouble()
                if action == "update":
                    self.workspace.change_view(user, view["id"], asked)
                else:
                    self.workspace.open_view(user, asked, over=True)
            case "clear":
                self.workspace.views[user] = []
            case _:
                self._drop(user, view["id"])
        self.workspace.changed()
        return {}

    async def close_view(self, user: str, *, every: bool = False) -> None:
        """Close the form in front without sending it, or `every` one, as the cross at the top does.

        One that asked for `clear_on_close` takes those under it along.
        """
        view = self._front(user)
        cleared = every or view["clear_on_close"]
        closing = list(reversed(self.workspace.views[user])) if cleared else [view]
        for each in closing:
            self._drop(user, each["id"])
        for each in closing:
            if each["notify_on_close"]:
                told = payloads.view_closed(self._person(user), self.workspace.team_id, each, is_cleared=cleared)
                await self.delivery.send("interactive", told)

    def _drop(self, user: str, view_id: str) -> None:
        self.workspace.views[user] = [v for v in self.workspace.views.get(user, []) if v["id"] != view_id]
        self.workspace.changed()


def _trouble() -> Json:
    return {"failed": True, "text": "We had some trouble connecting. Try again?"}


def _by_block(view: Json, values: Mapping[str, Raw] | Given) -> Given:
    """Fields by their block and action ids, whatever name they were given by."""
    done: dict[str, Mapping[str, Raw]] = {}
    for name, raw in values.items():
        if isinstance(raw, Mapping):
            done[name] = raw
            continue
        for block in view["blocks"]:
            element = block.get("element") or block.get("accessory") or {}
            names = (block["block_id"], element.get("action_id"), block.get("label", {}).get("text"))
            if element and name in names:
                done[block["block_id"]] = {element["action_id"]: raw}
                break
        else:
            raise NoSuchElement(f"the form has no field {name!r}")
    return done
