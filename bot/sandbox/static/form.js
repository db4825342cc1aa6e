// A form (modal view): drawn from the app's JSON, filled in, sent, its errors put on their fields.
import { drawBlocks } from "./blocks.js";
import { $, el, post, toast } from "./dom.js";
import { collect, refresh } from "./slack.js";
import { emojis } from "./mrkdwn.js";

let shown = { id: "", hash: "", fields: new Map() };

/** Show the view, or close the dialog when there is none. A redraw keeps what was typed. */
export function drawView(view, context, me, errors = null) {
  const dialog = $("modal");
  if (!view) {
    shown = { id: "", hash: "", fields: new Map() };
    if (dialog.open) dialog.close();
    return;
  }
  if (shown.hash === view.hash && !errors) return;
  const old = shown.id === view.id ? new Map([...shown.fields].map(([key, field]) => [key, field.read()])) : undefined;
  const fields = new Map();
  const use = async (block, element, how) => {
    const answer = await post("slack/click", {
      user: me.user, block_id: block.block_id, action_id: element.action_id, given: collect(fields), ...how,
    });
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    await refresh();
  };
  const send = async (event) => {
    event.preventDefault();
    const submit = dialog.querySelector("[type=submit]");
    submit.disabled = true;
    const answer = await post("slack/submit", { user: me.user, values: collect(fields) });
    submit.disabled = false;
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    if (answer.errors) drawView(view, context, me, answer.errors);
    await refresh();
  };
  const close = async () => {
    await post("slack/close", { user: me.user });
    await refresh();
  };
  dialog.oncancel = (event) => { event.preventDefault(); close(); };
  dialog.replaceChildren(el("form", { onsubmit: send, noValidate: true },
    el("div", { class: "modal-head" },
      el("h2", { id: "modal-title" }, emojis(view.title?.text || "Form")),
      el("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: close }, "✕")),
    el("div", { class: "modal-body" }, drawBlocks(view.blocks, { ...context, use, fields, old, errors })),
    el("div", { class: "modal-foot" },
      el("button", { type: "button", onclick: close }, view.close?.text || "Cancel"),
      view.submit ? el("button", { type: "submit", class: "primary" }, view.submit.text) : null)));
  shown = { id: view.id, hash: view.hash, fields };
  if (!dialog.open) dialog.showModal();
  const first = errors
    ? dialog.querySelector("[aria-invalid], fieldset[aria-describedby] input")
    : old ? null : dialog.querySelector("[autofocus], .modal-body input, .modal-body textarea, .modal-body select");
  first?.focus();
}
