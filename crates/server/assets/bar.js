"use strict";
// The bar on top of a page. What is chosen with the pointer is applied at once; by keyboard with Enter, since arrow keys and
// digits pass values that nobody wants. What is left empty is not sent. Without script a button applies everything.
for (const form of document.querySelectorAll("form.bar, form.day")) {
  let isPointer = false;
  let isSent = false;
  addEventListener("pageshow", () => { isSent = false; });
  form.addEventListener("pointerdown", () => { isPointer = true; });
  form.addEventListener("keydown", (event) => {
    isPointer = false;
    if (event.key === "Enter" && event.target.matches("select")) form.requestSubmit();
  });
  form.addEventListener("change", (event) => {
    if (isPointer && event.target.matches("select, input[type=date]")) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  form.addEventListener("formdata", (event) => {
    const filled = [...event.formData].filter(([, value]) => value !== "");
    for (const name of [...event.formData.keys()]) event.formData.delete(name);
    for (const [name, value] of filled) event.formData.append(name, value);
  });
}
// On a narrow screen the answer comes first: what it is narrowed to is folded away, a tap opens it.
for (const fold of document.querySelectorAll("details.fold")) {
  if (matchMedia("(max-width: 700px)").matches) fold.open = false;
}
// Offers the browser's own time zone, by name only: the server computes local time, since browsers' zone data is often old.
const zone = document.querySelector("form.bar input[name=zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && own && own !== zone.value) {
  const button = document.createElement("button");
  button.type = "submit";
  button.textContent = say("bar-show-in-zone", { zone: own });
  button.addEventListener("click", () => { zone.value = own; });
  zone.form.querySelector("button").after(button);
}
// The slider: the same page as it was known earlier. It says where it is while it moves, and leads there when it rests.
for (const known of document.querySelectorAll("p.known")) {
  const stops = JSON.parse(known.dataset.stops);
  const range = known.querySelector("input");
  const told = known.querySelector("output");
  const isLast = () => Number(range.value) === stops.length - 1;
  known.hidden = false;
  const tell = () => {
    told.textContent = isLast() ? say("bar-now") : stops[range.value][1];
    range.setAttribute("aria-valuetext", told.textContent);
  };
  range.setAttribute("aria-valuetext", told.textContent);
  range.addEventListener("input", tell);
  let isPointer = false;
  const lead = () => {
    const target = new URL(known.dataset.address, location.href);
    if (!isLast()) target.searchParams.set("as-known-at", stops[range.value][0]);
    location.assign(target);
  };
  range.addEventListener("pointerdown", () => { isPointer = true; });
  range.addEventListener("keydown", (event) => {
    isPointer = false;
    if (event.key === "Enter") lead();
  });
  range.addEventListener("change", () => { if (isPointer) lead(); });
}
