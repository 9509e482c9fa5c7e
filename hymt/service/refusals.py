"""What a visitor is told of an error."""

from __future__ import annotations

import errno
import logging

from hymt.documents import DocumentError
from hymt.errors import UserError
from hymt.events import TranslationError
from hymt.models.manager import SwapFailed

log = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT)
SAYABLE = (UserError, TranslationError, SwapFailed, DocumentError)


def refusal(error: Exception) -> Exception:
    """The error that a visitor is told: itself if it has a sentence, else one that has.

    The log gets an unexpected one's kind and place only: its words may hold a visitor's text.
    """
    if isinstance(error, SAYABLE):
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        return UserError("disk_full")
    log.error("Unexpected %s at %s.", type(error).__name__, _place(error))
    return UserError("unexpected")


def _place(error: Exception) -> str:
    """Where an error was raised: module and line, innermost first."""
    places, trace = [], error.__traceback__
    while trace:
        places.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(places))
