// What the page does by itself. It returns what the fields begin with: the interface in the browser's language, and what
// stood there before a reload. An answer of the server would come late, and undo what a quick visitor has chosen.
() => {
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
      return { ...byDefault, ...JSON.parse(sessionStorage.getItem(KEPT)) };
    } catch {  // no storage, or not ours
      return byDefault;
    }
  };
  const name = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  const { visit = name(), locale, text, source, target, translation, of, running } = kept();
  const begin = [visit, locale, text, source, target, translation];
  if (window.hymt) return begin;
  const box = (selector) => document.querySelector(selector);

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
  for (const kind of ["focusin", "click"]) {
    document.addEventListener(kind, ({ target }) => searched(target) && target.select());
  }
  document.addEventListener("input", ({ target }) => {
    if (target.closest("#source-text")) {
      target.style.unicodeBidi = target.value.length > 50000 ? "isolate" : "";  // a long line takes minutes otherwise
      mark();
    }
    const keydown = new KeyboardEvent("keydown", { key: "Unidentified", bubbles: true });
    if (searched(target)) setTimeout(() => target.dispatchEvent(keydown));
  });

  // -- what the translation is of ------------------------------------------------------------------------
  // One that is of another text or other languages than those that stand there now is dimmed, and says so.
  const chosen = { source, target };
  let shown = translation;  // the value of the translation's box
  let translated = of;  // the text and languages that it is of
  let pressed = running.length ? of : undefined;  // those of the translation that was asked for last
  const current = () => ({ ...chosen, text: box("#source-text textarea").value });
  const equal = (a, b) => a.source === b.source && a.target === b.target && a.text === b.text;
  const mark = () => {
    const former = Boolean(shown.parts.length && translated && !equal(translated, current()));
    box("#target-text").classList.toggle("former", former);
  };
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".hymt-correct")) box("#source input").focus();
    if (target.closest("#translate")) pressed = current();
    if (target.closest("#swap-languages")) pressed = undefined;
  }, true);
  document.addEventListener("hymt-drawn", ({ detail }) => {
    shown = detail;
    if (pressed) translated = pressed;
    setTimeout(() => {
      if (!pressed) translated = current();  // exchanged: all fields are there by now
      mark();
    });
  });

  // -- a reload ------------------------------------------------------------------------------------------
  // What stands in the text tab is kept by the browser, for this window only. Work goes on for a while, and is found
  // again by the visit's name.
  const WORK = { "stop": "resume-text", "stop-document": "resume-document" };
  const busy = () => Object.keys(WORK).filter((id) => document.getElementById(id)?.disabled === false);
  addEventListener("pagehide", () => {
    const locale = box("#interface input:checked")?.value ?? byDefault.locale;
    const now = { visit, ...current(), locale, translation: shown, of: pressed ?? translated, running: busy() };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(now));
    } catch {  // too long for the browser
      sessionStorage.setItem(KEPT, JSON.stringify({ visit, locale, running: now.running }));
    }
  });
  const resume = () => {
    if (box("#visit textarea, #visit input")?.value !== visit) return setTimeout(resume, 50);  // not filled in yet
    for (const id of running) document.getElementById(WORK[id])?.click();
  };
  if (running.length) resume();

  // -- progress in the title -----------------------------------------------------------------------------
  const title = document.title;
  setInterval(() => {
    const bar = busy().length && box("#figures [role=progressbar], #progress [role=progressbar]");
    document.title = bar ? `${Math.floor(bar.ariaValueNow)}% · ${title}` : title;
  }, 1000);

  // -- the shared model ----------------------------------------------------------------------------------
  let followed, asking = false;
  const look = async () => {
    if (document.hidden || asking) return;
    asking = true;  // of a slow server one answer is awaited, not one more each second
    const locale = box("#interface input:checked")?.value ?? byDefault.locale;
    try {
      const answer = await fetch(`live?locale=${locale}`);
      if (!answer.ok) return;
      const { panel, variant } = await answer.json();
      box("#live").innerHTML = panel;
      if (followed === (followed = JSON.stringify(variant))) return;
      box("#follow").click();
    } catch {  // the server is away for a moment, or for good
    } finally {
      asking = false;
    }
  };
  look();
  setInterval(look, 1000);
  box("#interface").addEventListener("change", look);
  document.addEventListener("visibilitychange", look);

  window.hymt = {
    choose(source, target) {
      Object.assign(chosen, { source, target });
      mark();
    },
  };
  return begin;
}
