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
.gradio-container { max-width: 1280px !important; margin: 0 auto !important; }
footer { opacity: .7; }
.hymt-hidden { display: none !important; }
#header { align-items: center; }
#header h1 { margin: 0; font-size: 1.55rem; letter-spacing: -.01em; }
#header p { margin: .1rem 0 0; color: var(--body-text-color-subdued); }
#interface { min-width: 190px !important; max-width: 210px; margin-left: auto; }
#interface .wrap { flex-wrap: nowrap; justify-content: flex-end; gap: .35rem; }
#interface label { padding: .3rem .6rem; font-size: .85rem; }
#swap-languages { min-width: 3rem !important; max-width: 3.5rem; align-self: center; height: 42px; font-size: 1.1rem; }
#languages { align-items: end; }
/* a grid: in flex boxes within flex boxes each change of a neighbour lays out all of a long text, 130 ms a megabyte */
#work { display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; }
#source-text textarea, .hymt-output { font-size: 1.05rem; line-height: 1.6; }
.hymt-output-head { display: flex; gap: .4rem; align-items: baseline; margin-bottom: .25rem; }
.hymt-output-head .name { color: var(--body-text-color-subdued); font-weight: 500; font-size: var(--block-title-text-size); }
.hymt-output-head .former { flex: 1; color: var(--body-text-color-subdued); font-size: .85rem; visibility: hidden; }
.hymt-output-head button { padding: .1rem .55rem; border: 1px solid var(--border-color-primary); border-radius: 6px;
  background: var(--background-fill-primary); color: var(--body-text-color); font-size: .85rem; }
.hymt-output-head button:disabled { opacity: .45; cursor: default; }
.hymt-output-head button.done::after { content: " ✓"; }
.hymt-output { box-sizing: border-box; min-height: 17.6rem; max-height: 38rem; padding: var(--input-padding);
  border: 1px solid var(--border-color-primary); border-radius: var(--input-radius); background: var(--input-background-fill);
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
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
  padding: .55rem .8rem; font-size: .92rem; background: var(--background-fill-secondary); }
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
#memory-heading, #memory-heading .html-container { overflow: visible; }
.hymt-heading { position: relative; z-index: 5; margin: 0; font-size: var(--text-lg); font-weight: 600; }
.hymt-tip button { padding: 0 .35rem; border: 0; background: none; box-shadow: none; color: var(--body-text-color-subdued); font-weight: 400; cursor: help; }
.hymt-tip [role=tooltip] { display: none; position: absolute; left: 0; top: 100%; width: min(30rem, 100%); padding: .6rem .8rem;
  border: 1px solid var(--border-color-primary); border-radius: 8px; background: var(--background-fill-primary);
  box-shadow: var(--shadow-drop-lg); font-size: .9rem; font-weight: 400; line-height: 1.45; }
.hymt-tip [role=tooltip] span { display: block; margin: .15rem 0; }
.hymt-tip [role=tooltip] b { font-weight: 600; }
.hymt-tip:is(:hover, :focus-within) [role=tooltip] { display: block; }
#examples .gallery { gap: .4rem; }
@media (max-width: 640px) {
  .gradio-container { padding: .5rem !important; overflow-x: hidden; }
  #interface { margin-left: 0; }
  #interface .wrap { justify-content: flex-start; }
  #languages { flex-direction: column; gap: .4rem; align-items: stretch; }
  #swap-languages { max-width: none; width: 100%; align-self: stretch; height: 36px; flex: none; }
  .hymt-comparison.texts thead { display: none; }
  .hymt-comparison.texts tr, .hymt-comparison.texts td { display: block; }
  .hymt-comparison.texts tr { margin-bottom: .6rem; }
  .hymt-comparison.texts td::before { content: attr(data-label) "  "; font-weight: 600; font-size: .8em; }
  .hymt-memory { grid-template-columns: repeat(2, 1fr); }
  .hymt-memory .cell:last-child:nth-child(odd) { grid-column: 1 / -1; }
  footer .divider { display: none !important; }
  #header h1 { font-size: 1.3rem; }
}
"""
    + differences.CSS
)
