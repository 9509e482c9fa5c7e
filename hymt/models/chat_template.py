"""A chat template is a program of somebody else's: it is rendered in a process of its own, which is ended if need be.

As a program (`python -m hymt.models.chat_template`) this file is that process: it reads a request as JSON from its
standard input and writes the answer to its output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
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
    limit_memory(MEMORY)
    source, special_tokens, conversations = json.load(sys.stdin)
    template = _compiled(source)
    rendered = []
    for turns, begins_answer in conversations:
        text = template.render(messages=turns, add_generation_prompt=begins_answer, **special_tokens)
        if len(text) > MAX_CHARACTERS:
            sys.exit("The chat template writes too much.")
        rendered.append(text)
    json.dump(rendered, sys.stdout)


def _compiled(source: str):
    """A template in the environment that transformers gives it, whose import would take longer than all else."""
    from jinja2.exceptions import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def written(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _generation_tag()]
    )
    environment.filters["tojson"] = written  # Jinja's own escapes what HTML would read
    environment.globals |= {
        "raise_exception": refuse,
        "strftime_now": lambda form: datetime.now().strftime(form),
        "dict": lambda *args, **values: dict(*args, **values),  # not the class, whose attributes lead elsewhere
        "namespace": _namespace_class(),
    }
    return environment.from_string(source)


def _generation_tag():
    """{% generation %}, which marks what training learns: here its body as it is."""
    from jinja2.ext import Extension
    from jinja2.nodes import Scope

    class Generation(Extension):
        tags = {"generation"}  # noqa: RUF012  # Jinja's own form

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return Scope(body).set_lineno(line)

    return Generation


def _namespace_class():
    """Jinja's namespace without names that Python gives a meaning to."""
    from jinja2.exceptions import SecurityError
    from jinja2.utils import Namespace

    class Plain(Namespace):
        def __init__(*args, **values):  # a template may name a value "self"
            self, *pairs = args
            Namespace.__init__(self)
            for name, value in dict(*pairs, **values).items():
                self[name] = value

        def __setitem__(self, name, value) -> None:
            if str(name).startswith("_"):
                raise SecurityError("Names in a chat template do not begin with an underscore.")
            super().__setitem__(name, value)

    return Plain


if __name__ == "__main__":
    main()
