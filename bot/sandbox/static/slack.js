// The channel: what one person sees in it, and what they do there.
import { drawBlocks } from "./blocks.js";
import { $, avatar, clock, el, get, menu, packed, post, toast } from "./dom.js";
import { drawView } from "./form.js";
import { drawHome } from "./home.js";
import { mrkdwn } from "./mrkdwn.js";

const me = { user: $("person").value, channel: document.body.dataset.channel };
let state = null;
let drawn = new Map(); // a message's key → { shape, node, open }
const seen = new Map(); // a channel → the newest ts shown in it
const opened = new Set(); // threads that are open
const answered = new Set(); // answers for one's own eyes that their threads were opened for

export const names = () => Object.fromEntries([
  ...state.people.map((p) => [p.id, p.name]), ...state.channels.map((c) => [c.id, c.name]),
]);
const here = () => state.channels.find((c) => c.id === me.channel) || state.channels[0];
export const direct = () => `D${me.user.slice(1)}`;
const person = (id) => state.people.find((p) => p.id === id);

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

function draw() {
  drawChannels();
  $("slack").classList.toggle("at-home", atHome());
  if (!atHome()) drawLog();
  drawHome(atHome() ? state.home : null, context({}), me);
  drawView(state.view, context({}), me);
}

const atHome = () => me.channel === "home";

function context(more) {
  return {
    names: names(),
    people: state.people.filter((p) => !p.bot),
    channels: state.channels.filter((c) => !c.im),
    ...more,
  };
}

// ── channels ───────────────────────────────────────────────────────────────────────────────────────────────────────

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
  me.channel = id;
  drawn = new Map();
  $("jump").hidden = true;
  $("log").replaceChildren();
  draw();
  if (atHome() || here().im) await post("slack/home", { user: me.user, tab: atHome() ? "home" : "messages" });
  if (!atHome()) { down(); $("words").focus(); }
  await refresh();
}

/** The shortcuts that the app offers: `global`, or those of a `message`. */
export function shortcuts(kind, message) {
  return (state?.shortcuts || []).filter((each) => each.kind === kind).map((each) => [each.name, each.about, async () => {
    const answer = await post("slack/shortcut", { user: me.user, channel: here().id, ts: message?.ts || "", id: each.id });
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    await refresh();
  }]);
}

// ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────────

function drawLog() {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const channel = here();
  openForAnswers(channel.messages);
  const all = [...channel.messages, ...channel.whispers].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const kept = new Map();
  const nodes = all.map((message, number) => keepOrDraw(message, all[number - 1], kept));
  const grew = all.length > drawn.size;
  drawn = kept;
  log.setAttribute("aria-label", channel.im ? "Messages with Paylink" : `Messages in #${channel.name}`);
  sync(log, nodes.length ? nodes : [empty(channel)]);
  if (atEnd || grew) down();
}

/** A thread with an answer for one's own eyes opens by itself, once. */
function openForAnswers(messages) {
  for (const message of messages) {
    for (const reply of message.replies || []) {
      if (!reply.is_ephemeral || answered.has(reply.ts)) continue;
      answered.add(reply.ts);
      opened.add(message.ts);
    }
  }
}

function keepOrDraw(message, before, kept) {
  const shape = JSON.stringify([message, opened.has(message.ts), before?.user === message.user]);
  const old = drawn.get(message.ts);
  const node = old?.shape === shape ? old.node : drawMessage(message, old);
  if (old && old.shape !== shape && message.edited && old.edited !== message.edited.ts) flash(node);
  kept.set(message.ts, { shape, node, edited: message.edited?.ts, fields: node.fields });
  return node;
}

/** Put the nodes into the log with as few moves as possible, so that focus and selections stay. */
function sync(parent, nodes) {
  const wanted = new Set(nodes);
  const focused = document.activeElement?.closest?.("[data-ts]");
  const action = document.activeElement?.dataset?.action;
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, number) => { if (parent.children[number] !== node) parent.insertBefore(node, parent.children[number] || null); });
  if (focused && !focused.isConnected) {
    const again = parent.querySelector(`[data-ts="${focused.dataset.ts}"]`);
    (again?.querySelector(action ? `[data-action="${CSS.escape(action)}"]` : "button") || $("log")).focus({ preventScroll: true });
  }
}

/** Show that a card changed: by its colour, and where it is scrolled away by a button that leads to it. */
function flash(node) {
  node.classList.add("changed");
  setTimeout(() => node.classList.remove("changed"), 4000);
  requestAnimationFrame(() => {
    if (node.getBoundingClientRect().bottom > $("log").getBoundingClientRect().top + 40) return;
    $("jump").hidden = false;
    $("jump").onclick = () => {
      $("jump").hidden = true;
      node.scrollIntoView({ block: "start" });
      node.classList.remove("changed");
      requestAnimationFrame(() => node.classList.add("changed"));
    };
  });
}

$("log").addEventListener("scroll", () => { if ($("log").scrollTop < 40) $("jump").hidden = true; });

export function down() {
  $("log").scrollTop = $("log").scrollHeight;
}

function empty(channel) {
  return el("p", { class: "empty" }, channel.im
    ? "What Paylink tells you alone stands here."
    : `This is the beginning of #${channel.name}. Type a command below, or take one of the three.`);
}

function drawMessage(message, old) {
  const author = message.user === "USLACKBOT" ? { name: "Slack", bot: true } : person(message.user) || { name: message.user };
  const kind = message.user === "USLACKBOT" ? "slackbot" : author.bot ? "app" : message.user.slice(2, 6).toLowerCase();
  const fields = new Map();
  const values = old?.fields && new Map([...old.fields].map(([key, field]) => [key, field.read()]));
  const given = () => collect(fields);
  const use = async (block, element, how) => {
    const answer = await post("slack/click", {
      user: me.user, channel: here().id, ts: message.ts, block_id: block.block_id, action_id: element.action_id, given: given(), ...how,
    });
    if (answer.error || answer.failed) toast(answer.error || answer.text);
    await refresh();
  };
  const node = el("article", { class: `message ${message.is_ephemeral ? "whisper" : ""} ${message.failed ? "failed" : ""}`, "data-ts": message.ts },
    message.is_ephemeral ? el("p", { class: "only" }, "Only visible to you",
      el("button", { type: "button", class: "quiet", onclick: () => dismiss(message) }, "Dismiss")) : null,
    message.command ? el("p", { class: "typed" }, el("code", {}, message.command)) : null,
    el("div", { class: "line" },
      avatar(author.name, kind),
      el("div", { class: "body" },
        el("p", { class: "by" }, el("b", {}, author.name), author.bot ? el("span", { class: "app-mark" }, "APP") : null,
          el("time", {}, clock(Number(message.ts)))),
        message.blocks?.length
          ? drawBlocks(message.blocks, context({ use, fields, old: values }))
          : el("div", { class: "block text" }, mrkdwn(message.text, names())),
        (message.files || []).map((file) => el("a", { class: "file", href: `slack/file/${file.id}`, download: file.name }, "📎 ", file.name)),
        message.edited ? el("span", { class: "edited" }, "(edited)") : null,
        message.is_ephemeral ? null : drawThread(message),
        message.is_ephemeral ? null : drawMenu(message))));
  node.fields = fields;
  return node;
}

function drawMenu(message) {
  const answer = message.thread_ts && message.thread_ts !== message.ts ? [] : [["Reply in thread", "", () => {
    opened.add(message.ts);
    drawLog();
    document.querySelector(`[data-ts="${message.ts}"] .reply input`)?.focus();
  }]];
  return el("div", { class: "message-menu" }, menu("⋮", "More actions", [...answer, ...shortcuts("message", message)]));
}

export function collect(fields) {
  const values = {};
  for (const { block, action, read } of fields.values()) (values[block] ||= {})[action] = read();
  return values;
}

async function dismiss(message) {
  await post("slack/dismiss", { user: me.user, ts: message.ts });
  await refresh();
}

// ── threads ────────────────────────────────────────────────────────────────────────────────────────────────────────

function drawThread(message) {
  const replies = message.replies || [];
  const open = opened.has(message.ts);
  if (!replies.length && !open) return null;
  const toggle = el("button", {
    type: "button", class: "thread-toggle", "aria-expanded": String(open),
    onclick: () => { if (open) opened.delete(message.ts); else opened.add(message.ts); drawLog(); },
  }, replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "Thread", el("small", {}, open ? " · close" : ` · last at ${clock(Number(replies.at(-1).ts))}`));
  if (!open) return toggle;
  const reply = el("input", { type: "text", "aria-label": "Reply in the thread", placeholder: "Reply … @Paylink listens here too", autocomplete: "off" });
  const send = async (event) => {
    event.preventDefault();
    const text = reply.value;
    reply.value = "";
    await say(text, [], message.ts);
  };
  return el("div", { class: "thread" }, toggle, replies.map((one) => drawMessage(one, null)),
    el("form", { class: "reply", onsubmit: send }, reply, el("button", { type: "submit" }, "Reply")));
}

// ── saying something ───────────────────────────────────────────────────────────────────────────────────────────────

/** Send what was typed, and files with it. True when it went. */
export async function say(text, files = [], thread_ts = "") {
  const said = { user: me.user, channel: here().id, text, thread_ts };
  const answer = files.length
    ? await post("slack/share", { ...said, files: await Promise.all(files.map(packed)) })
    : await post("slack/say", said);
  if (answer.error) toast(answer.error);
  await refresh();
  down();
  return !answer.error;
}

$("person").addEventListener("change", async () => {
  me.user = $("person").value;
  if (me.channel.startsWith("D")) me.channel = direct();
  drawn = new Map();
  seen.clear();
  $("log").replaceChildren();
  if (atHome()) await post("slack/home", { user: me.user });
  await refresh();
  down();
});
