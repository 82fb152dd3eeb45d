"use strict";
// Keeps the board up to date: changes come as server-sent events, and the rows that they are about are fetched again as
// the server draws them; all of the board where someone comes, goes or changes team. What is shown also ages without any
// change, so every row is fetched again every 15 seconds. Nothing is called live that is not: the badge needs an open
// stream, an answering server and a sweep that still speaks. A page that is hidden has no stream. Without script the page
// is right when it is loaded.
(() => {
  const board = document.getElementById("board");
  const live = document.getElementById("live");
  if (!board || !live || !window.EventSource) return;

  const REFRESH_MS = 15000;
  const PAUSE_MS_MAX = 30000;
  const IDS_MAX = 200;

  const waiting = new Set();
  let isWhole = false;
  let isAging = false;
  let timer = 0;
  let failures = 0;
  let isConnected = false;
  let isAnswered = true;

  const show = () => {
    const blind = document.getElementById("summary")?.dataset.blind;
    const text = !isAnswered
      ? say("not-live-no-answer")
      : !isConnected
        ? say("not-live-connecting")
        : blind
          ? say("not-live", { why: blind })
          : say("live");
    const isLive = isAnswered && isConnected && !blind;
    if (live.textContent !== text) live.textContent = text;
    live.classList.toggle("on", isLive);
    live.classList.toggle("off", !isLive);
    board.classList.toggle("stale", !isAnswered || !isConnected);
  };

  const fetched = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    // Signed out, or the token was revoked: the page itself leads to where one signs in.
    if (answer.status === 401 || answer.status === 403 || answer.redirected) {
      location.reload();
      return null;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // Fetches the rows of some people, or all rows that are shown; or all of the board.
  const refresh = async () => {
    timer = 0;
    if (document.hidden) return;
    const wantsAll = isWhole;
    const wantsRows = isAging;
    const ids = [...waiting].slice(0, wantsAll || wantsRows ? undefined : IDS_MAX);
    ids.forEach((id) => waiting.delete(id));
    isWhole = false;
    isAging = false;
    try {
      if (wantsAll) {
        const answer = await fetched(location.href);
        if (answer) placeAll(answer, new Set(ids));
      } else {
        const address = new URL(board.dataset.rows, location.href);
        address.searchParams.set("ids", wantsRows ? "all" : ids.join(","));
        const answer = await fetched(address);
        if (answer) place(answer, new Set(ids), wantsRows);
      }
      failures = 0;
      isAnswered = true;
    } catch {
      ids.forEach((id) => waiting.add(id));
      isWhole ||= wantsAll;
      isAging ||= wantsRows;
      failures += 1;
      isAnswered = false;
    }
    show();
    if (waiting.size > 0 || isWhole || isAging) later(Math.min(500 * 2 ** failures, PAUSE_MS_MAX));
  };

  const placeParts = (answer) => {
    for (const part of answer.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (old && !old.isEqualNode(part)) old.replaceWith(document.importNode(part, true));
    }
  };

  // Puts rows in the place of the old ones; those of the people who changed are marked.
  const place = (answer, ids, isAll) => {
    placeParts(answer);
    const rows = [...answer.querySelectorAll("tr[id]:not([data-part])")];
    const there = new Set(rows.map((row) => row.id));
    const asked = isAll ? [...board.querySelectorAll("tr[id]:not([data-part])")].map((row) => row.id) : [...ids].map((id) => `p-${id}`);
    // Someone has come to what is shown, or has left it.
    if (rows.some((row) => !document.getElementById(row.id)) || asked.some((id) => document.getElementById(id) && !there.has(id))) isWhole = true;
    for (const row of rows) {
      const old = document.getElementById(row.id);
      if (!old || old.isEqualNode(row)) continue;
      const held = old.contains(document.activeElement);
      const fresh = document.importNode(row, true);
      old.replaceWith(fresh);
      if (ids.has(row.id.slice(2))) fresh.classList.add("changed");
      if (held) fresh.querySelector("a")?.focus({ preventScroll: true });
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

  const age = () => {
    isAging = true;
    later(0);
  };

  const changed = (data) => {
    try {
      const change = JSON.parse(data);
      if (change.extension_id) waiting.add(String(change.extension_id));
      // Someone has come, gone, or is in another team, or under another name.
      if (change.kind !== "changed") isWhole = true;
    } catch {
      return;
    }
    later(250);
  };

  const connected = (isOpen) => {
    // What was stored while there was no stream is fetched now.
    if (isOpen && !isConnected) age();
    isConnected = isOpen;
    show();
  };

  let disconnect = null;
  const connect = () => {
    if (disconnect || document.hidden) return;
    disconnect = window.presenceStream(new URL(board.dataset.stream, location.href).href, connected, changed);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      connect();
      age();
      return;
    }
    disconnect?.();
    disconnect = null;
    isConnected = false;
  });
  addEventListener("pagehide", () => {
    disconnect?.();
    disconnect = null;
    isConnected = false;
  });
  addEventListener("pageshow", connect);
  connect();
  setInterval(age, REFRESH_MS);
})();
