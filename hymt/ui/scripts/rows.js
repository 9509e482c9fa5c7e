// The rows of a document, its files, and the dialog in which a row is changed. Runs in the rows' component: `element` is
// Gradio's. The server draws them anew as the work goes on, so what is pressed is found by what it is.
const ask = (what) => {
  window.hymt.asked.push(JSON.stringify(what));
  document.querySelector("#ask-document").click();
};
const number = (button, name) => Number(button.dataset[name]);

// -- changing a row ----------------------------------------------------------------------------------------
const change = (button) => {
  const dialog = document.querySelector("#editor-dialog");
  const [, source, target] = button.closest("tr").children;
  const whole = (cell) => cell.dataset.raw ?? cell.textContent;
  const box = dialog.querySelector("textarea"), before = whole(target);
  dialog.querySelector(".source").textContent = whole(source);
  dialog.querySelector(".source").lang = source.lang;
  Object.assign(box, { value: before, lang: target.lang, dir: target.dir });
  const [file, block] = [number(button, "file"), number(button, "block")];
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "save" && box.value !== before) ask({ file, block, text: box.value });
    // the table may have been drawn anew meanwhile
    element.querySelector(`.hymt-edit[data-block="${block}"]`)?.focus();
  };
  box.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.close("save");
  };
  dialog.showModal();
  box.focus();
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest(".hymt-edit, .hymt-page, .hymt-file");
  if (!button) return;
  if (button.matches(".hymt-edit")) return change(button);
  ask({ file: number(button, "file"), first: number(button, "first") || 0 });
});
element.addEventListener("dblclick", ({ target }) => {
  const button = target.closest("tbody tr")?.querySelector(".hymt-edit");
  if (button && target.closest("td[lang]:nth-child(3)")) change(button);
});

// one stop for Tab in a table of two hundred buttons; the arrows go from row to row
element.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".hymt-edit")) return;
  event.preventDefault();
  const all = [...element.querySelectorAll(".hymt-edit")];
  all[all.indexOf(event.target) + step]?.focus();
});
const one = (current) => {
  for (const button of element.querySelectorAll(".hymt-edit")) button.tabIndex = button === current ? 0 : -1;
};
element.addEventListener("focusin", ({ target }) => target.matches(".hymt-edit") && one(target));
const first = () => element.querySelector(".hymt-edit[tabindex='0']") ?? one(element.querySelector(".hymt-edit"));
new MutationObserver(first).observe(element, { childList: true, subtree: true });
first();
