// What the page does by itself. It returns what the fields begin with: the interface in the browser's language, and what
// stood there before a reload. An answer of the server would come late, and undo what a quick visitor has chosen.
() => {
  if (window.hymt) return window.hymt.now();  // Gradio loads anew what stands there
  const KEPT = "hymt";
  const byDefault = {
    locale: navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
    text: "",
    source: "auto",
    target: "en",
    translation: { parts: [], lang: "", dir: "auto" },
    running: [],
  };
  const kept = () => {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);  // a window that is doubled is another visit
      return { ...byDefault, ...found };
    } catch {  // no storage, or not ours
      return byDefault;
    }
  };
  const name = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  const { visit = name(), locale, text, source, target, translation, of, running } = kept();
  const begin = [visit, locale, text, source, target, translation];
  const box = (selector) => document.querySelector(selector);
  const language = () => box("#interface input:checked")?.value ?? locale;

  // -- keys ----------------------------------------------------------------------------------------------
  // Ctrl/Cmd+Enter translates, wherever the cursor is in the text box. A drop-down's text is selected when it is
  // entered, so that what is typed searches instead of being put in its middle; and it searches at every key pressed,
  // so what an input method writes has to be followed by one.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box(".hymt-tip button:focus")?.blur();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (!event.target.closest("#source-text")) return;
    event.preventDefault();
    box("#translate")?.click();
  });
  const searched = (target) => target.matches?.("#source input, #target input, #model input");
  let lastKey;
  document.addEventListener("keydown", (event) => {
    if (event.isTrusted) lastKey = event.key;
    // Gradio would take Tab for a search, and leave the list open behind who goes on
    if (event.key === "Tab" && event.target.matches?.("input[role=combobox]")) event.stopPropagation();
  }, true);
  for (const kind of ["focusin", "click"]) {
    document.addEventListener(kind, ({ target }) => searched(target) && target.select());
  }
  document.addEventListener("input", ({ target }) => {
    if (target.closest("#source-text")) {
      target.style.unicodeBidi = target.value.length > 50000 ? "isolate" : "";  // a long line takes minutes otherwise
      mark();
    }
    const keydown = new KeyboardEvent("keydown", { key: "Unidentified", bubbles: true });
    lastKey = undefined;
    if (searched(target)) setTimeout(() => lastKey === "Enter" || target.dispatchEvent(keydown));  // it has chosen
  });

  // -- what the translation is of ------------------------------------------------------------------------
  // One that is of another text or other languages than those that stand there now is dimmed, and says so.
  const chosen = { source, target };  // as their boxes said last: one may be searched at the moment
  let shown = translation;  // the value of the translation's box
  let translated = of;  // the text and languages that it is of
  let pressed = running.length ? of : undefined;  // those of the translation that was asked for last
  let exchanged = false;  // its fields follow one after the other, until the user touches one
  const current = () => {
    for (const place of ["source", "target"]) {
      const [, ...codes] = box(`#${place} input`).value.split(" · ");  // a label ends with the code
      if (codes.length) chosen[place] = codes.at(-1);
    }
    return { ...chosen, text: box("#source-text textarea").value };
  };
  const equal = (a, b) => a.source === b.source && a.target === b.target && a.text === b.text;
  const mark = () => {
    if (exchanged) translated = current();
    const former = Boolean(shown.parts.length && translated && !equal(translated, current()));
    box("#target-text").classList.toggle("former", former);
  };
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".hymt-correct")) box("#source input").focus();
    if (target.closest("#swap-languages")) [pressed, exchanged] = [undefined, true];
    if (target.closest("#translate, #examples, #source, #target")) exchanged = false;
    if (target.closest("#translate")) pressed = current();
  }, true);
  for (const kind of ["focusin", "input"]) {
    document.addEventListener(kind, ({ target }) => {
      if (target.closest("#source-text, #source, #target")) exchanged = false;
    }, true);
  }
  document.addEventListener("hymt-drawn", ({ detail }) => {
    shown = detail;
    if (pressed) translated = pressed;
    setTimeout(mark);
  });

  // -- a reload ------------------------------------------------------------------------------------------
  // What stands in the text tab is kept by the browser, for this window only. Work goes on for a while, and is found
  // again by the visit's name.
  const WORK = { "stop": "resume-text", "stop-document": "resume-document" };
  const busy = () => Object.keys(WORK).filter((id) => document.getElementById(id)?.disabled === false);
  addEventListener("pagehide", () => {
    const locale = language();
    const left = box("#rows table") ? ["stop-document"] : [];  // a translated document is shown again
    const work = [...new Set([...busy(), ...left])];
    const now = { visit, ...current(), locale, translation: shown, of: pressed ?? translated, running: work };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(now));
    } catch {  // too long for the browser
      sessionStorage.setItem(KEPT, JSON.stringify({ visit, locale, running: now.running }));
    }
  });
  const filledIn = new Promise((done) => {
    const look = () => (box("#visit textarea, #visit input")?.value === visit ? done() : setTimeout(look, 50));
    look();
  });
  filledIn.then(() => {
    for (const id of running) document.getElementById(WORK[id])?.click();
  });

  // -- what is told beside the page ----------------------------------------------------------------------
  // In the window's title how far work is; to who listens to the page what its lines say, once it has stood still for a
  // second; and where it was asked for, that a document is done.
  const LINES = ["figures", "counts", "plan", "progress", "swap-status", "compare-progress", "edited"];
  const PATIENCE = 15;  // seconds until what moves is told nevertheless
  const title = document.title, said = {};
  const announcer = document.body.appendChild(document.createElement("div"));
  announcer.id = "announcer";
  announcer.setAttribute("role", "status");
  const news = (id) => {
    const line = (said[id] ??= { text: "", told: "", moved: 0 });
    const text = Array.from(document.querySelectorAll(`#${id} .hymt-line`), (one) => one.textContent.trim()).join(" ");
    const moves = text !== line.text && ++line.moved < PATIENCE;
    line.text = text;
    if (moves || text === line.told) return "";
    Object.assign(line, { told: text, moved: 0 });
    return text;
  };
  const announce = () => {
    const all = LINES.map(news).filter(Boolean).join(" ");
    if (all) announcer.textContent = all;
  };
  let ended = false;  // a document's translation, within the last second
  new MutationObserver((records) => {
    ended ||= records.some(({ target }) => target.id === "stop-document" && target.disabled);
  }).observe(document.body, { subtree: true, attributeFilter: ["disabled"] });
  const notify = () => {
    if (!ended) return;
    ended = false;
    if (!box("#notify input")?.checked || document.hasFocus()) return;
    try {
      new Notification(title, { body: box("#progress .hymt-line")?.textContent }).onclick = () => focus();
    } catch {  // a browser that shows them to installed pages only
    }
  };
  setInterval(() => {
    const bar = busy().length && box("#figures [role=progressbar], #progress [role=progressbar]");
    document.title = bar ? `${Math.floor(bar.ariaValueNow)}% · ${title}` : title;
    announce();
    notify();
    box("#file button[aria-label^=Click]")?.removeAttribute("aria-label");  // other words than those that it shows
  }, 1000);
  document.documentElement.classList.toggle("hymt-notifies", "Notification" in window && isSecureContext);

  // -- the language of the interface ---------------------------------------------------------------------
  const speak = () => {
    document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
    return look();
  };

  // -- files dropped anywhere ----------------------------------------------------------------------------
  const ours = ({ target, dataTransfer }) => dataTransfer?.types.includes("Files") && !target.closest?.("#file");
  const soon = async (selector) => {
    while (!box(selector)) await new Promise(requestAnimationFrame);
    return box(selector);
  };
  const open = async (files) => {
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    (await soon("#document-tab-button")).click();
    await soon("#file");
    const clear = '#file button[aria-label="Clear"]';
    box(clear)?.click();
    while (box(clear)) await new Promise(requestAnimationFrame);  // its list has a field of its own, to add files
    const input = await soon("#file input[type=file]");
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("dragover", (event) => ours(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!ours(event)) return;
    event.preventDefault();  // the browser would leave the page for the file
    if (event.dataTransfer.files.length) open(event.dataTransfer.files);
  });

  // -- the shared model ----------------------------------------------------------------------------------
  let followed, asking = false;
  const look = async () => {
    if (document.hidden || asking) return;
    asking = true;  // of a slow server one answer is awaited, not one more each second
    try {
      const answer = await fetch(`live?locale=${language()}`);
      if (!answer.ok) return;
      const { panel, strip, variant } = await answer.json();
      box("#live").innerHTML = panel;
      box("#strip").innerHTML = strip;
      if (followed === (followed = JSON.stringify(variant))) return;
      box("#follow").click();
    } catch {  // the server is away for a moment, or for good
    } finally {
      asking = false;
    }
  };
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  box("#interface").addEventListener("change", speak);
  box("#strip").addEventListener("click", () => {
    box("#memory-heading").scrollIntoView();
    box("#memory-heading h2").focus({ preventScroll: true });
  });
  filledIn.then(speak).then(() => requestAnimationFrame(() => {
    document.documentElement.classList.add("hymt-ready");
    if (document.activeElement === document.body) box("#source-text textarea").focus();  // hidden, it could not be
  }));

  window.hymt = {
    mark,
    asked: [],  // of the server, by the rows of a document
    now() {
      const { text, source, target } = current();
      return [visit, language(), text, source, target, shown];
    },
  };
  return begin;
}
