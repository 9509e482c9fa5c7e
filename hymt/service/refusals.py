"""What a visitor is told of an error."""

from __future__ import annotations

import errno
import logging

from hymt.errors import UserError, as_user_error, system_reason
from hymt.errors.places import places

log = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT)


def refusal(error: Exception, otherwise: str = "unexpected") -> UserError:
    """The error that a visitor is told; of an unexpected one the log is told where it arose.

    `otherwise` is the key of what is said of an unexpected one.
    """
    if isinstance(error, OSError) and error.errno in FULL:
        return not_written(error)
    if not isinstance(error, UserError):
        log.error("Unexpected: %s", places(error))
    return as_user_error(error, otherwise)


def not_written(error: OSError) -> UserError:
    """Why a result could not be saved."""
    return UserError("not_written", reason=system_reason(error))
