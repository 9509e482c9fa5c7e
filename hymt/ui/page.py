"""Gradio's Blocks with what visitors of one server owe each other: an end, a sentence for every error, and bounds.

It stands on three names of Gradio's queue that are not documented (see `_Watch`, `bounded`); tests hold them.
"""

from __future__ import annotations

import asyncio
from copy import copy
from time import monotonic

import gradio as gr
from gradio.utils import LRUCache, get_function_description

from hymt.errors import UserError
from hymt.service.limits import Limits
from hymt.service.refusals import refusal
from hymt.service.visits import DOCUMENTS, SWAPS, TEXTS

SESSIONS = 200  # whose state is kept: some 200 KiB each. An older one begins anew, and follows the model by itself
SKIP = gr.skip()
LOOK_SECONDS = 0.25  # how often a running event's client is looked for
UNHEARD_SECONDS = 120  # an event ends whose messages nobody has read for so long


class Page(gr.Blocks):
    """Blocks whose events end when their client goes, and whose errors are sentences.

    `interface` is the component that holds the language; for an event without it the browser's counts.
    """

    interface: gr.Radio | None = None

    def bounded(self, limits: Limits) -> Page:
        """Give the queue its bounds; to be called when all events are there.

        Gradio's `max_threads` is also the number of events that are active at once. Ours hold no thread while they
        work or wait, and all of them must be active, or those that are quick would wait for those that are long.
        """
        working = sum(getattr(limits, name) + getattr(limits, f"{name}_waiting") for name in (TEXTS, DOCUMENTS, SWAPS))
        self.max_threads, self.state_session_capacity = working + 128, SESSIONS
        self.queue(max_size=256, api_open=False)  # or /run would go round the queue and its limits
        queue = self._queue
        queue.pending_event_ids_session = LRUCache(queue.pending_messages_per_session.max_size)
        queue.ANALYTICS_MAX_EVENTS = 1  # statistics of all events so far, by pandas and after each of them
        queue.ANAYLTICS_CACHE_FREQUENCY = float("inf")  # type: ignore[assignment]  # seconds, compared only
        queue.sleep_when_free = 0.01  # seconds; it looks a thousand times a second otherwise
        return self

    async def process_api(self, block_fn, inputs, *args, **options):
        """Run one step of an event. Raises gr.Error alone, with a sentence in the visitor's language."""
        if isinstance(block_fn, int):
            block_fn = self.fns[block_fn]
        try:
            if not options.get("iterator") and len(inputs) < len(block_fn.inputs):
                raise UserError("too_few_arguments", wanted=len(block_fn.inputs), given=len(inputs))
            step = super().process_api(block_fn, inputs, *args, **options)
            return await _Watch(self._queue, options.get("event_id")).over(step)
        except _Gone:
            raise
        except Exception as error:
            # Gradio's own are of values that a component does not take, in its words
            refused = UserError("value_refused") if isinstance(error, gr.Error) else refusal(error, "request_failed")
            said = refused.say(self._locale(block_fn, inputs, options.get("request")))
            title = refused.key if block_fn.api_visibility == "public" else "Error"  # programs get no other code
            raise gr.Error(said, title=title, print_exception=False) from None

    def get_api_info(self, all_endpoints: bool = False, page: str | None = None):
        """What “Use via API” tells: as Gradio has it, and of the arguments what their functions say of them."""
        info = super().get_api_info(all_endpoints, page)
        functions = {f"/{known.api_name}": known.fn for known in self.fns.values() if known.api_visibility == "public"}
        for name, endpoint in info["named_endpoints"].items():
            if (function := functions.get(name)) is None:
                continue
            _, texts, _ = get_function_description(function)
            for argument in endpoint["parameters"]:
                argument["label"] = argument["parameter_name"]
                argument["python_type"]["description"] = texts.get(argument["parameter_name"], "")
        return info

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        """What an event's inputs become for its function.

        The choices of a drop-down follow the shared model. A page that has not followed yet may send one of those
        before: whoever reads it says what is the matter, where Gradio would end the event. So may an older session,
        which has begun anew.
        """
        for block in block_fn.inputs if state else ():
            if isinstance(block, gr.Dropdown) and not state[block._id].allow_custom_value:
                state[block._id] = lenient = copy(state[block._id])
                lenient.allow_custom_value = True  # here alone: the browser is not told
        return await super().preprocess_data(block_fn, inputs, state, explicit_call)

    async def postprocess_data(self, block_fn, predictions, state):
        """What an event's outputs become for the client.

        One that is skipped costs Gradio a new component and its schema, more than all else of an event: leave it out.
        """
        shown = predictions if isinstance(predictions, tuple) else ()
        kept = [number for number, value in enumerate(shown) if value != SKIP]
        if len(kept) == len(shown):
            return await super().postprocess_data(block_fn, predictions, state)
        part = copy(block_fn)
        part.outputs = [block_fn.outputs[number] for number in kept]
        values = [shown[number] for number in kept]
        data = await super().postprocess_data(part, values if len(kept) > 1 else values[0], state) if kept else []
        updates = dict(zip(kept, data, strict=True))
        return [updates.get(number, dict(SKIP)) for number in range(len(shown))]

    def _locale(self, block_fn, inputs, request) -> str:
        """The language of the interface; for an event that is not given it, the browser's."""
        if self.interface in block_fn.inputs and len(inputs) == len(block_fn.inputs):
            return "zh" if inputs[block_fn.inputs.index(self.interface)] == "zh" else "en"
        accepted = request.headers.get("accept-language", "") if isinstance(request, gr.Request) else ""
        return "zh" if accepted.lower().startswith("zh") else "en"


class _Gone(gr.Error):
    """Nobody listens any more to an event."""


class _Watch:
    """Ends a step of an event whose client has gone, or never came for its messages."""

    def __init__(self, queue, event_id: str | None) -> None:
        self._queue, self._event = queue, queue.event_ids_to_events.get(event_id)
        self._last_seen = monotonic()

    async def over(self, step):
        """What the step returns. Raises _Gone when it was ended."""
        if self._event is None:
            return await step
        task = asyncio.ensure_future(step)
        try:
            while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
                if self._gone():
                    raise _Gone("Nobody listens any more.", print_exception=False)
            return task.result()
        finally:
            task.cancel()
            await asyncio.wait([task])

    def _gone(self) -> bool:
        messages = self._queue.pending_messages_per_session.get(self._event.session_hash)
        if messages is not None and messages.empty():
            self._last_seen = monotonic()
        return not self._event.alive or monotonic() - self._last_seen > UNHEARD_SECONDS
