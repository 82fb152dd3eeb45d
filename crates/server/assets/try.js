"use strict";
// Sends the request that the form stands for, and shows what is answered. Without script the form leads to a page with
// the request as a link.
(() => {
  const form = document.getElementById("try");
  if (!form) return;
  const part = (id) => document.getElementById(id);
  const [send, stop, request, command] = ["send", "stop", "request", "command"].map(part);
  const [answer, status, headers, picture, body] = ["answer", "status", "headers", "picture", "body"].map(part);

  // So many letters of a body are shown, and so many bytes of one that is no text are counted.
  const SHOWN = 200000;
  const COUNTED = 64 * 1024 * 1024;
  const TOLD = ["content-type", "etag", "link", "retry-after"];
  let underway = null;

  // The parameters that are filled in; where there may be several, they are a line each.
  const filled = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const isList = form.elements.namedItem(name) instanceof HTMLTextAreaElement;
      for (const one of isList ? value.split(/\r?\n/) : [value]) {
        if (one.trim() !== "") query.append(name, one.trim());
      }
    }
    return query.toString();
  };

  const tell = (query) => {
    const address = query ? `${form.dataset.path}?${query}` : form.dataset.path;
    request.href = address;
    request.textContent = `GET ${address}`;
    command.textContent = `curl ${form.dataset.options}'${location.origin}${address}'`;
    // The address of this page is that of the form as it is filled in.
    history.replaceState(null, "", query ? `${form.action}?${query}` : form.action);
    return address;
  };

  const count = (number) => number.toLocaleString(document.documentElement.lang);

  const show = async (response, began, own) => {
    const kind = (response.headers.get("content-type") ?? "").split(";")[0];
    const told = TOLD.filter((name) => response.headers.has(name));
    for (const name of told) {
      const [term, value] = ["dt", "dd"].map((tag) => headers.appendChild(document.createElement(tag)));
      term.textContent = name;
      value.textContent = response.headers.get(name);
    }
    const isText = /json|ndjson|text|xml/.test(kind);
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    let isCut = false;
    // How far it is, in a message, and in another one where not all of the body was read.
    const progress = (whole, cut) => {
      const values = {
        status: `${response.status} ${response.statusText}`,
        size: count(size),
        time: count(Math.round(performance.now() - began)),
      };
      status.textContent = say(isCut ? cut : whole, values);
    };
    const reader = response.body?.getReader();
    while (reader) {
      // A reader who stops keeps what has arrived.
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) break;
      size += value.length;
      if (isText) text += decoder.decode(value, { stream: true });
      isCut = isText ? text.length > SHOWN : size > COUNTED;
      if (isCut) {
        await reader.cancel();
        break;
      }
      if (kind === "text/event-stream") {
        body.textContent = text;
        progress("try-until-now", "try-until-now");
      }
    }
    if (underway !== own) return;
    if (own.signal.aborted) progress("try-stopped-then", "try-stopped-then-cut");
    else progress("try-done", "try-done-cut");
    if (!isText) {
      body.textContent = size > 0 ? say("try-no-text") : "";
    } else if (isCut) {
      body.textContent = text.slice(0, SHOWN);
      status.textContent = say("try-part", { told: status.textContent, count: count(SHOWN) });
    } else {
      body.textContent = kind.endsWith("json") && kind !== "application/x-ndjson" ? formatted(text) : text;
    }
    if (kind === "image/svg+xml" && !isCut) {
      const image = picture.appendChild(document.createElement("img"));
      image.alt = say("try-picture");
      image.className = "sketch";
      image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
    }
  };

  const formatted = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    underway?.abort();
    const own = (underway = new AbortController());
    const address = tell(filled());
    [headers, picture, body].forEach((place) => place.replaceChildren());
    status.textContent = say("try-asking");
    answer.hidden = false;
    stop.hidden = false;
    answer.scrollIntoView();
    const began = performance.now();
    try {
      const asked = { headers: { Accept: "*/*" }, credentials: "same-origin", cache: "no-store", signal: own.signal };
      await show(await fetch(address, asked), began, own);
    } catch {
      if (underway === own) status.textContent = say(own.signal.aborted ? "try-stopped" : "try-no-answer");
    }
    if (underway !== own) return;
    answer.scrollIntoView();
    stop.hidden = true;
    underway = null;
  });
  stop.addEventListener("click", () => {
    underway?.abort();
    send.focus();
  });
  send.textContent = say("try-send");
})();
