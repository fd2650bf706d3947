// The telephone. It asks for the state of the call and of the texts a few times
// a second and shows what is new; everything that is known is on the server.
"use strict";

const $ = (id) => document.getElementById(id);
const agent = document.querySelector("main").dataset.agent || "";
const transcript = $("transcript");

let call = "";         // of a caller: the call's id
let live = false;      // keys can be pressed
let shown = 0;         // moments of the transcript that were shown
let seen = new Set();  // texts that were shown
let aloud = false;
let quietUntil = 0;    // a radio button that was just chosen is left alone

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error || "the phone did not answer");
  return data;
}

function problem(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

async function attempt(f) {
  try {
    problem("");
    return await f();
  } catch (err) {
    problem(err.message === "Failed to fetch" ? "The box is not running any more: start ringback demo again." : err.message);
  }
}

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

// --- What is said

function speak(text) {
  if (aloud && window.speechSynthesis) speechSynthesis.speak(new SpeechSynthesisUtterance(text));
}

function hush() {
  if (window.speechSynthesis) speechSynthesis.cancel();
}

const sounds = { ring: "ringing", play: "♪ music", beep: "beep", tone: "a key" };

function add(m) {
  const last = transcript.lastElementChild;
  if (m.kind === "key" && last && last.className === "key") {
    last.textContent += m.text;
    return;
  }
  if (m.kind === "pause") return;
  if (sounds[m.kind] && last && last.className === "sound" && last.textContent === sounds[m.kind]) return;
  if (m.kind === "key" || m.kind === "said") {
    transcript.querySelectorAll(".say").forEach((e) => e.classList.add("old"));
  }
  const li = sounds[m.kind] ? element("li", "sound", sounds[m.kind]) : element("li", m.kind, m.text);
  transcript.append(li);
  if (m.kind === "say" || m.kind === "voice") speak(m.text);
}

let follow = true; // until somebody scrolls back to read
for (const how of ["wheel", "touchmove", "keydown"]) {
  transcript.addEventListener(how, () => setTimeout(() => {
    follow = transcript.scrollHeight - transcript.scrollTop - transcript.clientHeight < 40;
  }, 100), { passive: true });
}

function showCall(c) {
  const title = agent ? (c.status === "ringing" ? "Your phone rings" : c.status === "talking" ? "On a call" : "No call") : c.line;
  if ($("call-title").textContent !== title) $("call-title").textContent = title;
  const ended = c.status === "ended";
  let status = { ringing: agent ? "From " + c.from : "Ringing", talking: c.listening ? "It waits for your keys" : "Connected", ended: "The call is over" }[c.status];
  if ($("status").textContent !== status) $("status").textContent = status;
  if (!ended) $("clock").textContent = Math.floor(c.seconds / 60) + ":" + String(c.seconds % 60).padStart(2, "0");
  for (; shown < c.said.length; shown++) add(c.said[shown]);
  if (follow) transcript.scrollTop = transcript.scrollHeight;
  setLive(!ended, c.status === "talking");
  $("keypad").classList.toggle("listening", c.listening && !ended);
  $("talk").hidden = ended || !c.bridged;
  if ($("answer")) $("answer").hidden = c.status !== "ringing";
  $("hangup").textContent = agent && c.status === "ringing" ? "Decline" : "Hang up";
  if (ended && c.ending && $("ending").hidden) {
    $("ending").textContent = c.ending;
    $("ending").hidden = false;
    $("ending").scrollIntoView({ block: "nearest" });
  }
}

function setLive(up, keys) {
  if (live && !up) hush();
  live = up;
  document.body.classList.toggle("in-call", up);
  $("hangup").disabled = !up;
  for (const b of $("keypad").children) b.disabled = !keys;
  if ($("dial")) $("dial").disabled = up;
  for (const id of ["person", "from", "line"]) if ($(id)) $(id).disabled = up;
}

function clear() {
  transcript.replaceChildren();
  shown = 0;
  follow = true;
  $("ending").hidden = true;
  $("clock").textContent = "";
}

// --- Keys

let waiting = "";   // keys that have not been sent
let sending = false;

async function press(key) {
  if (!live) return;
  hush();
  waiting += key;
  const b = document.querySelector('[data-key="' + key + '"]');
  b.classList.add("down");
  setTimeout(() => b.classList.remove("down"), 150);
  if (sending) return;
  sending = true;
  while (waiting) { // one request at a time, so that keys stay in order
    const keys = waiting;
    waiting = "";
    await attempt(() => act("press", { keys }));
  }
  sending = false;
}

const act = (what, body) => post(agent ? "/phone/agents/" + agent + "/" + what : "/phone/calls/" + call + "/" + what, body);

$("keypad").addEventListener("click", (e) => {
  const b = e.target.closest("button");
  if (b) press(b.dataset.key);
});
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input:not([type]), select")) return;
  if (/^[0-9*#]$/.test(e.key)) {
    e.preventDefault();
    press(e.key);
  }
});
$("hangup").addEventListener("click", () => attempt(() => act("hangup")));
$("aloud").addEventListener("click", () => {
  aloud = !aloud;
  $("aloud").setAttribute("aria-pressed", String(aloud));
  if (!aloud) hush();
});
$("talk").addEventListener("submit", (e) => {
  e.preventDefault();
  const words = $("words").value.trim();
  $("words").value = "";
  if (words) attempt(() => act("say", { words }));
});

// --- Texts

function showText(t, fresh) {
  const li = element("li");
  li.append(element("small", "", t.where));
  const p = element("p");
  for (const part of t.parts) {
    switch (part.kind) {
      case "install": {
        const a = element("a", "tap", "Install Duo Mobile");
        a.href = part.text;
        a.target = "_blank";
        a.rel = "noopener noreferrer";
        p.append(a);
        break;
      }
      case "activate": {
        const a = element("a", "tap activate", "Tap to activate");
        a.href = part.text;
        a.rel = "noreferrer";
        a.addEventListener("click", (e) => {
          e.preventDefault();
          tap(t.id);
        });
        p.append(a);
        break;
      }
      case "device": {
        const a = element("a", "tap", "Open the device to answer");
        a.href = part.text;
        a.target = "_blank";
        a.rel = "noopener noreferrer";
        p.append(a);
        break;
      }
      case "code": {
        const b = element("button", "code", part.text);
        b.type = "button";
        b.title = "Key it in";
        b.setAttribute("aria-label", "Key in " + part.text);
        b.addEventListener("click", () => { for (const k of part.text + "#") press(k); });
        p.append(b);
        break;
      }
      default:
        p.append(part.text);
    }
  }
  li.append(p);
  $("texts").append(li);
  if (fresh) li.scrollIntoView({ block: "nearest" });
}

async function tap(text) {
  const box = $("tapped");
  try {
    box.textContent = (await post("/phone/people/" + $("person").value + "/tap", { text })).done;
  } catch (err) {
    box.textContent = err.message;
  }
  box.hidden = false;
  $("texts").lastElementChild.scrollIntoView({ block: "nearest" });
}

function showTexts(texts) {
  const first = seen.size === 0 && !call;
  $("no-texts").hidden = texts.length > 0;
  for (const t of texts) {
    if (seen.has(t.id)) continue;
    seen.add(t.id);
    showText(t, !first);
  }
}

// --- Who

function choosePerson() {
  const id = $("person").value;
  document.querySelectorAll(".hint[data-person]").forEach((h) => { h.hidden = h.dataset.person !== id; });
  let chosen = false;
  for (const o of $("from").options) {
    o.hidden = o.disabled = Boolean(o.dataset.person) && o.dataset.person !== id;
    if (!o.disabled && !chosen) {
      o.selected = chosen = true;
    }
  }
  $("texts").replaceChildren();
  $("tapped").hidden = true;
  seen = new Set();
  call = "";
}

if (agent) {
  $("answer").addEventListener("click", () => attempt(() => act("answer")));
  document.querySelectorAll("[name=presence]").forEach((r) => r.addEventListener("change", () => {
    quietUntil = Date.now() + 1000;
    attempt(() => act(r.value));
  }));
} else {
  $("person").addEventListener("change", choosePerson);
  $("dial").addEventListener("click", () => attempt(async () => {
    clear();
    $("dial").disabled = true;
    try {
      call = (await post("/phone/people/" + $("person").value + "/call", { line: $("line").value, from: $("from").value })).call;
    } catch (err) {
      $("dial").disabled = false;
      throw err;
    }
    setLive(true, false);
    $("call").focus({ preventScroll: true });
    if (matchMedia("(max-width: 42rem)").matches) window.scrollTo({ top: 0 });
  }));
  choosePerson();
}

// --- The state, a few times a second

const presences = {
  ready: "You are offered the next call.", ringing: "Your phone rings.", talking: "You are on a call.",
  wrap_up: "A moment to finish up, then you are ready.", away: "You are offered no calls.",
};
let agentCall = false;

function showAgent(s) {
  const says = (presences[s.presence] || "") + (s.waiting ? " Callers waiting: " + s.waiting + "." : "");
  if ($("presence").textContent !== says) $("presence").textContent = says;
  if (Date.now() > quietUntil) {
    document.querySelectorAll("[name=presence]").forEach((r) => { r.checked = (r.value === "away") === (s.presence === "away"); });
  }
  if (!s.call) return;
  if (s.call.status !== "ended" && !agentCall) clear(); // a new one
  agentCall = s.call.status !== "ended";
  showCall(s.call);
}

async function look() {
  try {
    const path = agent ? "/phone/agents/" + agent : "/phone/people/" + $("person").value + (call ? "?call=" + call : "");
    const before = call;
    const answer = await fetch(path);
    const s = await answer.json();
    if (!answer.ok) throw new Error(s.error);
    if (agent) showAgent(s);
    else if (before === call) {
      showTexts(s.texts);
      if (s.call) showCall(s.call);
    }
    if ($("problem").dataset.away) problem("");
    delete $("problem").dataset.away;
  } catch {
    $("problem").dataset.away = "yes";
    problem("The box does not answer: is ringback demo still running?");
  }
  setTimeout(look, live ? 250 : 700);
}
look();
