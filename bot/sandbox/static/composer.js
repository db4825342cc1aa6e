// The box to type in: Enter sends, the commands are hinted at, the arrow brings the last one back.
import { $, el, menu, toast } from "./dom.js";
import { say } from "./log.js";
import { shortcuts } from "./workspace.js";

const COMMANDS = [
  ["create 1250 jane@acme.example for Jane Doe", "a payment link, mailed to the client"],
  ["list outstanding", "links by state: all, outstanding, received, cancelled …"],
  ["show PL-", "one link with its history"],
  ["cancel PL-", "one link or several"],
  ["resend PL-", "the letter once more"],
  ["template", "the CSV for many invoices at once"],
  ["help", "all commands, with examples"],
];
const box = $("words");
const hints = $("hints");
const said = JSON.parse(localStorage.getItem("paylink-said") || "[]");
let back = 0; // how far up the history
let chosen = -1; // the hint under the cursor

function size() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 132)}px`;
}

export function put(text) {
  box.value = text;
  size();
  hint();
  box.focus();
  box.setSelectionRange(text.length, text.length);
}

function fitting() {
  const typed = box.value;
  if (!typed.startsWith("/") || typed.includes("\n")) return [];
  if ("/paylink".startsWith(typed)) return COMMANDS;
  const words = typed.match(/^\/paylink\s+(\S*)$/);
  return words ? COMMANDS.filter(([command]) => command.startsWith(words[1].toLowerCase())) : [];
}

function hint() {
  const list = fitting();
  chosen = Math.min(chosen, list.length - 1);
  hints.hidden = !list.length;
  hints.replaceChildren(...list.map(([command, what], number) => el("div", {
    role: "option", id: `hint-${number}`, "aria-selected": String(number === chosen),
    onmousedown: (event) => { event.preventDefault(); take(number); },
  }, el("code", {}, `/paylink ${command}`), el("span", {}, what))));
  if (chosen >= 0) box.setAttribute("aria-activedescendant", `hint-${chosen}`);
  else box.removeAttribute("aria-activedescendant");
}

function take(number) {
  const [command] = fitting()[number];
  chosen = -1;
  put(`/paylink ${command}${command.endsWith("-") ? "" : " "}`);
}

// ── files and shortcuts ─────────────────────────────────────────────────────────────────────────────────────────────

let attached = [];
const picker = el("input", { type: "file", multiple: true, hidden: true, "aria-label": "Share files" });
const chips = el("ul", { class: "chips" });

function attach(files) {
  attached = [...attached, ...files];
  chips.replaceChildren(...attached.map((file) => el("li", {}, "📎 ", file.name,
    el("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => {
      attached = attached.filter((each) => each !== file);
      attach([]);
    } }, "✕"))));
  box.focus();
}

picker.addEventListener("change", () => { attach(picker.files); picker.value = ""; });
$("slack").addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
$("slack").addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length || !event.target.closest(".log, .composer")) return;
  event.preventDefault();
  attach(event.dataTransfer.files);
});
$("composer").querySelector(".box").before(chips);

/** Drawn once the page knows what the app offers. */
export function offer() {
  if ($("plus").children.length) return;
  $("plus").append(...menu("+", "Files and shortcuts", [["Share a file…", "a list of invoices, with @Paylink beside it", () => picker.click()], ...shortcuts("global")]), picker);
}

async function send() {
  const text = box.value.trim();
  if (attached.length) {
    if (text.startsWith("/")) return toast("A command takes no file: share it with a message, or with none.");
    const files = attached;
    attached = [];
    attach([]);
    put("");
    if (!(await say(text, files))) attach(files);
    return;
  }
  if (!text) return;
  said.push(text);
  localStorage.setItem("paylink-said", JSON.stringify(said.slice(-30)));
  back = 0;
  put("");
  if (!(await say(text))) put(text);
  else if (COMMANDS.some(([command]) => command.split(" ")[0] === text.split(/\s/)[0].toLowerCase())) {
    toast("That was a message to people. A command begins with /paylink.");
  }
}

function remember(step) {
  back = Math.min(Math.max(back + step, 0), said.length);
  put(back ? said[said.length - back] : "");
  close();
}

function close() {
  hints.hidden = true;
  chosen = -1;
  box.removeAttribute("aria-activedescendant");
}

box.addEventListener("input", () => { chosen = -1; size(); hint(); });
box.addEventListener("blur", close);
box.addEventListener("keydown", (event) => {
  const open = !hints.hidden;
  const list = fitting();
  if (event.key === "Escape") close();
  else if (event.key === "Tab" && open && !event.shiftKey && chosen >= 0) { event.preventDefault(); take(chosen); }
  else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (open && chosen >= 0) take(chosen);
    else send();
  } else if (event.key === "ArrowDown" && open) { event.preventDefault(); chosen = (chosen + 1) % list.length; hint(); }
  else if (event.key === "ArrowUp" && open && chosen >= 0) { event.preventDefault(); chosen = (chosen || list.length) - 1; hint(); }
  else if (event.key === "ArrowUp" && (!box.value || back)) { event.preventDefault(); remember(1); }
  else if (event.key === "ArrowDown" && back) { event.preventDefault(); remember(-1); }
});
$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });

// ── the three commands of the first run ────────────────────────────────────────────────────────────────────────────

const tries = $("tries");
function showTries(show) {
  tries.hidden = !show;
  $("tries-show").hidden = show;
  localStorage.setItem("paylink-tries", show ? "" : "hidden");
}
showTries(localStorage.getItem("paylink-tries") !== "hidden");
$("tries-hide").addEventListener("click", () => { showTries(false); box.focus(); });
$("tries-show").addEventListener("click", () => showTries(true));
for (const button of tries.querySelectorAll(".try")) button.addEventListener("click", () => { put(button.dataset.command); close(); });
