// The things in blocks that people use: buttons, menus, fields.
import { ask, el, menu, packed, post, toast } from "./dom.js";
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
  multi_static_select: (...all) => several(...all, flat(all[1])),
  multi_users_select: (...all) => several(...all, all[2].people.map((p) => ({ value: p.id, label: p.name }))),
  multi_channels_select: (...all) => several(...all, places(all[2])),
  multi_conversations_select: (...all) => several(...all, places(all[2])),
  file_input: files,
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
  return menu("⋯", "More", element.options.map((option) => [label(option.text), "", async () => {
    if (option.url) window.open(option.url, "_blank", "noopener");
    if (await confirmed(element, context.names)) await context.use(block, element, { value: option.value });
  }]), "overflow");
}

function choice(block, element, context, options) {
  const draw = (option) => (option.group
    ? el("optgroup", { label: option.group }, option.options.map(draw))
    : el("option", { value: option.value }, option.label));
  const empty = element.placeholder ? label(element.placeholder) : "Choose…";
  const node = el("select", common(block, element, context), el("option", { value: "" }, empty), options.map(draw));
  const initial = element.initial_option?.value || element.initial_user || element.initial_channel || element.initial_conversation || "";
  node.value = keep(block, element, context, () => node.value) ?? initial;
  if (node.selectedIndex < 0) node.value = initial;
  node.addEventListener("change", async () => {
    if (!acts(block, context) || !node.value) return;
    if (await confirmed(element, context.names)) await context.use(block, element, { value: node.value });
  });
  return node;
}

/** A menu of which several are chosen: all of it in sight, each with its box. */
function several(block, element, context, options) {
  const boxes = new Map();
  const draw = (option) => {
    if (option.group) return [el("b", {}, option.group), option.options.map(draw)];
    const box = el("input", { type: "checkbox", value: option.value });
    boxes.set(option.value, box);
    return el("label", {}, box, option.label);
  };
  const named = context.id ? {} : { role: "group", "aria-label": element.placeholder ? label(element.placeholder) : "Choose any" };
  const node = el("div", { class: "several", "data-action": element.action_id, ...named }, options.map(draw));
  const read = () => [...boxes.values()].filter((box) => box.checked).map((box) => box.value);
  const initial = element.initial_options?.map((o) => o.value)
    || element.initial_users || element.initial_channels || element.initial_conversations || [];
  const before = keep(block, element, context, read) ?? initial;
  for (const [value, box] of boxes) {
    box.checked = before.includes(value);
    box.addEventListener("change", async () => {
      if (acts(block, context) && (await confirmed(element, context.names))) await context.use(block, element, { raw: read() });
    });
  }
  return node;
}

const known = new Map(); // files that were put into a form: id → name

function files(block, element, context) {
  const many = (element.max_files || 10) > 1;
  const picker = el("input", { ...common(block, element, context), type: "file", multiple: many,
    accept: element.filetypes ? element.filetypes.map((type) => `.${type}`).join(",") : null });
  const list = el("ul", { class: "chips" });
  let chosen = keep(block, element, context, () => chosen) ?? [];
  const draw = () => list.replaceChildren(...chosen.map((id) => el("li", {}, "📎 ", known.get(id),
    el("button", { type: "button", class: "quiet", "aria-label": `Remove ${known.get(id)}`,
      onclick: () => { chosen = chosen.filter((each) => each !== id); draw(); } }, "✕"))));
  picker.addEventListener("change", async () => {
    for (const file of picker.files) {
      const answer = await post("slack/upload", { user: context.me, ...(await packed(file)) });
      if (answer.error) toast(answer.error);
      else { known.set(answer.id, file.name); chosen = many ? [...chosen, answer.id] : [answer.id]; }
    }
    picker.value = "";
    draw();
  });
  draw();
  return el("div", { class: "files" }, picker, list);
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
  const asked = block.dispatch_action ? element.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"] : [];
  const tell = () => context.use(block, element, { value: node.value });
  if (asked.includes("on_character_entered")) node.addEventListener("change", tell);
  if (asked.includes("on_enter_pressed") && kind !== "area" && kind !== "date" && kind !== "time") {
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      tell();
    });
  }
  if (kind === "date" || kind === "time") {
    node.addEventListener("change", async () => {
      if (acts(block, context) && (await confirmed(element, context.names))) context.use(block, element, { value: node.value });
    });
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
    box.addEventListener("change", async () => {
      if (!acts(block, context) || !(await confirmed(element, context.names))) return;
      await context.use(block, element, kind === "radio" ? { value: box.value } : { raw: read() });
    });
  }
  return el("div", { class: "ticks", "data-action": element.action_id }, boxes.map((box, number) =>
    el("label", {}, box, el("span", {}, words(element.options[number].text, context.names),
      element.options[number].description ? el("small", {}, words(element.options[number].description, context.names)) : null))));
}
