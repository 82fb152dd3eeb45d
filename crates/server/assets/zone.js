"use strict";
// Offers the browser's own time zone, by name only: the server computes local time, since browsers' zone data is often old.
const form = document.getElementById("zone-form");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (form && own && own !== form.elements.zone.value) {
  const button = document.createElement("button");
  button.type = "submit";
  button.textContent = `Show in ${own}`;
  button.addEventListener("click", () => { form.elements.zone.value = own; });
  form.append(button);
}
