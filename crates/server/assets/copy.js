"use strict";
// "Copy": puts the command that is shown beside the button on the clipboard. The button is there only with script.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  button.hidden = !source;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = say("copied");
    } catch {
      // Not allowed here (no secure connection): select it, so that the usual keys copy it.
      getSelection().selectAllChildren(source);
      button.textContent = say("selected");
    }
  });
}
