"""Colours, type and spacing. System fonts only: the page fetches nothing from elsewhere."""

from __future__ import annotations

import gradio as gr

from hymt.compare import differences

SANS = [
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Noto Sans CJK SC",
    "PingFang SC",
    "sans-serif",
]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def theme() -> gr.themes.Base:
    soft = gr.themes.Soft(
        primary_hue="indigo",
        secondary_hue="indigo",
        neutral_hue="slate",
        font=SANS,
        font_mono=MONO,
        radius_size="md",
    )
    return soft.set(
        # light enough to be read by all: 4.5:1 at least (WCAG 2.2, 1.4.3)
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_label_background_fill_selected="*primary_600",
        slider_color="*primary_600",
        checkbox_border_color="*neutral_400",
        layout_gap="10px",
        block_padding="8px 12px",
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*body_text_color_subdued",
        block_title_text_color_dark="*body_text_color_subdued",
        block_title_padding="0",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*body_text_color_subdued",
        block_label_text_color_dark="*body_text_color_subdued",
        block_label_text_weight="500",
        block_label_shadow="none",
        block_title_text_weight="500",
        button_secondary_border_color="*border_color_primary",
        button_secondary_border_color_dark="*border_color_primary",
        button_border_width="1px",
        block_border_width="1px",
        block_border_width_dark="1px",
    )


CSS = (
    """
.gradio-container { --box-height: clamp(9rem, 100svh - 26rem, 32rem); --strip-height: 2.4rem; --edge: 1.2rem;
  /* nested, as Gradio lets the rules of a media query reach only what is inside `main` */
  @media (max-width: 640px) { --box-height: clamp(7rem, 100svh - 29rem, 16rem); --strip-height: 3.2rem; --edge: .7rem; } }
.gradio-container .main { max-width: 1280px; margin: 0 auto; padding: .6rem var(--edge) calc(var(--strip-height) + .6rem) !important; }
.html-container { padding: 0 !important; }
html { scroll-padding-bottom: 3.5rem; }  /* what has the focus is not behind the strip */
.dark { --color-accent: var(--primary-400); }  /* the theme has one for both */
footer { margin-top: .8rem !important; }
button:focus-visible { outline: 2px solid var(--color-accent) !important; outline-offset: 2px; }
/* Gradio draws the page part by part, each pushing others about: it is shown when the page's script finds it complete,
   or after a while without that script */
html:not(.hymt-ready) .gradio-container { visibility: hidden; animation: hymt-appear 0s 6s forwards; }
html:not(.hymt-ready) .gradio-container > .main > .wrap.default { visibility: visible; position: fixed !important; }
@keyframes hymt-appear { to { visibility: visible; } }
.hymt-hidden { display: none !important; }
#header { align-items: center; }
#header, #header .block, #header .html-container { overflow: visible !important; }
.hymt-title { position: relative; z-index: 6; display: flex; align-items: baseline; gap: .7rem; }
.hymt-title h1 { margin: 0 !important; font-size: 1.55rem; letter-spacing: -.01em; }
.hymt-title p { margin: 0; color: var(--body-text-color-subdued); }
#interface { min-width: 190px !important; max-width: 210px; margin-left: auto; }
#interface .wrap { flex-wrap: nowrap; justify-content: flex-end; gap: .35rem; }
#interface label { padding: .3rem .6rem; font-size: .85rem; }
#stop-loading { white-space: nowrap; min-width: fit-content !important; }
#languages { display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr); gap: .6rem; align-items: center; }
#languages .block { padding-block: 5px 7px; }
#languages [data-testid=block-info] { margin-bottom: 2px; }
#swap-languages { width: 2.75rem !important; height: 2.75rem; padding: 0; font-size: 0; }
#swap-languages::before { content: "⇄" / ""; font-size: 1.15rem; }
.block input[role=combobox] { height: auto; line-height: 1.5; text-overflow: ellipsis; }  /* Gradio's 16px cut the descenders */
/* a grid: in flex boxes within flex boxes each change of a neighbour lays out all of a long text, 130 ms a megabyte */
#work { display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; }
/* boxes of one height, which neither grow with their text nor push the button under them out of the window */
#source-text textarea, .hymt-output { height: var(--box-height) !important; overflow: auto !important; font-size: 1.05rem; line-height: 1.6; }
#figures { min-height: 6.2em; }
#counts, #plan { min-height: 1.5em; }
#about-text { min-height: 1.6em; flex-wrap: nowrap; align-items: center; gap: .6rem; }
#about-text > * { min-width: 0 !important; }
#about-text #counts { flex: 1 1 0; }
#about-text #markdown { flex: 0 0 auto; width: auto; padding: 0; border: 0; background: none; box-shadow: none; }
#markdown label { padding: 0; font-size: .9rem; line-height: 1.5; }
#file > label { overflow-wrap: anywhere; padding-inline-end: 4.5rem; }
#announcer { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
html:not(.hymt-notifies) #notify { display: none !important; }
#target-text { border: 1px solid var(--block-border-color); border-radius: var(--block-radius); padding: var(--block-padding); background: var(--block-background-fill); }
.hymt-output-head { display: flex; gap: .4rem; align-items: center; height: 1.75rem; }
#source-text [data-testid=block-info] { display: block; height: 1.75rem; margin: 0; line-height: 1.75rem; }
.hymt-output-head .name { color: var(--body-text-color-subdued); font-weight: 500; font-size: var(--block-title-text-size); }
.hymt-output-head .former { flex: 1; color: var(--body-text-color-subdued); font-size: .85rem; visibility: hidden; }
.hymt-output-head button { margin: 0; padding: .1rem .55rem; border: 1px solid var(--border-color-primary); border-radius: 6px;
  background: var(--background-fill-primary); color: var(--body-text-color); font-size: .85rem; }
.hymt-output-head button:disabled { opacity: .45; cursor: default; }
.hymt-output-head button.done::after { content: " ✓"; }
.hymt-output { box-sizing: border-box; padding: var(--input-padding);
  border: 1px solid var(--border-color-primary); border-radius: var(--input-radius); background: var(--input-background-fill);
  box-shadow: var(--input-shadow); white-space: pre-wrap; overflow-wrap: anywhere; }
.hymt-output:empty::before { content: attr(data-placeholder); color: var(--input-placeholder-color); }
.hymt-output > div { content-visibility: auto; contain-intrinsic-block-size: auto 40rem; }
.hymt-output .source { opacity: .5; }
.former .hymt-output { opacity: .5; }
.former .hymt-output-head .former { visibility: visible; }
#source-text textarea { unicode-bidi: plaintext; }
.hymt-line { min-height: 1.5em; color: var(--body-text-color-subdued); font-size: .9rem; line-height: 1.5; }
.hymt-line .good { color: var(--body-text-color); }
.prose button.hymt-correct { padding: 0; border: 0; background: none; box-shadow: none; text-decoration: underline;
  color: inherit; font: inherit; }
.hymt-line .bad { color: #b42318; font-weight: 500; }
.dark .hymt-line .bad { color: #fda29b; }
.hymt-notice { border: 1px solid var(--border-color-primary); border-left: 4px solid #f59e0b; border-radius: 8px;
  padding: .35rem .7rem; font-size: .82rem; line-height: 1.4; background: var(--background-fill-secondary); }
.hymt-progress { height: 10px; border-radius: 5px; overflow: hidden; background: var(--border-color-primary); margin: .3rem 0; }
.hymt-progress > div { height: 100%; background: var(--color-accent); transition: width .2s; }
.hymt-rows { max-height: 460px; overflow: auto; border: 1px solid var(--border-color-primary); border-radius: 8px; }
.hymt-rows table { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: .95rem; margin: 0; border: 0; }
.hymt-rows tr { border: 0 !important; }
.hymt-rows th, .hymt-rows td { padding: .4rem .7rem; border: 0 !important; text-align: start; overflow-wrap: anywhere;
  vertical-align: top; }
.hymt-rows th:first-child, .hymt-rows td:first-child { width: 3.6em; text-align: end; color: var(--body-text-color-subdued); }
.hymt-rows td { border-top: 1px solid var(--border-color-primary) !important; }
.hymt-rows th { position: sticky; top: 0; background: var(--background-fill-secondary); font-weight: 600; }
.hymt-rows th:last-child, .hymt-rows td:last-child { width: 2.9em; padding-inline: .3rem; text-align: center; }
.hymt-rows th:last-child span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.hymt-rows tr.edited td:nth-child(3) { box-shadow: inset 3px 0 var(--color-accent); }
.prose button.hymt-edit { min-width: 1.75rem; height: 1.75rem; padding: 0; border: 1px solid transparent; border-radius: 6px;
  background: none; box-shadow: none; color: var(--body-text-color-subdued); font-size: 1rem; line-height: 1; }
.prose button.hymt-edit:is(:hover, :focus-visible) { border-color: var(--border-color-primary); color: var(--body-text-color); }
.hymt-pages { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: center; margin-top: .4rem; }
.hymt-downloads { display: flex; flex-wrap: wrap; gap: .3rem .5rem; align-items: center; }
.hymt-downloads > span { color: var(--body-text-color-subdued); font-size: .9rem; margin-inline-start: .4rem; }
.prose :is(a, button).hymt-small { display: inline-block; padding: .2rem .6rem; border: 1px solid var(--border-color-primary);
  border-radius: 6px; background: var(--background-fill-primary); color: var(--body-text-color); box-shadow: none;
  margin: 0; font-size: .9rem; font-weight: 400; line-height: 1.5; text-decoration: none; }
.prose :is(a, button).hymt-small:is(:hover, :focus-visible) { background: var(--background-fill-secondary); }
.prose :is(a[aria-disabled], button:disabled).hymt-small { opacity: .45; cursor: default; }
#edited { min-height: 1.5em; }
#plan { max-height: 7.5em; overflow: auto; }
.prose ul.hymt-files { list-style: none; margin: 0 0 .5rem; padding: 0; max-height: 16rem; overflow: auto;
  border: 1px solid var(--border-color-primary); border-radius: 8px; }
.hymt-files li { display: grid; grid-template-columns: minmax(6rem, 2fr) minmax(3rem, 1fr) minmax(5rem, 1.4fr) auto;
  gap: .6rem; align-items: center; margin: 0; padding: .3rem .6rem; font-size: .9rem; }
.hymt-files li + li { border-top: 1px solid var(--border-color-primary); }
.hymt-files .hymt-progress { display: block; margin: 0; }
.hymt-files .hymt-progress > span { display: block; height: 100%; background: var(--color-accent); }
.hymt-files .state { color: var(--body-text-color-subdued); overflow-wrap: anywhere; }
.hymt-files .state.bad { color: #b42318; } .dark .hymt-files .state.bad { color: #fda29b; }
.prose button.hymt-file { padding: .15rem .3rem; border: 0; background: none; box-shadow: none; text-align: start;
  color: var(--body-text-color); font-size: .9rem; font-weight: 400; text-decoration: underline; overflow-wrap: anywhere; }
.prose button.hymt-file:disabled { text-decoration: none; color: var(--body-text-color-subdued); }
.prose button.hymt-file[aria-current] { font-weight: 600; }
#editor-dialog { width: min(42rem, 92vw); margin: auto !important; padding: 1rem; border: 1px solid var(--border-color-primary); border-radius: 10px;
  background: var(--background-fill-primary); color: var(--body-text-color); }
#editor-dialog::backdrop { background: rgb(0 0 0 / .45); }
#editor-dialog h2 { margin: 0 0 .5rem; font-size: var(--text-lg); }
#editor-dialog .source { max-height: 9rem; overflow: auto; margin: 0 0 .5rem; color: var(--body-text-color-subdued);
  white-space: pre-wrap; overflow-wrap: anywhere; }
#editor-dialog textarea { box-sizing: border-box; width: 100%; padding: var(--input-padding); resize: vertical;
  border: 1px solid var(--border-color-primary); border-radius: var(--input-radius); background: var(--input-background-fill);
  color: var(--body-text-color); font-size: 1.05rem; line-height: 1.5; }
.hymt-comparison { overflow: auto; width: 0; min-width: 100%; }  /* a wide table must not widen the page */
.hymt-comparison tr { border: 0 !important; }
.hymt-comparison table { border-collapse: collapse; font-size: .95rem; margin: .3rem 0; }
.hymt-comparison th, .hymt-comparison td { padding: .4rem .7rem; text-align: start; vertical-align: top;
  border: 1px solid var(--border-color-primary) !important; }
.hymt-comparison th { background: var(--background-fill-secondary); font-weight: 600; }
.hymt-comparison.figures td { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.hymt-comparison.figures td.text { text-align: start; white-space: normal; min-width: 6em; }
.hymt-comparison.texts { max-height: 560px; }
.hymt-comparison.texts table { width: 100%; }
.hymt-comparison.texts td { min-width: 9em; white-space: pre-wrap; overflow-wrap: anywhere; }
.hymt-comparison.texts th { position: sticky; top: 0; }
.hymt-comparison .same { color: var(--body-text-color-subdued); }
.hymt-comparison .same::before { content: "= "; }
.hymt-variant { font-size: .9rem; line-height: 1.5; }
.hymt-variant b { font-weight: 600; white-space: nowrap; }
.hymt-variant .bad { color: #b42318; } .dark .hymt-variant .bad { color: #fda29b; }
.hymt-memory { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .6rem; }
.hymt-memory .cell { border: 1px solid var(--border-color-primary); border-radius: 8px; padding: .5rem .7rem;
  background: var(--background-fill-secondary); }
.hymt-memory .name { color: var(--body-text-color-subdued); font-size: .8rem; }
.hymt-memory .value { font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.hymt-memory .more { color: var(--body-text-color-subdued); font-size: .8rem; }
.hymt-memory .bar { height: 5px; border-radius: 3px; background: var(--border-color-primary); margin-top: .35rem; overflow: hidden; }
.hymt-memory .bar > div { height: 100%; background: var(--color-accent); }
.hymt-device { margin: 0 0 .5rem; font-size: .92rem; }
.hymt-device span { color: var(--body-text-color-subdued); }
.hymt-chart { margin-top: .6rem; border: 1px solid var(--border-color-primary); border-radius: 8px; padding: .5rem .7rem; }
.hymt-chart svg { width: 100%; height: 110px; display: block; }
.hymt-chart .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .8rem; color: var(--body-text-color-subdued); }
.hymt-chart .key { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .35em; }
.hymt-chart path { fill: none; stroke: var(--body-text-color-subdued); stroke-width: 1; vector-effect: non-scaling-stroke; }
.hymt-chart path.job { stroke-dasharray: 2 3; }
.hymt-chart .marks { min-height: 1.4em; }
.hymt-chart .tick { display: inline-block; height: .8em; margin-right: .4em; border-left: 1px solid var(--body-text-color-subdued); }
.hymt-chart .tick.job { border-left-style: dotted; }
#memory-strip { position: fixed !important; inset: auto 0 0; z-index: 50; }
#strip { display: flex; align-items: center; justify-content: center; gap: .2rem 1rem; box-sizing: border-box; width: 100%;
  height: var(--strip-height); padding: 0 1rem; border: 0; border-top: 1px solid var(--border-color-primary);
  background: var(--background-fill-primary); color: var(--body-text-color-subdued); font-size: .82rem; font-weight: 400; line-height: 1.2;
  font-variant-numeric: tabular-nums; white-space: nowrap; cursor: pointer; }
#strip:hover, #strip:focus-visible { background: var(--background-fill-secondary); color: var(--body-text-color); }
#strip:focus-visible { outline-offset: -2px; }
#strip b { color: var(--body-text-color); font-weight: 600; }
#strip .bar { width: 7rem; height: 5px; border-radius: 3px; overflow: hidden; background: var(--border-color-primary); }
#strip .bar span { display: block; height: 100%; background: var(--color-accent); }
#strip .figures span { margin-inline-end: .8rem; }
#strip svg { width: 8rem; height: 1.6rem; }
#memory-heading, #memory-heading .html-container { overflow: visible; }
.hymt-heading { position: relative; z-index: 5; margin: 0 !important; font-size: var(--text-lg); font-weight: 600; outline: none; }
#side h2 { margin: 0; font-size: var(--text-lg); font-weight: 600; }
#live { min-height: 17rem; }
.hymt-tip button { padding: 0 .35rem; border: 0; background: none; box-shadow: none; color: var(--body-text-color-subdued); font-weight: 400; cursor: help; }
.hymt-tip [role=tooltip] { display: none; position: absolute; left: 0; top: 100%; width: min(30rem, 100%); padding: .6rem .8rem;
  border: 1px solid var(--border-color-primary); border-radius: 8px; background: var(--background-fill-primary);
  box-shadow: var(--shadow-drop-lg); font-size: .9rem; font-weight: 400; line-height: 1.45; }
.hymt-tip [role=tooltip] span { display: block; margin: .15rem 0; }
.hymt-tip [role=tooltip] b { font-weight: 600; }
.hymt-tip:is(:hover, :focus-within) [role=tooltip] { display: block; }
#examples .gallery { gap: .4rem; }
@media (max-width: 640px) {
  #header { flex-wrap: nowrap; }
  #header > .column { min-width: 0 !important; }
  .hymt-title p { display: none; }
  #languages { gap: .3rem; }
  #swap-languages { width: 2.2rem !important; }
  #languages .block { padding-inline: 7px; }
  #languages .wrap-inner { padding-inline: 7px; }
  #languages input { margin-inline: 0 1.2rem; }
  .hymt-notice { font-size: .8rem; }
  #strip { flex-wrap: wrap; align-content: center; justify-content: space-between; padding: 0 .7rem; font-size: .74rem; }
  #strip .figures span { margin-inline-end: .5rem; }
  #strip .bar { flex: 1; }
  #strip .figures { order: 1; flex: 1 0 100%; text-align: start; overflow: hidden; text-overflow: ellipsis; }
  #strip svg { width: 5rem; height: 1.1rem; }
  .hymt-comparison.texts thead { display: none; }
  .hymt-comparison.texts tr, .hymt-comparison.texts td { display: block; }
  .hymt-comparison.texts tr { margin-bottom: .6rem; }
  .hymt-comparison.texts td::before { content: attr(data-label) "  "; font-weight: 600; font-size: .8em; }
  .hymt-files li { grid-template-columns: 1fr 1fr auto; }
  .hymt-files .hymt-progress { display: none; }
  .hymt-memory { grid-template-columns: repeat(2, 1fr); }
  .hymt-memory .cell:last-child:nth-child(odd) { grid-column: 1 / -1; }
  footer .divider { display: none !important; }
}
"""
    + differences.CSS
)
