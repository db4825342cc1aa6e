// Slack's mrkdwn as DOM nodes. Nothing a message says ever becomes markup.
import { el } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", link: "🔗", email: "📧", envelope: "✉️", incoming_envelope: "📨", mailbox: "📫",
  moneybag: "💰", money_with_wings: "💸", dollar: "💵", euro: "💶", credit_card: "💳", bank: "🏦", receipt: "🧾",
  tada: "🎉", wave: "👋", eyes: "👀", bell: "🔔", no_bell: "🔕", clock1: "🕐", alarm_clock: "⏰", calendar: "📅", date: "📅",
  spiral_calendar_pad: "🗓️", page_facing_up: "📄", paperclip: "📎", bar_chart: "📊", clipboard: "📋", memo: "📝",
  pencil2: "✏️", no_entry: "⛔", no_entry_sign: "🚫", lock: "🔒", unlock: "🔓", key: "🔑", question: "❓", exclamation: "❗",
  information_source: "ℹ️", bulb: "💡", arrow_right: "➡️", arrows_counterclockwise: "🔄", leftwards_arrow_with_hook: "↩️",
  large_green_circle: "🟢", large_blue_circle: "🔵", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴",
  white_circle: "⚪", black_circle: "⚫", large_green_square: "🟩", heavy_minus_sign: "➖", heavy_plus_sign: "➕",
  speech_balloon: "💬", bust_in_silhouette: "👤", busts_in_silhouette: "👥", mag: "🔍", gear: "⚙️", inbox_tray: "📥",
  outbox_tray: "📤", package: "📦", file_folder: "📁", sparkles: "✨", zap: "⚡", star: "⭐", thumbsup: "👍", "+1": "👍",
  thumbsdown: "👎", "-1": "👎", slightly_smiling_face: "🙂", smile: "😄", balance_scale: "⚖️", scales: "⚖️", stop_sign: "🛑",
};

export const emojis = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] || whole);
const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// In this order: code, then anything in angle brackets, then the pairs of marks.
const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])/;

/** A message's text, with its line breaks, quotes and code. */
export function mrkdwn(text, names = {}) {
  const out = document.createDocumentFragment();
  text.split("```").forEach((part, number) => {
    if (number % 2) out.append(el("pre", {}, el("code", {}, plain(part.replace(/^\n|\n$/g, "")))));
    else out.append(...lines(part.replace(number ? /^\n/ : /$^/, ""), names));
  });
  return out;
}

function lines(text, names) {
  const out = [];
  let quote = null;
  text.split("\n").forEach((line, number) => {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quoted) {
      if (!quote) out.push((quote = el("blockquote")));
      else quote.append(el("br"));
      quote.append(...inline(quoted[1], names));
      return;
    }
    if (number && !quote) out.push(el("br"));
    quote = null;
    out.push(...inline(line, names));
  });
  return out;
}

function inline(text, names) {
  const found = text.match(INLINE);
  if (!found) return text ? [emojis(plain(text))] : [];
  const [whole, code, angled, bold, italic, struck] = found;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + whole.length);
  let node;
  if (code !== undefined) node = el("code", {}, plain(code));
  else if (angled !== undefined) node = special(angled, names);
  else if (bold !== undefined) node = el("strong", {}, ...inline(bold, names));
  else if (italic !== undefined) node = el("em", {}, ...inline(italic, names));
  else node = el("s", {}, ...inline(struck, names));
  return [...inline(before, names), node, ...inline(after, names)];
}

function special(inside, names) {
  const [target, ...rest] = inside.split("|");
  const label = rest.join("|");
  if (/^(https?:|mailto:)/.test(target)) return anchor(plain(target), label ? emojis(plain(label)) : plain(target).replace(/^mailto:/, ""));
  if (target.startsWith("@")) return el("span", { class: "mention" }, `@${names[target.slice(1)] || label || target.slice(1)}`);
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${label || names[target.slice(1)] || target.slice(1)}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return el("span", { class: "mention" }, label || `@${target.slice(1).split("^")[0]}`);
  return `<${plain(inside)}>`;
}

export function anchor(href, label) {
  return el("a", { href, target: "_blank", rel: "noopener" }, label);
}

function date(target, fallback) {
  const [, seconds, format] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return plain(fallback);
  const day = (options) => at.toLocaleDateString([], options);
  const shapes = {
    date_num: at.toISOString().slice(0, 10),
    date: day({ day: "numeric", month: "long", year: "numeric" }),
    date_pretty: day({ day: "numeric", month: "long", year: "numeric" }),
    date_short: day({ day: "numeric", month: "short", year: "numeric" }),
    date_short_pretty: day({ day: "numeric", month: "short", year: "numeric" }),
    date_long: day({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    date_long_pretty: day({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    time: at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
    time_secs: at.toLocaleTimeString(),
  };
  return el("time", { datetime: at.toISOString() }, (format || "{date}").replace(/\{(\w+)\}/g, (whole, name) => shapes[name] || whole));
}

/** A text object of either kind. */
export function words(object, names) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : emojis(object.text);
}
