"""Tokens in, tokens out: the slot engine. It knows nothing of languages, prompts or documents."""
