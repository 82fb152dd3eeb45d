"use strict";
// Keeps the board up to date: changes come as server-sent events, and the rows that they are about are fetched again as
// the server draws them; all of the board where someone comes, goes or changes team. Without script the page is right
// when it is loaded.
(() => {
  const board = document.getElementById("board");
  const live = document.getElementById("live");
  if (!board || !live || !window.EventSource) return;

  const waiting = new Set();
  let isWhole = false;
  let timer = 0;
  let rests = 0;

  const say = (on, text) => {
    live.textContent = text;
    live.classList.toggle("on", on);
    live.classList.toggle("off", !on);
  };

  const fetched = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // Fetches the rows of some people, or only the figures above them if there are none; or all of the board.
  const refresh = async () => {
    timer = 0;
    const wantsAll = isWhole;
    const ids = [...waiting].slice(0, wantsAll ? undefined : 200);
    ids.forEach((id) => waiting.delete(id));
    isWhole = false;
    try {
      if (wantsAll) {
        placeAll(await fetched(location.href), new Set(ids));
      } else {
        const address = new URL(board.dataset.rows, location.href);
        address.searchParams.set("ids", ids.join(","));
        place(await fetched(address));
      }
      rests = 0;
      say(true, "Live");
    } catch {
      ids.forEach((id) => waiting.add(id));
      isWhole ||= wantsAll;
      rests += 1;
      say(false, "Not live: the server does not answer; trying again");
    }
    if (waiting.size > 0 || isWhole) later(Math.min(500 * 2 ** rests, 30000));
  };

  const placeParts = (answer) => {
    for (const part of answer.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (old) old.replaceWith(document.importNode(part, true));
    }
  };

  const place = (answer) => {
    placeParts(answer);
    for (const row of answer.querySelectorAll("tr[id]:not([data-part])")) {
      const old = document.getElementById(row.id);
      if (!old || old.isEqualNode(row)) continue;
      const held = old.contains(document.activeElement);
      const fresh = document.importNode(row, true);
      old.replaceWith(fresh);
      fresh.classList.add("changed");
      if (held) fresh.querySelector("a")?.focus();
    }
  };

  // Puts the whole board in the place of the old one; people who are new or changed are marked.
  const placeAll = (answer, ids) => {
    const fresh = answer.getElementById("board");
    if (!fresh) return;
    placeParts(answer);
    const focused = board.contains(document.activeElement) ? document.activeElement : null;
    const held = focused?.closest("tr")?.id;
    const aside = board.querySelector(".scroll")?.scrollLeft ?? 0;
    for (const row of fresh.querySelectorAll("tr[id]:not([data-part])")) {
      if (ids.has(row.id.slice(2)) || !document.getElementById(row.id)) row.classList.add("changed");
    }
    board.replaceChildren(...document.importNode(fresh, true).childNodes);
    const region = board.querySelector(".scroll");
    if (region) region.scrollLeft = aside;
    const place = held && document.getElementById(held)?.querySelector("a");
    if (focused) (place || region)?.focus({ preventScroll: true });
  };

  const later = (milliseconds) => {
    if (!timer) timer = setTimeout(refresh, milliseconds);
  };

  const stream = new EventSource(board.dataset.stream);
  const changed = (event) => {
    try {
      const change = JSON.parse(event.data);
      if (change.extension_id) waiting.add(String(change.extension_id));
      // Someone has come, gone, or is in another team, or under another name.
      if (change.kind !== "changed") isWhole = true;
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
