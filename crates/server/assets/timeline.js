"use strict";
// Bars of time: what holds under the pointer or at the keyboard's place, the events behind it, and a closer look.
// Everything it says is read from the picture itself; local time is computed from the offsets that the server gives.
(() => {
  const picture = document.getElementById("picture");
  const detail = document.getElementById("detail");
  if (!picture || !detail) return;

  const offsets = JSON.parse(picture.dataset.offsets);
  const lanes = JSON.parse(picture.dataset.lanes);
  const bars = [...picture.querySelectorAll("svg.bars")];
  const read = new WeakMap();

  // The strokes of a path, as [from, to] in the picture's units.
  const strokes = (path) => {
    const found = [];
    let at = 0;
    for (const [, kind, length] of path.getAttribute("d").matchAll(/([Mmh])(-?[\d.]+)/g)) {
      const by = Number(length);
      if (kind === "h") found.push([at, (at += by)]);
      else at = kind === "M" ? by : at + by;
    }
    return found;
  };

  // A day of a calendar: thousandths of what counts of it, and whether anything does.
  const dayText = (value, [held, least, most, unknown, counts]) => {
    if (!counts) return say("timeline-no-time");
    const percent = (thousandths) => (thousandths > 0 && thousandths < 10 ? "<1" : Math.round(thousandths / 10));
    const isExact = least === held && most === held;
    const values = { value, part: percent(held), least: percent(least), most: percent(most) };
    const told = say(isExact ? "timeline-day" : "timeline-day-bounds", values);
    return unknown ? say("timeline-day-gap", { told, unknown: percent(unknown) }) : told;
  };

  const rowOf = (svg) => {
    if (read.has(svg)) return read.get(svg);
    const width = svg.viewBox.baseVal.width;
    const row = { width, from: Number(svg.dataset.from), unit: Number(svg.dataset.unit), lanes: lanes.map(() => []), doubt: new Map(), presumed: [] };
    if (svg.dataset.days) {
      row.lanes = [JSON.parse(svg.dataset.days).map(([start, end, ...day]) => ({ start, end, value: dayText(svg.dataset.value, day) }))];
      read.set(svg, row);
      return row;
    }
    const add = (lane, value, [start, end]) => row.lanes[lane].push({ start, end: Math.min(end, width), value });
    for (const path of svg.querySelectorAll("path")) {
      const runs = strokes(path);
      if (path.dataset.lane) runs.forEach((run) => add(Number(path.dataset.lane), path.dataset.value, run));
      else if (path.classList.contains("absent")) runs.forEach((run) => add(0, say("timeline-absent"), run));
      else if (path.classList.contains("future")) runs.forEach((run) => add(0, say("timeline-not-yet"), run));
      else if (path.classList.contains("doubt")) runs.forEach(([start, end]) => row.doubt.set(end, start));
      else if (path.classList.contains("presumed")) row.presumed.push(...runs);
    }
    // The rest of the first lane is unknown.
    const known = row.lanes[0].sort((one, other) => one.start - other.start);
    const all = [];
    let at = 0;
    for (const one of known) {
      if (one.start > at) all.push({ start: at, end: one.start, value: say("timeline-unknown") });
      all.push(one);
      at = Math.max(at, one.end);
    }
    if (at < width) all.push({ start: at, end: width, value: say("timeline-unknown") });
    row.lanes[0] = all;
    row.lanes.slice(1).forEach((lane) => lane.sort((one, other) => one.start - other.start));
    read.set(svg, row);
    return row;
  };

  // The last one that begins at or before a place.
  const indexAt = (lane, x) => {
    let low = 0;
    let high = lane.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane[middle].start <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  const millis = (row, x) => row.from + x * row.unit;
  const twoDigits = (number) => String(number).padStart(2, "0");
  const offsetAt = (at) => (offsets.findLast(([from]) => from <= at) ?? offsets[0])[1];
  const offsetText = (seconds) => {
    const size = Math.abs(seconds);
    const rest = size % 60 ? `:${twoDigits(size % 60)}` : "";
    return `${seconds < 0 ? "-" : "+"}${twoDigits(Math.floor(size / 3600))}:${twoDigits(Math.floor(size / 60) % 60)}${rest}`;
  };
  const clock = (at) => {
    const offset = offsetAt(at);
    const local = new Date(at + offset * 1000);
    // A time that the clocks show twice has its offset.
    const isTwice = offsets.some(([, other]) => other !== offset && offsetAt(at + (offset - other) * 1000) === other);
    const date = say("timeline-date", {
      weekday: say(`timeline-weekday-${local.getUTCDay()}`),
      year: local.getUTCFullYear(),
      month: twoDigits(local.getUTCMonth() + 1),
      day: twoDigits(local.getUTCDate()),
    });
    const time = `${twoDigits(local.getUTCHours())}:${twoDigits(local.getUTCMinutes())}:${twoDigits(local.getUTCSeconds())}`;
    return { date, time: isTwice ? time + offsetText(offset) : time };
  };
  const between = (row, start, end) => {
    const from = clock(millis(row, start));
    const to = clock(millis(row, end));
    const last = from.date === to.date ? to.time : `${to.date} ${to.time}`;
    return say("timeline-from-to", { from: `${from.date} ${from.time}`, to: last });
  };

  const describe = (svg, x) => {
    const row = rowOf(svg);
    const index = indexAt(row.lanes[0], x);
    const here = row.lanes[0][index];
    if (!here || x >= here.end) return null;
    const parts = [`${svg.dataset.name}: ${here.value}, ${between(row, here.start, here.end)}`];
    const doubted = row.doubt.get(here.start);
    if (doubted !== undefined) {
      const [from, to] = [doubted, here.start].map((place) => clock(millis(row, place)).time);
      parts.push(say("timeline-began-between", { from, to }));
    }
    if (row.presumed.some(([start, end]) => x >= start && x < end)) parts.push(say("timeline-presumed"));
    row.lanes.slice(1).forEach((lane, place) => {
      const other = lane[indexAt(lane, x)];
      if (other && x < other.end) parts.push(`${lanes[place + 1]} ${other.value}`);
    });
    return { text: parts.join("; "), here, index, row };
  };

  // What is told of a moment of the band above the bars.
  const describeBand = (svg, x) => {
    const at = millis({ from: Number(svg.dataset.from), unit: Number(svg.dataset.unit) }, x);
    const steps = JSON.parse(svg.dataset.steps);
    const step = steps.find(([start, end]) => x >= start && x < end);
    const when = clock(at);
    if (!step) return say("timeline-nothing-counts", { time: `${when.date} ${when.time}` });
    const [start, end, sure, least, most, possible] = step;
    const row = { from: Number(svg.dataset.from), unit: Number(svg.dataset.unit) };
    const count = least === most ? `${least}` : say("timeline-from-to", { from: least, to: most });
    const isExact = sure === least && possible === most;
    const values = { value: svg.dataset.value, count, sure, possible, range: between(row, start, end) };
    return say(isExact ? "timeline-together" : "timeline-together-bounds", values);
  };

  // A line through everything at the pointer's time, and what is told beside the pointer.
  const frame = picture.closest(".picture-frame") ?? picture.parentElement;
  const crosshair = document.createElement("div");
  crosshair.className = "crosshair";
  crosshair.hidden = true;
  frame.append(crosshair);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const follow = (event, text) => {
    crosshair.hidden = false;
    crosshair.style.left = `${event.clientX - frame.getBoundingClientRect().left}px`;
    tip.textContent = text;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
    const top = event.clientY + 18 + height > innerHeight ? event.clientY - 12 - height : event.clientY + 18;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${Math.max(top, 4)}px`;
  };
  const leave = () => {
    crosshair.hidden = true;
    tip.hidden = true;
  };
  frame.addEventListener("pointerleave", leave);
  addEventListener("scroll", leave, { passive: true });

  // Marks what is told of.
  let mark = null;
  const select = (svg, told) => {
    mark?.remove();
    mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
    mark.setAttribute("class", "selected");
    mark.setAttribute("fill", "none");
    mark.setAttribute("d", `M${told.here.start} 1H${told.here.end}V39H${told.here.start}z`);
    svg.append(mark);
    detail.textContent = told.text;
  };

  const placeOf = (svg, event) => {
    const box = svg.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999999);
    return part * svg.viewBox.baseVal.width;
  };
  const iso = (at) => new Date(at).toISOString();
  const go = (address, from, to, hash) => {
    const target = new URL(address, location.href);
    target.searchParams.set("from", iso(from));
    target.searchParams.set("to", iso(to));
    target.hash = hash;
    location.assign(target);
  };
  const events = (svg, told) => {
    const { row, here } = told;
    // The event that began it stands at its very beginning.
    go(svg.dataset.events, millis(row, here.start) - 1000, millis(row, here.end) + 1000, "changes");
  };
  // Why that is known of this moment; of a day, what it was made of.
  const prove = (svg, x) => {
    if (svg.dataset.days) {
      const row = rowOf(svg);
      const day = row.lanes[0][indexAt(row.lanes[0], x)];
      if (day) go(svg.dataset.events, millis(row, day.start), millis(row, day.end), "");
      return;
    }
    const target = new URL(svg.dataset.explain, location.href);
    target.searchParams.set("time", iso(Math.floor(millis(rowOf(svg), x))));
    location.assign(target);
  };
  const closer = (row, start, end) => {
    const from = millis(row, start);
    const to = Math.max(millis(row, end), from + 1000);
    go(picture.dataset.span, from, to, "");
  };

  // The pointer: look, drag to look closer, click for the events.
  let drag = null;
  let shown = "";
  const chosen = document.createElementNS("http://www.w3.org/2000/svg", "path");
  chosen.setAttribute("class", "chosen");
  const isDragged = (event) => drag && Math.abs(event.clientX - drag.clientX) > 6;
  picture.addEventListener("pointermove", (event) => {
    const band = event.target.closest("svg.levels");
    if (band && !drag) {
      const text = describeBand(band, placeOf(band, event));
      detail.textContent = text;
      follow(event, text);
      return;
    }
    const svg = drag?.svg ?? event.target.closest("svg.bars");
    if (!svg) return leave();
    const x = placeOf(svg, event);
    if (isDragged(event)) {
      const [start, end] = [Math.min(x, drag.x), Math.max(x, drag.x)];
      chosen.setAttribute("d", `M${start} 0H${end}V40H${start}z`);
      svg.append(chosen);
      const text = say("timeline-show-details", { range: between(rowOf(svg), start, end) });
      detail.textContent = text;
      follow(event, text);
      return;
    }
    const told = describe(svg, x);
    if (!told) return;
    select(svg, told);
    follow(event, told.text);
  });
  picture.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest("svg.bars");
    if (svg && event.button === 0 && event.pointerType !== "touch") drag = { svg, clientX: event.clientX, x: placeOf(svg, event) };
  });
  addEventListener("pointerup", (event) => {
    const was = drag;
    drag = null;
    chosen.remove();
    if (!was || Math.abs(event.clientX - was.clientX) <= 6) return;
    const x = placeOf(was.svg, event);
    was.svg.dataset.dragged = "yes";
    closer(rowOf(was.svg), Math.min(x, was.x), Math.max(x, was.x));
  });
  picture.addEventListener("click", (event) => {
    const svg = event.target.closest("svg.bars");
    if (!svg || svg.dataset.dragged) return;
    const x = placeOf(svg, event);
    const told = describe(svg, x);
    if (!told) return;
    // A finger shows first and opens then: it cannot point without touching.
    const isTouch = event.pointerType === "touch";
    const key = `${bars.indexOf(svg)} ${told.here.start}`;
    if (isTouch && shown !== key) {
      shown = key;
      select(svg, told);
      follow(event, say("timeline-tap-again", { told: told.text }));
      return;
    }
    prove(svg, x);
  });

  // The wheel with Ctrl, and two fingers on a touch pad, which browsers tell as the same: closer around the pointer, or farther.
  let isZooming = false;
  picture.addEventListener("wheel", (event) => {
    const svg = event.target.closest("svg.bars");
    if (!svg || !event.ctrlKey) return;
    event.preventDefault();
    if (isZooming || !event.deltaY) return;
    isZooming = true;
    if (event.deltaY > 0) {
      document.querySelector("a[data-zoom=out]")?.click();
      return;
    }
    const row = rowOf(svg);
    const x = placeOf(svg, event);
    closer(row, Math.max(x - row.width / 4, 0), Math.min(x + row.width / 4, row.width));
  }, { passive: false });
  addEventListener("pageshow", () => { isZooming = false; });

  // The legend: a click hides the bars of a value, and shows them again.
  for (const entry of document.querySelectorAll("#legend li[data-lane]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = say("timeline-show-or-hide");
    button.setAttribute("aria-pressed", "true");
    button.append(...entry.childNodes);
    entry.append(button);
    const { lane, value } = entry.dataset;
    button.addEventListener("click", () => {
      const isShown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(isShown));
      for (const path of picture.querySelectorAll("path[data-lane]")) {
        if (path.dataset.lane === lane && path.dataset.value === value) path.classList.toggle("off", !isShown);
      }
    });
  }

  // The keyboard: one bar can be reached by Tab; arrows go along it and from row to row.
  let place = 0;
  const settle = (svg, index) => {
    const row = rowOf(svg);
    place = Math.min(Math.max(index, 0), row.lanes[0].length - 1);
    const here = row.lanes[0][place];
    const told = describe(svg, here.start);
    select(svg, told);
    svg.setAttribute("aria-valuemax", String(row.lanes[0].length - 1));
    svg.setAttribute("aria-valuenow", String(place));
    svg.setAttribute("aria-valuetext", told.text);
    return told;
  };
  bars.forEach((svg, index) => {
    svg.setAttribute("role", "slider");
    svg.setAttribute("aria-valuemin", "0");
    svg.setAttribute("aria-valuemax", "0");
    svg.setAttribute("aria-valuenow", "0");
    svg.setAttribute("tabindex", index === 0 ? "0" : "-1");
    svg.addEventListener("focus", () => settle(svg, place));
    svg.addEventListener("keydown", (event) => {
      const row = rowOf(svg);
      const here = row.lanes[0][Math.min(place, row.lanes[0].length - 1)];
      const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[event.key];
      const other = { ArrowDown: bars[index + 1], ArrowUp: bars[index - 1] }[event.key];
      if (step) settle(svg, place + step);
      else if (event.key === "Home") settle(svg, 0);
      else if (event.key === "End") settle(svg, row.lanes[0].length - 1);
      else if (other) {
        const there = rowOf(other);
        const at = (millis(row, here.start) - there.from) / there.unit;
        place = Math.max(indexAt(there.lanes[0], at), 0);
        svg.setAttribute("tabindex", "-1");
        other.setAttribute("tabindex", "0");
        other.focus();
      } else if (event.key === "Enter") prove(svg, Math.min(here.start + 1, here.end));
      else if (event.key === "e") events(svg, settle(svg, place));
      else if (event.key === "-") document.querySelector("a[data-zoom=out]")?.click();
      else if (event.key === "+") closer(row, here.start - (here.end - here.start) * 0.1, here.end + (here.end - here.start) * 0.1);
      else return;
      event.preventDefault();
    });
  });
})();
