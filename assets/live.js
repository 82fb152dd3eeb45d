"use strict";
// Keeps the board up to date: changes come as server-sent events, and the rows that they are about are fetched anew as
// the server draws them. Without script the page is right when it is loaded.
(() => {
  const board = document.getElementById("board");
  const live = document.getElementById("live");
  if (!board || !live || !window.EventSource) return;

  const waiting = new Set();
  let timer = 0;
  let rests = 0;

  const say = (on, text) => {
    live.textContent = text;
    live.classList.toggle("on", on);
    live.classList.toggle("off", !on);
  };

  // Fetches the rows of some people, or only the figures above the board if there are none.
  const refresh = async () => {
    timer = 0;
    const ids = [...waiting].slice(0, 200);
    ids.forEach((id) => waiting.delete(id));
    const address = new URL(board.dataset.rows, location.href);
    address.searchParams.set("ids", ids.join(","));
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      place(new DOMParser().parseFromString(await answer.text(), "text/html"));
      rests = 0;
      say(true, "Live");
    } catch {
      ids.forEach((id) => waiting.add(id));
      rests += 1;
      say(false, "Not live: the server does not answer; trying again");
    }
    if (waiting.size > 0) later(Math.min(500 * 2 ** rests, 30000));
  };

  const place = (answer) => {
    for (const part of answer.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (old) old.replaceWith(document.importNode(part, true));
    }
    for (const row of answer.querySelectorAll("tr[id]")) {
      const old = document.getElementById(row.id);
      if (!old || old.isEqualNode(row)) continue;
      const held = old.contains(document.activeElement);
      const fresh = document.importNode(row, true);
      old.replaceWith(fresh);
      fresh.classList.add("changed");
      if (held) fresh.querySelector("a")?.focus();
    }
  };

  const later = (milliseconds) => {
    if (!timer) timer = setTimeout(refresh, milliseconds);
  };

  const stream = new EventSource(board.dataset.stream);
  const changed = (event) => {
    try {
      const change = JSON.parse(event.data);
      if (change.extension_id) waiting.add(String(change.extension_id));
    } catch {
      return;
    }
    later(250);
  };
  stream.addEventListener("open", () => say(true, "Live"));
  stream.addEventListener("error", () => say(false, "Not live: connecting again"));
  stream.addEventListener("message", changed);
  stream.addEventListener("change", changed);
  // What is presumed ages without any change.
  setInterval(() => later(0), 30000);
})();
