"""What users do, one request after another."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from visitor import Lost, Refused, Visitor

EXAMPLES = Path(__file__).parent.parent / "examples"
TEXTS = {code: (EXAMPLES / f"everyday.{code}.txt").read_text(encoding="utf-8").splitlines() for code in ("en", "zh")}
PAIRS = (("en", "fr"), ("en", "de"), ("zh", "en"), ("en", "es"))
PAGE, API, DOCUMENT = "sentence, page", "sentence, API", "document, page"
STOP, DROP, RELOAD = "stop, page", "drop, API", "reload, page"
KINDS = (PAGE, API, STOP, DROP, RELOAD, PAGE, API, PAGE)  # of users without a document, again and again
ON_PAGE = (PAGE, DOCUMENT, STOP, RELOAD)
DOWNLOAD = re.compile(r'<a [^>]*?href="([^"]+)"[^>]* id="download"')
FULL = "are waiting already"  # in the sentence of a job that may not wait


@dataclass
class Task:
    """What one user asks for; `answer` are the lines that it got alone.

    `long` is for those that do not wait for the end: what they stop, drop or leave.
    """

    kind: str
    source: str
    target: str
    lines: list[str]
    long: str
    answer: list[str] = field(default_factory=list)

    @property
    def text(self) -> dict[str, str]:
        """As the fields of the page's first tab."""
        return {"source-text": "\n".join(self.lines), "source": self.source, "target": self.target}


def tasks(users: int, documents: int, size: int) -> list[Task]:
    """One a user, each with another text or to another language; `size` counts lines of documents and long texts."""
    tasks = []
    for number in range(users):
        source, target = PAIRS[number % len(PAIRS)]
        lines, kind, first = TEXTS[source], DOCUMENT, number // len(PAIRS)
        if number < documents:
            lines = [lines[(7 * first + line) % len(lines)] for line in range(size)]
        else:
            lines, kind = [lines[first % len(lines)]], KINDS[(number - documents) % len(KINDS)]
        long = "\n".join(TEXTS[source][line % len(TEXTS[source])] for line in range(size))
        tasks.append(Task(kind, source, target, lines, long))
    return tasks


async def sentence(visitor: Visitor, task: Task) -> str:
    await visitor.page.show("change", "source-text", **task.text)
    shown = await visitor.page.show("click", "translate", **task.text)
    value = shown["target-text"]
    text = "".join(run for part in value["parts"] for run, _ in part) if isinstance(value, dict) else None
    return _held(text, str, shown["figures"])


def _held(value: Any, kind: type, beside: str) -> Any:
    """What an output of the page holds. Raises Refused or Lost with what is said beside it instead."""
    if isinstance(value, kind) and value:
        return value
    raise unanswered(re.sub(r"<[^>]+>", " ", str(beside)).strip())


def unanswered(said: str) -> Refused | Lost:
    """What a sentence that comes instead of an answer means."""
    return Refused(said) if FULL in said else Lost(said)


async def sentence_by_api(visitor: Visitor, task: Task) -> str:
    path = await visitor.call("translate", "\n".join(task.lines), task.source, task.target, None)
    async with aclosing(visitor.messages(path)) as messages:
        async for name, data in messages:
            if name == "complete":
                return data[0]
            if name == "error":
                raise unanswered(str(data))
    raise Lost("the stream ended")


async def document(visitor: Visitor, task: Task) -> str:
    sent = {"files": ("letter.txt", "\n".join(task.lines).encode())}
    path = (await visitor.send("POST", "/gradio_api/upload", files=sent)).json()[0]
    file = {"path": path, "orig_name": "letter.txt", "meta": {"_type": "gradio.FileData"}}
    given = {"file": [file], "source": task.source, "target": task.target}
    await visitor.page.show("change", "file", **given)
    shown = await visitor.page.show("click", "translate-document", **given)
    link = DOWNLOAD.search(_held(shown["downloads"], str, shown["progress"]))
    if link is None:
        raise unanswered(shown["progress"])
    return (await visitor.send("GET", f"/{unescape(link[1]).lstrip('/')}")).content.decode()


async def stop(visitor: Visitor, task: Task) -> None:
    """Press Stop whenever there is news; the work must end."""
    (event,) = visitor.page.layout.events("click", "translate")
    async with aclosing(visitor.page.stream(event, task.text | {"source-text": task.long})) as news:
        async for shown in news:
            if not shown:
                await visitor.page.show("click", "stop")


async def drop(visitor: Visitor, task: Task) -> None:
    """Begin to listen, and go without reading."""
    async with visitor.http.stream("GET", await visitor.call("translate", task.long, task.source, task.target, None)):
        pass


async def reload(visitor: Visitor, task: Task) -> str:
    """Open the page anew in the midst of its work, and ask there."""
    (event,) = visitor.page.layout.events("click", "translate")
    async with aclosing(visitor.page.stream(event, task.text | {"source-text": task.long})) as news:
        await anext(news)
    await visitor.open()
    return await sentence(visitor, task)


ASKING: dict[str, Callable[[Visitor, Task], Awaitable[str | None]]] = {
    PAGE: sentence,
    API: sentence_by_api,
    DOCUMENT: document,
    STOP: stop,
    DROP: drop,
    RELOAD: reload,
}
