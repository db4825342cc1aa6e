// Block Kit as Slack draws it: what a message or form shows, and what can be used in it.
import { el } from "./dom.js";
import { anchor, emojis, mrkdwn, words } from "./mrkdwn.js";
import { drawElement } from "./elements.js";

/**
 * Draw blocks. `context` has `names` (of ids), `people` and `channels` to choose from, `fields` (a Map that is filled
 * with how to read each field), `old` (values to keep over a redraw), `errors`, and `use(block, element, how)`.
 */
export function drawBlocks(blocks, context) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type] || unknown;
    return el("div", { class: `block ${block.type}`, "data-block": block.block_id }, draw(block, context));
  });
}

const BLOCKS = {
  header: (block) => el("p", { class: "heading" }, emojis(block.text.text)),
  divider: () => el("hr"),
  section: (block, context) => [
    el("div", { class: "said" },
      block.text ? el("div", {}, words(block.text, context.names)) : null,
      block.fields ? el("div", { class: "fields" }, block.fields.map((one) => el("div", {}, words(one, context.names)))) : null),
    block.accessory ? el("div", { class: "accessory" }, drawElement(block, block.accessory, context)) : null,
  ],
  context: (block, context) => block.elements.map((one) =>
    one.type === "image" ? picture(one) : el("span", {}, words(one, context.names))),
  actions: (block, context) => block.elements.map((one) => drawElement(block, one, context)),
  image: (block) => [block.title ? el("p", {}, emojis(block.title.text)) : null, picture(block)],
  markdown: (block, context) => mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*").replace(/^#+ (.*)$/gm, "*$1*"), context.names),
  rich_text: (block, context) => block.elements.map((one) => rich(one, context)),
  table: (block, context) => el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {}, block.rows.map((row, number) => el("tr", {}, row.map((cell) => tableCell(cell, number, context)))))),
  input: drawInput,
};

function unknown(block) {
  return el("p", { class: "undrawn" }, `A “${block.type}” block, which this page cannot draw.`);
}

function tableCell(cell, row, context) {
  const content = cell.type === "raw_text" ? cell.text : cell.elements.map((one) => rich(one, context));
  return el(row ? "td" : "th", row ? {} : { scope: "col" }, content);
}

function picture(image) {
  // Nothing is fetched from elsewhere: the sandbox stays on this machine.
  return el("span", { class: "picture" }, `[${image.alt_text}]`);
}

function rich(part, context) {
  if (part.type === "rich_text_list") {
    const items = part.elements.map((one) => el("li", {}, richLine(one.elements, context)));
    return el(part.style === "ordered" ? "ol" : "ul", {}, items);
  }
  if (part.type === "rich_text_preformatted") return el("pre", {}, el("code", {}, richLine(part.elements, context)));
  if (part.type === "rich_text_quote") return el("blockquote", {}, richLine(part.elements, context));
  return el("p", {}, richLine(part.elements, context));
}

function richLine(elements, context) {
  return elements.map((one) => {
    let node = one.text || "";
    if (one.type === "link") node = anchor(one.url, one.text || one.url);
    if (one.type === "emoji") node = emojis(`:${one.name}:`);
    if (one.type === "user") node = el("span", { class: "mention" }, `@${context.names[one.user_id] || one.user_id}`);
    if (one.type === "channel") node = el("span", { class: "mention" }, `#${context.names[one.channel_id] || one.channel_id}`);
    const style = one.style || {};
    if (style.code) node = el("code", {}, node);
    if (style.bold) node = el("strong", {}, node);
    if (style.italic) node = el("em", {}, node);
    if (style.strike) node = el("s", {}, node);
    return node;
  });
}

function drawInput(block, context) {
  const error = context.errors?.[block.block_id];
  const id = `field-${block.block_id}`;
  const described = [block.hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const group = /^(checkboxes|radio_buttons|multi_.*)$/.test(block.element.type);
  const label = [emojis(block.label.text), block.optional ? el("span", { class: "optional" }, " (optional)") : null];
  const field = drawElement(block, block.element, { ...context, id, described, invalid: Boolean(error) });
  return [
    group ? el("fieldset", { "aria-describedby": described || null }, el("legend", {}, label), field)
          : [el("label", { for: id }, label), field],
    block.hint ? el("p", { class: "hint", id: `${id}-hint` }, emojis(block.hint.text)) : null,
    error ? el("p", { class: "error", id: `${id}-error` }, error) : null,
  ];
}
