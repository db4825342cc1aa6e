// The messages of a channel and their threads: drawn, used, written.
import { drawBlocks } from "./blocks.js";
import { $, avatar, clock, el, menu, packed, post, toast } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { collect, context, here, me, names, person, refresh, shortcuts } from "./workspace.js";

let drawn = new Map(); // a message's key → { shape, node, open }
const opened = new Set(); // threads that are open
const answered = new Set(); // answers for one's own eyes that their threads were opened for

export function drawLog() {
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

/** Draw all of it anew the next time. */
export function forget() {
  drawn = new Map();
  $("log").replaceChildren();
}
