"""What a visitor is told of an error."""

from __future__ import annotations

import errno
import logging

from hymt.documents import DocumentError
from hymt.errors import UserError
from hymt.errors.places import places
from hymt.events import TranslationError
from hymt.models.manager import SwapFailed

log = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT)
SAYABLE = (UserError, TranslationError, SwapFailed, DocumentError)


def refusal(error: Exception, otherwise: str = "unexpected") -> Exception:
    """The error that a visitor is told: itself if it has a sentence, else one that has, and the log where it arose.

    `otherwise` is the key of what is said of an unexpected one.
    """
    if isinstance(error, SAYABLE):
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        return UserError("disk_full")
    log.error("Unexpected: %s", places(error))
    return UserError(otherwise)
