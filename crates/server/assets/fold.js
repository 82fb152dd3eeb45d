"use strict";
// On a narrow screen the answer comes first: what it is narrowed to is folded away, a tap opens it. Without script it is open.
for (const fold of document.querySelectorAll("details.fold")) {
  if (matchMedia("(max-width: 700px)").matches) fold.open = false;
}
