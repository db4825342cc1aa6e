// The things in blocks that people use: buttons, menus, fields.
import { ask, el } from "./dom.js";
import { emojis, words } from "./mrkdwn.js";

/** Ask first where the app wants a confirmation. */
export async function confirmed(element, names) {
  const question = element.confirm;
  if (!question) return true;
  return ask({
    title: question.title.text,
    body: words(question.text, names),
    yes: question.confirm.text,
    no: question.deny.text,
    danger: question.style === "danger",
  });
}

export function drawElement(block, element, context) {
  const draw = ELEMENTS[element.type];
  if (!draw) return el("span", { class: "undrawn" }, `A “${element.type}”, which this page cannot draw.`);
  return draw(block, element, context);
}

const ELEMENTS = {
  button,
  overflow,
  static_select: (...all) => choice(...all, flat(all[1])),
  users_select: (...all) => choice(...all, all[2].people.map((p) => ({ value: p.id, label: p.name }))),
  channels_select: (...all) => choice(...all, places(all[2])),
  conversations_select: (...all) => choice(...all, places(all[2])),
  multi_static_select: (...all) => choice(...all, flat(all[1]), true),
  multi_users_select: (...all) => choice(...all, all[2].people.map((p) => ({ value: p.id, label: p.name })), true),
  multi_channels_select: (...all) => choice(...all, places(all[2]), true),
  multi_conversations_select: (...all) => choice(...all, places(all[2]), true),
  datepicker: (...all) => typed("date", ...all, all[1].initial_date),
  timepicker: (...all) => typed("time", ...all, all[1].initial_time),
  plain_text_input: (...all) => typed(all[1].multiline ? "area" : "text", ...all, all[1].initial_value),
  email_text_input: (...all) => typed("email", ...all, all[1].initial_value),
  url_text_input: (...all) => typed("url", ...all, all[1].initial_value),
  number_input: (...all) => typed("decimal", ...all, all[1].initial_value),
  checkboxes: (...all) => ticks("checkbox", ...all),
  radio_buttons: (...all) => ticks("radio", ...all),
  image: (block, element) => el("span", { class: "picture" }, `[${element.alt_text}]`),
};

const places = (context) => context.channels.map((c) => ({ value: c.id, label: `#${c.name}` }));
const label = (object) => emojis(object.text);

function flat(element) {
  const one = (option) => ({ value: option.value, label: label(option.text) });
  if (!element.option_groups) return (element.options || []).map(one);
  return element.option_groups.map((group) => ({ group: label(group.label), options: group.options.map(one) }));
}

/** Note how to read a field, and what it held before a redraw. */
function keep(block, element, context, read) {
  const key = `${block.block_id}\n${element.action_id}`;
  context.fields?.set(key, { block: block.block_id, action: element.action_id, read });
  return context.old?.get(key);
}

/** In a message every change is an action; in a form only where the app asked for it. */
function acts(block, context) {
  return block.type !== "input" || block.dispatch_action;
}

function button(block, element, context) {
  const node = el("button", {
    type: "button", class: element.style || "", "aria-label": element.accessibility_label,
    "data-action": element.action_id, "data-value": element.value || "",
  }, label(element.text));
  node.addEventListener("click", async () => {
    if (!(await confirmed(element, context.names))) return;
    if (element.url) window.open(element.url, "_blank", "noopener");
    node.disabled = true;
    node.classList.add("busy");
    await context.use(block, element, { value: element.value || "" });
    node.disabled = false;
    node.classList.remove("busy");
  });
  return node;
}

function overflow(block, element, context) {
  const menu = el("details", { class: "menu" }, el("summary", { "aria-label": "More" }, "⋯"));
  menu.append(el("div", { class: "menu-list" }, element.options.map((option) =>
    el("button", { type: "button", onclick: async () => {
      menu.open = false;
      if (await confirmed(element, context.names)) await context.use(block, element, { value: option.value });
    } }, label(option.text)))));
  return menu;
}

function choice(block, element, context, options, many = false) {
  const draw = (option) => (option.group
    ? el("optgroup", { label: option.group }, option.options.map(draw))
    : el("option", { value: option.value }, option.label));
  const empty = element.placeholder ? label(element.placeholder) : "Choose…";
  const node = el("select", { ...common(block, element, context), multiple: many }, many ? null : el("option", { value: "" }, empty), options.map(draw));
  const read = () => (many ? [...node.selectedOptions].map((o) => o.value) : node.value);
  const initial = many
    ? (element.initial_options || []).map((o) => o.value)
    : element.initial_option?.value || element.initial_user || element.initial_channel || element.initial_conversation || "";
  const before = keep(block, element, context, read) ?? initial;
  for (const option of node.querySelectorAll("option")) option.selected = many ? before.includes(option.value) : option.value === before;
  node.addEventListener("change", async () => {
    if (!acts(block, context) || !node.value) return;
    if (await confirmed(element, context.names)) await context.use(block, element, many ? { raw: read() } : { value: read() });
  });
  return node;
}

function common(block, element, context) {
  return {
    id: context.id,
    "aria-label": context.id ? null : (element.placeholder ? label(element.placeholder) : element.action_id),
    "aria-describedby": context.described || null,
    "aria-invalid": context.invalid ? "true" : null,
    "data-action": element.action_id,
    autofocus: Boolean(element.focus_on_load),
  };
}

function typed(kind, block, element, context, initial) {
  const props = { ...common(block, element, context), placeholder: element.placeholder ? label(element.placeholder) : null };
  const node = kind === "area"
    ? el("textarea", { ...props, rows: "3", maxlength: element.max_length })
    : el("input", { ...props, type: kind === "decimal" ? "text" : kind, inputmode: kind === "decimal" ? "decimal" : null, autocomplete: "off" });
  node.value = keep(block, element, context, () => node.value) ?? initial ?? "";
  if (kind === "date" || kind === "time") {
    node.addEventListener("change", () => { if (acts(block, context)) context.use(block, element, { value: node.value }); });
  }
  return node;
}

function ticks(kind, block, element, context) {
  const name = `${context.id || block.block_id}-${element.action_id}`;
  const boxes = element.options.map((option) => el("input", { type: kind, name, value: option.value }));
  const read = () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    return kind === "radio" ? chosen[0] || null : chosen;
  };
  const initial = (element.initial_options || [element.initial_option]).filter(Boolean).map((option) => option.value);
  const before = keep(block, element, context, read);
  for (const box of boxes) {
    box.checked = before === undefined ? initial.includes(box.value) : [before].flat().includes(box.value);
    box.addEventListener("change", () => {
      if (acts(block, context)) context.use(block, element, kind === "radio" ? { value: box.value } : { raw: read() });
    });
  }
  return el("div", { class: "ticks", "data-action": element.action_id }, boxes.map((box, number) =>
    el("label", {}, box, el("span", {}, words(element.options[number].text, context.names),
      element.options[number].description ? el("small", {}, words(element.options[number].description, context.names)) : null))));
}
