// What one person sees of the workspace: asked for again and again, and drawn when there is news.
import { $, get, post, toast } from "./dom.js";

export const me = { user: $("person").value, channel: document.body.dataset.channel };
export let state = null;

export const names = () => Object.fromEntries([
  ...state.people.map((p) => [p.id, p.name]), ...state.channels.map((c) => [c.id, c.name]),
]);
export const here = () => state.channels.find((c) => c.id === me.channel) || state.channels[0];
export const direct = () => `D${me.user.slice(1)}`;
export const person = (id) => state.people.find((p) => p.id === id);
export const atHome = () => me.channel === "home";

let draw = () => {};

/** What draws the state whenever there is news. */
export function drawnBy(drawing) {
  draw = drawing;
}

/** Ask for news; draws it. True when something had changed. */
export async function refresh() {
  const since = state && state.user === me.user ? state.version : "";
  const fresh = await get(`slack/state?user=${me.user}&since=${since}`);
  if (!fresh) return false;
  state = { ...fresh, user: me.user };
  if (pressing) later = true;
  else draw();
  return true;
}

// A button that is drawn anew between press and release never hears its click: for that long, a second at most, nothing
// is drawn.
let pressing = 0;
let later = false;

function release() {
  pressing = 0;
  if (later) draw();
  later = false;
}

function pressFor(milliseconds) {
  clearTimeout(pressing);
  pressing = setTimeout(release, milliseconds);
}

document.addEventListener("pointerdown", () => pressFor(1000), true);
document.addEventListener("pointerup", () => pressFor(0), true);

/** All messages of the channels this person is in, for the steps at the top. */
export const everything = () => (state ? state.channels.flatMap((c) => c.messages) : []);

/** Whether this person has anything before them at all. */
export const started = () => Boolean(state) && state.channels.some((c) => c.messages.length || c.whispers.length);

/** What everything drawn may name. */
export function context(more) {
  return {
    names: names(),
    people: state.people.filter((p) => !p.bot),
    channels: state.channels.filter((c) => !c.im),
    ...more,
  };
}

/** The shortcuts that the app offers: `global`, or those of a `message`. */
export function shortcuts(kind, message) {
  return (state?.shortcuts || []).filter((each) => each.kind === kind).map((each) => [each.name, each.about, async () => {
    const answer = await post("slack/shortcut", { user: me.user, channel: here().id, ts: message?.ts || "", id: each.id });
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    await refresh();
  }]);
}

/** What stands in the fields, by block and action. */
export function collect(fields) {
  const values = {};
  for (const { block, action, read } of fields.values()) (values[block] ||= {})[action] = read();
  return values;
}
