"""A chat template is a program of somebody else's: it is rendered in a process of its own, which is ended if need be.

As a program (`python -m hymt.models.chat_template`) this file is that process: it reads a request as JSON from its
standard input and writes the answer to its output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache

from hymt.hardware.processes import command, environment, limit_memory

SECONDS = 30  # a template takes milliseconds; the rest is for starting, on a machine that is busy
MEMORY = 2**31  # bytes of address space that the process may take
MAX_CHARACTERS = 2**16  # of what a template writes

Conversation = tuple[list[dict], bool]  # its turns, and whether the beginning of an answer follows


class BadTemplate(ValueError):
    """A chat template that cannot be rendered, or not within its bounds."""


def render(template: str, special_tokens: dict[str, str], conversations: list[Conversation]) -> list[str]:
    """Conversations as the template writes them: what transformers' `apply_chat_template` does. Raises BadTemplate."""
    return list(_render(json.dumps([template, special_tokens, conversations], default=str)))


@lru_cache(32)
def _render(request: str) -> tuple[str, ...]:
    """Remembered: a model is loaded again and again, at another precision."""
    process = command("hymt.models.chat_template")
    try:
        done = subprocess.run(
            process, input=request.encode(), capture_output=True, timeout=SECONDS, env=environment(), check=True
        )
        return tuple(json.loads(done.stdout))
    except subprocess.TimeoutExpired as error:
        raise BadTemplate("The chat template does not come to an end.") from error
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        raise BadTemplate("The chat template cannot be rendered.") from error


# -- the process -------------------------------------------------------------------------------------------


def main() -> None:
    from transformers.utils.chat_template_utils import render_jinja_template  # no torch

    limit_memory(MEMORY)
    template, special_tokens, conversations = json.load(sys.stdin)
    rendered = []
    for turns, begins_answer in conversations:
        texts_and_masks = render_jinja_template(
            [turns], chat_template=template, add_generation_prompt=begins_answer, **special_tokens
        )
        text = texts_and_masks[0][0]
        if len(text) > MAX_CHARACTERS:
            sys.exit("The chat template writes too much.")
        rendered.append(text)
    json.dump(rendered, sys.stdout)


if __name__ == "__main__":
    main()
