// The translation box. Runs in its component: `element`, `props` and `watch` are Gradio's.
//
// A translation comes in parts (see hymt/translation/parts.py). Only those that changed are drawn, and the browser lays
// out only those in sight, so that a text of a million characters costs no more than a short one.
const box = () => element.querySelector(".hymt-output");
let drawn = [];  // the runs of each part that stands there

const same = (part, other) =>
  part.length === other?.length && part.every(([text, source], i) => text === other[i][0] && source === other[i][1]);

const text = () => drawn.map((part) => part.map(([text]) => text).join("")).join("");

const fill = (place, part) => {
  place.replaceChildren(...part.map(([text, source]) => {
    const run = document.createElement("span");
    run.textContent = text;
    if (source) run.className = "source";
    return run;
  }));
};

const draw = () => {
  const output = box(), { parts = [], lang = "", dir = "auto" } = props.value ?? {};
  if (output.childElementCount !== drawn.length) drawn = [];  // its words were drawn anew
  const following = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
  Object.assign(output, { lang, dir });
  while (output.childElementCount > parts.length) output.lastChild.remove();
  parts.forEach((part, i) => {
    if (i < drawn.length && same(part, drawn[i])) return;
    fill(output.children[i] ?? output.appendChild(document.createElement("div")), part);
  });
  drawn = parts.map((part) => part.map((run) => [...run]));  // a copy: Gradio writes what comes next into its own
  if (following) output.scrollTop = output.scrollHeight;
  for (const button of element.querySelectorAll("button")) button.disabled = !parts.length;
  element.dispatchEvent(new CustomEvent("hymt-drawn", { bubbles: true, detail: { parts: drawn, lang, dir } }));
};

const copy = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const hidden = document.body.appendChild(document.createElement("textarea"));  // without https there is no clipboard
  hidden.value = text;
  hidden.select();
  document.execCommand("copy");
  hidden.remove();
};

const save = (text) => {
  const link = document.createElement("a"), lang = box().lang;
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = lang ? `translation.${lang}.txt` : "translation.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

element.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (button?.classList.contains("save")) save(text());
  if (!button?.classList.contains("copy")) return;
  await copy(text());
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
});

watch(["value", "words"], draw);
draw();
