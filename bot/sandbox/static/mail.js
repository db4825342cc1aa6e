// The mailboxes: the clients' letters with their links, and staff mail to read, write and answer.
import { $, el, get, post, toast } from "./dom.js";
import { anchor } from "./mrkdwn.js";

const intake = document.body.dataset.intake;
const desk = $("desk");
const SHOWN = 100; // letters in a list
let boxes = [];
let version = "";
let folder = "clients";
let open = null; // { kind: "list" | "letter" | "write", … }
const read = new Set(JSON.parse(localStorage.getItem("paylink-read") || "[]"));

const key = (box, letter) => `${box.address} ${letter.id} ${letter.at}`;
const staff = () => boxes.filter((box) => box.staff);
const inFolder = (name) => boxes.filter((box) => box.staff === (name === "staff"));
const unread = (box) => box.letters.filter((letter) => !letter.id.startsWith("s") && !read.has(key(box, letter))).length;

export async function refresh() {
  const fresh = await get(`mail/boxes?since=${version}`);
  if (!fresh) return false;
  ({ version, boxes } = fresh);
  draw();
  return true;
}

/** Letters that nobody has opened, in all mailboxes. */
export const unreadLetters = () => boxes.reduce((sum, box) => sum + unread(box), 0);

function draw() {
  for (const button of document.querySelectorAll("[data-folder]")) {
    button.setAttribute("aria-pressed", String(button.dataset.folder === folder));
    const count = inFolder(button.dataset.folder).reduce((sum, box) => sum + unread(box), 0);
    const badge = button.querySelector(".count");
    badge.textContent = count;
    badge.hidden = !count;
  }
  if (!open) drawList();
}

function show(node, what) {
  open = what;
  desk.replaceChildren(node);
}

// ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────

let wanted = "";
function drawList() {
  const all = inFolder(folder).filter((box) => box.letters.length || (folder === "staff" && box === staff()[0]));
  const fitting = all.filter((box) => `${box.address} ${box.letters.map((l) => l.subject).join(" ")}`.toLowerCase().includes(wanted.toLowerCase()));
  const newest = (box) => box.letters[0]?.at || "";
  fitting.sort((a, b) => (newest(a) < newest(b) ? 1 : -1));
  const focused = document.activeElement?.id === "filter";
  const parts = [];
  if (all.length > 6 || wanted) {
    parts.push(el("input", {
      type: "search", id: "filter", class: "filter", placeholder: `Find among ${all.length} addresses`, "aria-label": "Find an address or subject",
      value: wanted, oninput: (event) => { wanted = event.target.value; drawList(); },
    }));
  }
  parts.push(...fitting.slice(0, SHOWN).map(drawBox));
  if (fitting.length > SHOWN) parts.push(el("p", { class: "empty" }, `… and ${fitting.length - SHOWN} more addresses. Type a part of one above.`));
  if (!all.length) parts.push(nothingYet());
  show(el("div", { class: "letters", tabindex: "0", role: "region", "aria-label": folder === "staff" ? "Staff mail" : "Clients’ letters" }, parts), null);
  if (focused) { const again = $("filter"); again.focus(); again.setSelectionRange(wanted.length, wanted.length); }
}

function nothingYet() {
  return el("div", { class: "empty" },
    el("p", {}, "No client has a letter here."),
    el("p", {}, "Make a link with an address in the channel, or press Resend on a card: its letter lands here in a second, with the link to the payment page."),
    el("p", {}, "What is mailed to bounce@… or full@… comes back a moment later, to late@… it is delayed, and away@… answers."),
    el("p", {}, "Letters are gone when the sandbox stops."));
}

function drawBox(box) {
  return el("section", { class: "group", "aria-label": box.name },
    el("h3", {}, box.staff ? `${box.name} ` : box.address, box.staff ? el("small", {}, box.address) : null),
    box.letters.length ? el("ul", {}, box.letters.map((letter) => drawRow(box, letter))) : staffHint());
}

function staffHint() {
  return el("div", { class: "empty" },
    el("p", {}, `Staff may mail commands and CSV files to ${intake}; the answers land here.`),
    el("p", {}, el("button", { type: "button", onclick: () => write({ sample: true }) }, "Mail the sample CSV")));
}

function drawRow(box, letter) {
  const mine = letter.id.startsWith("s");
  const fresh = !mine && !read.has(key(box, letter));
  return el("li", { class: `row ${fresh ? "fresh" : ""}` },
    el("button", { type: "button", class: "open", onclick: () => openLetter(box, letter) },
      el("span", { class: "row-top" }, el("b", {}, mine ? `To ${letter.to}` : nameOf(letter.from)), el("time", {}, when(letter.at))),
      el("span", { class: "row-subject" }, letter.subject || "(no subject)", letter.files.length ? " 📎" : "", fresh ? el("span", { class: "unseen" }, " unread") : null),
      el("span", { class: "row-snippet" }, letter.snippet)),
    !box.staff && letter.link ? el("a", { class: "pay", href: letter.link, target: "_blank", rel: "noopener", onclick: () => mark(box, letter) }, letter.link.endsWith("/receipt") ? "Open the receipt ↗" : "Open the payment page ↗") : null);
}

const nameOf = (from) => from.replace(/\s*<[^>]*>$/, "").replace(/^"|"$/g, "") || from;

function when(at) {
  if (!at) return "";
  const day = new Date(at);
  const today = day.toDateString() === new Date().toDateString();
  return today ? day.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : day.toLocaleDateString([], { day: "numeric", month: "short" });
}

function mark(box, letter) {
  read.add(key(box, letter));
  localStorage.setItem("paylink-read", JSON.stringify([...read].slice(-2000)));
  draw();
}

// ── one letter ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function openLetter(box, row, plain = false) {
  const path = `mail/${encodeURIComponent(box.address)}/${row.id}`;
  let letter;
  try {
    letter = await get(path);
  } catch {
    toast("That letter cannot be opened.");
    return;
  }
  const back = () => { open = null; drawList(); draw(); };
  const asText = plain || !letter.html;
  const fact = (name, value) => (value ? [el("dt", {}, name), el("dd", {}, value)] : []);
  show(el("article", { class: "letter" },
    el("div", { class: "letter-bar" },
      el("button", { type: "button", onclick: back }, "← Back"),
      el("span", { class: "spring" }),
      letter.html ? el("button", { type: "button", class: "quiet", onclick: () => openLetter(box, row, !asText) }, asText ? "Show as designed" : "Show plain text") : null,
      box.staff && !row.id.startsWith("s") ? el("button", { type: "button", class: "primary", onclick: () => reply(box, letter) }, "Reply") : null),
    el("h3", {}, letter.subject || "(no subject)"),
    el("dl", {}, fact("From", letter.from), fact("To", letter.to), fact("Date", letter.at ? new Date(letter.at).toLocaleString() : "")),
    letter.files.length ? el("p", { class: "files" }, letter.files.map((name, number) =>
      el("a", { class: "file", href: `${path}/file/${number}`, download: name }, "📎 ", name, el("small", {}, ` ${kilobytes(letter.sizes[number])}`)))) : null,
    asText
      ? el("pre", { class: "letter-text", tabindex: "0" }, linked(letter.text || "(no text)"))
      : el("iframe", { class: "html", title: `The letter “${letter.subject}”`, src: `${path}/html`, sandbox: "allow-popups allow-popups-to-escape-sandbox" })),
    { kind: "letter" });
  mark(box, row);
  desk.querySelector(".letter-bar button").focus();
}

const kilobytes = (bytes) => (bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} kB`);

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']+)/).map((part, number) => (number % 2 ? anchor(part, part) : part));
}

function reply(box, letter) {
  const quoted = letter.text.trim().split("\n").map((line) => `> ${line}`).join("\n");
  write({
    from: box.address,
    to: letter.from_address || intake,
    subject: /^re:/i.test(letter.subject) ? letter.subject : `Re: ${letter.subject}`,
    text: `\n\n${letter.from} wrote:\n${quoted}`,
    in_reply_to: letter.message_id,
    references: [letter.references, letter.message_id].filter(Boolean).join(" "),
  });
}

/** The mail address of the person chosen in the channel. */
const chosen = () => staff().find((box) => $("person").selectedOptions[0].text.startsWith(`${box.name} `))?.address;

// ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function write(draft = {}) {
  const files = [];
  const list = el("ul", { class: "attached", "aria-label": "Attached files" });
  const drawFiles = () => list.replaceChildren(...files.map((file, number) => el("li", {}, "📎 ", file.name,
    el("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => { files.splice(number, 1); drawFiles(); } }, "✕"))));
  const attach = async (name, blob) => { files.push({ name, type: blob.type || "text/csv", content: await base64(blob) }); drawFiles(); };
  const sample = async () => {
    const response = await fetch("sample.csv");
    await attach("invoices.csv", await response.blob());
    if (!form.elements.subject.value) form.elements.subject.value = "Invoices";
  };
  const field = (name, label, node) => el("label", { class: "field" }, el("span", {}, label), Object.assign(node, { name }));
  const form = el("form", { class: "letter write", onsubmit: (event) => send(event, form, files, draft) },
    el("div", { class: "letter-bar" },
      el("button", { type: "button", onclick: () => { open = null; drawList(); } }, "← Back"),
      el("span", { class: "spring" }),
      el("button", { type: "submit", class: "primary" }, "Send the letter")),
    field("from", "From", el("select", {}, staff().map((box) => el("option", { value: box.address, selected: box.address === (draft.from || chosen()) }, `${box.name} <${box.address}>`)))),
    field("to", "To", el("input", { type: "email", required: true, value: draft.to || intake })),
    field("subject", "Subject", el("input", { type: "text", value: draft.subject || "", placeholder: "create 480 omar@client.example for Omar Reyes account trust", autocomplete: "off" })),
    el("label", { class: "field grow" }, el("span", {}, "Text"), el("textarea", { name: "text" }, draft.text || "")),
    el("div", { class: "attach" },
      el("label", { class: "button" }, "Attach a file", el("input", {
        type: "file", class: "unseen", accept: ".csv,.txt,.xlsx", onchange: (event) => { for (const file of event.target.files) attach(file.name, file); event.target.value = ""; },
      })),
      el("button", { type: "button", onclick: sample }, "Attach the sample CSV"),
      el("a", { href: "sample.csv", download: "invoices.csv" }, "look at it"), list));
  show(form, { kind: "write" });
  if (draft.sample) sample();
  const first = draft.in_reply_to ? form.elements.text : form.elements.subject;
  first.focus();
  if (draft.in_reply_to) first.setSelectionRange(0, 0);
}

async function send(event, form, files, draft) {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const { from, to, subject, text } = Object.fromEntries(new FormData(form));
  const answer = await post("mail/send", { from, to, subject, text, files, in_reply_to: draft.in_reply_to, references: draft.references });
  button.disabled = false;
  if (answer.error) { toast(answer.error); return; }
  toast(reaches(to) ? "Sent. The answer lands here in a moment." : `Sent to ${to}. Paylink reads only what is mailed to ${intake}.`);
  folder = "staff";
  open = null;
  await refresh();
  draw();
}

/** Whether a letter to this address reaches Paylink: pay+trust@firm.example is pay@firm.example. */
const reaches = (to) => to.trim().toLowerCase().replace(/\+[^@]*@/, "@") === intake.toLowerCase();

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

for (const button of document.querySelectorAll("[data-folder]")) {
  button.addEventListener("click", () => { folder = button.dataset.folder; open = null; wanted = ""; draw(); });
}
$("write").addEventListener("click", () => write());
