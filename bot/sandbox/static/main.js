// Keeps the page up to date and the steps at the top honest.
import { $ } from "./dom.js";
import { offer } from "./composer.js";
import { down } from "./log.js";
import "./slack.js";
import { everything, refresh, started } from "./workspace.js";

const mail = document.body.dataset.mail ? await import("./mail.js") : null;
const panes = document.querySelector(".panes");

// On a phone one pane shows at a time.
for (const button of document.querySelectorAll("[data-pane]")) {
  button.addEventListener("click", () => {
    panes.dataset.showing = button.dataset.pane;
    for (const each of document.querySelectorAll("[data-pane]")) each.setAttribute("aria-pressed", String(each === button));
    if (button.dataset.pane === "slack") down();
  });
}

function steps() {
  const cards = everything().filter((message) => message.bot_id);
  const unread = mail ? mail.unreadLetters() : 0;
  const paid = cards.some((card) => card.edited && /\bpaid\b/i.test(card.text) && !/\b(un|not )paid\b/i.test(card.text));
  const done = [cards.length > 0, paid, paid];
  done.forEach((is, number) => $(`step-${number + 1}`).classList.toggle("done", is));
  const next = done.indexOf(false);
  done.forEach((_, number) => $(`step-${number + 1}`).classList.toggle("next", number === next));
  $("tries").classList.toggle("small", started());
  const badge = document.querySelector("[data-pane=mail] .count");
  badge.textContent = unread;
  badge.hidden = !unread;
}

let failures = 0;
async function tick() {
  try {
    await refresh();
    offer();
    if (mail) await mail.refresh();
    steps();
    failures = 0;
  } catch (error) {
    failures += 1;
    if (failures === 1) console.info("The sandbox did not answer:", error.message);
  }
  $("gone").hidden = failures < 3;
  setTimeout(tick, document.hidden ? 3000 : failures ? 1500 : 600);
}

tick();
