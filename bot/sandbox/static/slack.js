// The pane of the local Slack: its channels, and what is shown of the one that is chosen.
import { $, el, post } from "./dom.js";
import { drawView } from "./form.js";
import { drawHome } from "./home.js";
import { down, drawLog, forget } from "./log.js";
import { atHome, context, direct, drawnBy, here, me, refresh, state } from "./workspace.js";

const seen = new Map(); // a channel → the newest ts shown in it

function draw() {
  drawChannels();
  $("slack").classList.toggle("at-home", atHome());
  if (!atHome()) drawLog();
  drawHome(atHome() ? state.home : null, context({}), me);
  drawView(state.view, context({}), me);
}

drawnBy(draw);

function drawChannels() {
  const places = state.channels.map((channel) => {
    const newest = [...channel.messages, ...channel.whispers].map((m) => m.ts).sort().at(-1) || "";
    const current = !atHome() && channel.id === here().id;
    if (current) seen.set(channel.id, newest);
    const fresh = newest > (seen.get(channel.id) ?? newest);
    if (!seen.has(channel.id)) seen.set(channel.id, newest);
    return place(channel.id, channel.im ? "Direct messages" : `# ${channel.name}`, current, fresh);
  });
  if (state.home_tab) places.push(place("home", "⌂ Home", atHome(), false));
  const focus = document.activeElement?.dataset?.place;
  $("channels").replaceChildren(...places);
  if (focus) $("channels").querySelector(`[data-place="${focus}"]`)?.focus();
}

function place(id, name, current, fresh) {
  return el("button", { type: "button", "data-place": id, "aria-pressed": String(current), onclick: () => go(id) },
    name, fresh ? el("span", { class: "count" }, "new") : null);
}

/** Look at a channel, at the direct messages, or at the app's Home tab. */
async function go(id) {
  me.channel = id.startsWith("D") ? direct() : id; // the button may still be the one of whoever looked before
  $("jump").hidden = true;
  forget();
  draw();
  if (atHome() || here().im) await post("slack/home", { user: me.user, tab: atHome() ? "home" : "messages" });
  if (!atHome()) { down(); $("words").focus(); }
  await refresh();
}

$("person").addEventListener("change", async () => {
  me.user = $("person").value;
  if (me.channel.startsWith("D")) me.channel = direct();
  seen.clear();
  forget();
  if (atHome()) await post("slack/home", { user: me.user });
  await refresh();
  down();
});
