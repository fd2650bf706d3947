// What the desk's pages do by themselves: they swap the pieces that the server
// sends, count seconds, and move the focus by keys. Without this script every
// page works; it reloads then.
"use strict";

(() => {
  const $ = (selector) => document.querySelector(selector);
  const pad = (n) => String(n).padStart(2, "0");

  // Times: in the browser's zone, and counting.
  const clocks = (root) => {
    for (const t of root.querySelectorAll("time[data-clock], time[data-stamp]")) {
      const at = new Date(t.dateTime);
      const day = t.hasAttribute("data-stamp") ? { day: "numeric", month: "short" } : {};
      t.title = at.toString();
      t.textContent = at.toLocaleString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false, ...day });
    }
  };
  const count = () => {
    for (const t of document.querySelectorAll("time[data-since]")) {
      const s = Math.max(0, Math.floor((Date.now() - Number(t.dataset.since)) / 1000));
      const h = Math.floor(s / 3600);
      t.textContent = (h > 0 ? h + ":" + pad(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ":" + pad(s % 60);
    }
    for (const t of document.querySelectorAll("time[data-until]")) {
      const s = Math.max(0, Math.ceil((Number(t.dataset.until) - Date.now()) / 1000));
      t.textContent = Math.floor(s / 60) + ":" + pad(s % 60);
    }
  };

  // Live pieces. What somebody is choosing in is left alone until they are done.
  const waiting = new Map();
  const busy = (place) => {
    const a = document.activeElement;
    return place.contains(a) && a.matches("select, input, textarea");
  };
  const swap = (name, html) => {
    const place = $('[data-live="' + name + '"]');
    if (!place) return;
    if (busy(place)) {
      waiting.set(name, html);
      return;
    }
    waiting.delete(name);
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    const before = place.querySelector("[data-say]")?.dataset.say;
    place.innerHTML = html;
    clocks(place);
    count();
    if (focused) (document.getElementById(focused) || place.querySelector("h2[tabindex]"))?.focus();
    const says = place.querySelector("[data-say]")?.dataset.say;
    if (says && says !== before) {
      $("#say").textContent = says;
      if (before) $("#done")?.remove(); // what was done before belongs to the state before
    }
  };
  document.addEventListener("focusout", () => {
    setTimeout(() => { for (const [name, html] of [...waiting]) swap(name, html); });
  });

  const link = (state, text) => {
    const l = $("#link");
    if (!l) return;
    l.dataset.state = state;
    $("#link-text").textContent = text;
  };
  const listen = () => {
    const path = document.body.dataset.events;
    if (!path || !window.EventSource) return;
    link("off", "connecting");
    let source = null;
    let retry = 0;
    const open = () => {
      source = new EventSource(path);
      source.onopen = () => { retry = 0; link("on", "live"); };
      source.onerror = () => {
        link("off", "connecting again");
        // A refusal closes for good; what was only broken comes back by itself.
        if (source.readyState === EventSource.CLOSED && retry < 5) {
          retry += 1;
          setTimeout(open, 2000 * retry);
        } else if (source.readyState === EventSource.CLOSED) {
          location.reload();
        }
      };
      for (const name of ["wall", "mine", "asks", "changes", "change", "approvals"]) {
        source.addEventListener(name, (e) => { link("on", "live"); swap(name, e.data); });
      }
      source.addEventListener("stale", (e) => { link("stale", e.data); $("#say").textContent = e.data; });
      source.addEventListener("bye", () => { source.close(); location.assign("/desk/sign-in"); });
    };
    open();
    window.addEventListener("pagehide", () => source.close());
    window.addEventListener("pageshow", (e) => { if (e.persisted) open(); });
  };

  // Keys: they move, and never act.
  let go = false;
  const keys = (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, select, textarea") || $("dialog[open]")) return;
    if (go) {
      go = false;
      const a = $('a[data-go="' + CSS.escape(e.key) + '"]');
      if (a) a.click();
      return;
    }
    const focus = { t: "#talk .primary, #talk button", r: "#go-ready", a: "#away-reason", "/": "main input:not([type=hidden]), main select" }[e.key];
    if (e.key === "g") {
      go = true;
      setTimeout(() => { go = false; }, 1500);
    } else if (e.key === "?" && $("#keys")) {
      $("#keys").showModal();
    } else if (focus && $(focus)) {
      $(focus).focus();
    } else {
      return;
    }
    e.preventDefault();
  };

  clocks(document);
  count();
  setInterval(count, 1000);
  listen();
  document.addEventListener("keydown", keys);
  $("#keys-link")?.addEventListener("click", (e) => { e.preventDefault(); $("#keys").showModal(); });
  if (["#now", "#next", "#done"].includes(location.hash)) $(location.hash)?.focus();
  $("#problem")?.focus();
  // One press is one action, however often it is pressed.
  document.addEventListener("submit", (e) => {
    if (e.target.method === "dialog") return;
    if (e.target.dataset.sent) e.preventDefault();
    e.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => { for (const f of document.forms) delete f.dataset.sent; });
})();
