"use strict";
// Paper is light and shows what is folded, but for tables that stand elsewhere, too.
const folded = [];
addEventListener("beforeprint", () => {
  document.documentElement.classList.add("print");
  for (const details of document.querySelectorAll("details:not([open], .bulk)")) {
    folded.push(details);
    details.open = true;
  }
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("print");
  for (const details of folded.splice(0)) details.open = false;
});
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      source.closest("details")?.setAttribute("open", "");
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: copy it with your keyboard";
    }
    setTimeout(() => { button.textContent = label; }, 2500);
  });
}
