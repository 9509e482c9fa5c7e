"""hymt: long texts through Tencent's Hunyuan-MT on the graphics card that you have."""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["TranslatedFile", "TranslationError", "Translator", "__version__"]
_HOMES = {
    "TranslatedFile": "hymt.translation.files",
    "TranslationError": "hymt.translation.events",
    "Translator": "hymt.translation.translator",
}


def __getattr__(name: str):
    """Import on first use: `hymt --help` must not wait for torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hymt' has no attribute {name!r}")
