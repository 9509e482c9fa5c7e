"""The web page: one Gradio app over a translator. `build_demo` builds it, `serve` launches it."""
