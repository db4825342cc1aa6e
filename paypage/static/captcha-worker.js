// Solves an ALTCHA challenge: finds the number whose derived key begins as asked. Web Crypto is there on https only, and
// on loopback.

const AT_ONCE = 8; // keys derived together: browsers spread them over the processor's cores

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derived({ nonce, salt, cost, keyLength }, counter) {
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  new DataView(password.buffer).setUint32(password.length - 4, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  return hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
}

async function solve(challenge) {
  for (let first = 0; ; first += AT_ONCE) {
    const counters = Array.from({ length: AT_ONCE }, (_, next) => first + next);
    const keys = await Promise.all(counters.map((counter) => derived(challenge, counter)));
    const found = keys.findIndex((key) => key.startsWith(challenge.keyPrefix));
    if (found >= 0) return { counter: first + found, derivedKey: keys[found] };
  }
}

onmessage = ({ data }) => {
  if (!self.crypto?.subtle) {
    postMessage({ trouble: "no Web Crypto: the page did not come over https" });
    return;
  }
  solve(data).then(
    (solution) => postMessage({ solution }),
    (error) => postMessage({ trouble: String(error) }),
  );
};
