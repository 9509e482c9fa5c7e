"""Pure functions on text: languages, prompts, segmentation, detection. No torch, no Gradio, no network."""
