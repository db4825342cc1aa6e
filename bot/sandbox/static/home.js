// The app's Home tab: what the app published to this person, and what they do there.
import { drawBlocks } from "./blocks.js";
import { $, el, focused, post, toast } from "./dom.js";
import { collect, refresh } from "./workspace.js";

let shown = { id: "", hash: "", fields: new Map() };

/** Show the tab; a redraw keeps what was typed and chosen, as Slack does for blocks that keep their ids. */
export function drawHome(view, context, me) {
  const place = $("home");
  if (shown.id === (view?.id || "none") && shown.hash === view?.hash) return;
  const old = view && shown.id === view.id ? new Map([...shown.fields].map(([key, field]) => [key, field.read()])) : undefined;
  const fields = new Map();
  const focus = focused(place);
  const use = async (block, element, how) => {
    const answer = await post("slack/click", {
      user: me.user, home: true, block_id: block.block_id, action_id: element.action_id, given: collect(fields), ...how,
    });
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    await refresh();
  };
  place.replaceChildren(...(view
    ? drawBlocks(view.blocks, { ...context, use, fields, old, me: me.user })
    : [el("p", { class: "empty" }, "Paylink has nothing to show here yet.")]));
  shown = { id: view?.id || "none", hash: view?.hash, fields };
  if (focus) place.querySelector(focus)?.focus();
}
