// The pay form's check that a person pays. Three kinds of work: ALTCHA's, which is all ours and begins at once;
// reCAPTCHA v3's, asked for when the form is sent; and the widgets that a service draws and fills in by itself.

const SENT_FOR = 10_000; // milliseconds in which a second click is the same click

const form = document.querySelector("form[data-captcha]");
const status = document.getElementById("check");
const kind = form.dataset.captcha;

function say(words) {
  status.hidden = false;
  status.textContent = words;
}

function fail() {
  status.hidden = true;
  document.getElementById("check-failed").hidden = false;
}

/** Solve the challenge in a worker, so that the page stays awake. */
function solved(challenge, script) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script);
    worker.onmessage = ({ data }) => {
      worker.terminate();
      data.solution ? resolve(data.solution) : reject(new Error(data.trouble));
    };
    worker.onerror = () => reject(new Error("the worker could not be started"));
    worker.postMessage(challenge.parameters);
  });
}

async function altcha(field) {
  say(status.textContent);
  const challenge = JSON.parse(field.dataset.challenge);
  const solution = await solved(challenge, field.dataset.worker);
  field.value = btoa(JSON.stringify({ challenge, solution }));
  say(status.dataset.done);
  status.classList.add("done");
}

/** reCAPTCHA v3 judges what was done on the page so far; its answers live for two minutes. */
function score(field) {
  return new Promise((resolve, reject) => {
    if (!window.grecaptcha) {
      reject(new Error("the service's script is not here"));
      return;
    }
    window.grecaptcha.ready(() => {
      window.grecaptcha.execute(field.dataset.siteKey, { action: "pay" }).then((answer) => {
        field.value = answer;
        resolve();
      }, reject);
    });
  });
}

const field = form.querySelector("input[data-challenge], input[data-site-key]");
const answer = { altcha, recaptcha_score: score }[kind]; // a widget needs neither
let sent = false;
let answered = !answer;
let working = null;

function work() {
  working ??= answer(field).then(
    () => (answered = true),
    () => {
      working = null;
      fail();
    },
  );
  return working;
}

form.addEventListener("submit", (event) => {
  if (sent) {
    event.preventDefault(); // an answer counts once, and a second form would be refused
    return;
  }
  if (answered) {
    sent = true;
    setTimeout(() => (sent = false), SENT_FOR);
    return;
  }
  event.preventDefault();
  say(status.dataset.wait);
  // Later: while this event is under way the form takes no other.
  work().then(() => setTimeout(() => answered && form.requestSubmit()));
});

if (kind === "altcha") work();

// Back from the checkout page to a page that the browser has kept: its answer is used, so begin anew.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
