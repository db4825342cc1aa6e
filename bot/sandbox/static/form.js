// A form (modal view): drawn from the app's JSON, filled in, sent, its errors put on their fields.
import { drawBlocks } from "./blocks.js";
import { $, el, focused, post, toast } from "./dom.js";
import { emojis } from "./mrkdwn.js";
import { collect, refresh } from "./workspace.js";

let shown = { id: "", hash: "", fields: new Map() };
const typed = new Map(); // what stands in the fields of each form of the stack, by the form's id

/** Show the view, or close the dialog when there is none. A redraw keeps what was typed. */
export function drawView(view, context, me, errors = null) {
  const dialog = $("modal");
  if (shown.id) typed.set(shown.id, new Map([...shown.fields].map(([key, field]) => [key, field.read()])));
  if (!view) {
    shown = { id: "", hash: "", fields: new Map() };
    typed.clear();
    if (dialog.open) dialog.close();
    return;
  }
  if (shown.hash === view.hash && !errors) return;
  const old = typed.get(view.id);
  const focus = shown.id === view.id ? focused(dialog) : null;
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
  const close = async (every) => {
    await post("slack/close", { user: me.user, every });
    await refresh();
  };
  dialog.oncancel = (event) => { event.preventDefault(); close(false); };
  dialog.replaceChildren(el("form", { onsubmit: send, noValidate: true },
    el("div", { class: "modal-head" },
      el("h2", { id: "modal-title" }, emojis(view.title?.text || "Form")),
      el("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => close(true) }, "✕")),
    el("div", { class: "modal-body" }, drawBlocks(view.blocks, { ...context, use, fields, old, errors, me: me.user })),
    el("div", { class: "modal-foot" },
      el("button", { type: "button", onclick: () => close(false) }, view.close?.text || (view.previous_view_id ? "Back" : "Cancel")),
      view.submit ? el("button", { type: "submit", class: "primary" }, view.submit.text) : null)));
  shown = { id: view.id, hash: view.hash, fields };
  if (!dialog.open) dialog.showModal();
  const first = errors
    ? dialog.querySelector("[aria-invalid], fieldset[aria-describedby] input")
    : old ? focus && dialog.querySelector(focus) : dialog.querySelector("[autofocus], .modal-body input, .modal-body textarea, .modal-body select");
  first?.focus();
}
