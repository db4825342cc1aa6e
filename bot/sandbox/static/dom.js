// Small tools for drawing: elements, requests, a passing word, a question.

/** An element with properties and children; text is always text, never markup. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const $ = (id) => document.getElementById(id);

/** GET of JSON; null when nothing changed. Throws when the sandbox is gone. */
export async function get(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (response.status === 204) return null;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** POST of JSON; what came back, with `error` where it was refused. */
export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { error: "The sandbox does not answer." };
  }
}

let fading;
export function toast(words) {
  $("toast").textContent = words;
  $("toast").classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => $("toast").classList.remove("on"), 4500);
}

export function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const today = at.toDateString() === new Date().toDateString();
  return today ? time : `${at.toLocaleDateString([], { day: "numeric", month: "short" })}, ${time}`;
}

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] || "").slice(0, 2).join("").toUpperCase();
}

export function avatar(name, kind) {
  return el("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, kind === "app" ? "P" : initials(name));
}

/** A question with two answers; true when the first was chosen. */
export function ask({ title, body, yes, no, danger }) {
  const dialog = $("confirm");
  return new Promise((resolve) => {
    const answer = (said) => { dialog.close(); resolve(said); };
    dialog.replaceChildren(
      el("h2", { id: "confirm-title" }, title),
      el("div", { class: "modal-body" }, body),
      el("div", { class: "modal-foot" },
        el("button", { type: "button", onclick: () => answer(false) }, no),
        el("button", { type: "button", class: danger ? "danger" : "primary", autofocus: true, onclick: () => answer(true) }, yes)),
    );
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}

/** A button with a list that opens over the page; it closes by itself when one looks elsewhere. `items`: [label, about, act]. */
export function menu(glyph, label, items, kind = "") {
  const list = el("div", { class: "menu-list", popover: "auto", role: "group", "aria-label": label });
  const button = el("button", { type: "button", class: `menu ${kind}`, "aria-label": label, title: label }, glyph);
  list.append(...items.map(([name, about, act], number) => el("button", {
    type: "button", autofocus: number === 0, onclick: () => { list.hidePopover(); act(); },
  }, name, about ? el("small", {}, about) : null)));
  button.popoverTargetElement = list;
  list.addEventListener("toggle", (event) => { if (event.newState === "open") place(button, list); });
  return [button, list];
}

/** Beside its button, on the side that has room. */
function place(button, list) {
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, innerWidth - list.offsetWidth - 8);
  const below = at.bottom + 4 + list.offsetHeight < innerHeight;
  list.style.left = `${Math.max(8, left)}px`;
  list.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - list.offsetHeight - 4)}px`;
}

/** A file as the sandbox takes it: its name and its content in base64. */
export function packed(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, content: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** A selector of what has the focus inside, to find it again after a redraw. */
export function focused(place) {
  const node = place.contains(document.activeElement) && document.activeElement;
  const action = node && node.dataset.action;
  const block = node && node.closest("[data-block]")?.dataset.block;
  if (!action) return null;
  const value = node.dataset.value ? `[data-value="${CSS.escape(node.dataset.value)}"]` : "";
  return `${block ? `[data-block="${CSS.escape(block)}"] ` : ""}[data-action="${CSS.escape(action)}"]${value}`;
}
