"""The model and its slots: prefill, one decode step for all busy rows, bookkeeping of rows. No threads.

Busy rows are always the first `width` rows of the cache, so that a step reads a view of it: a sequence that
ends leaves a hole, and the last busy row moves into it. A step never waits for the device: what it chose is read
from a `Reading`, on a GPU when the next step runs already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch

from hymt.engine.beams import BeamBatch
from hymt.engine.decoding import FUSED
from hymt.engine.graphs import Graphs
from hymt.engine.network import network_for, send
from hymt.engine.parts import Batch
from hymt.engine.protocol import Alignment, Request
from hymt.engine.sampling import SamplingBatch
from hymt.errors import UserError

COMPILED_PROMPTS = (8, 256)  # tokens: products of few rows have kernels of their own, and cuBLAS none to compile


@dataclass(eq=False)
class Sequence:
    """A request in its slots: `tokens` are what is settled of the answer, without the end token."""

    request: Request
    tokens: list[int]
    finished: bool = False
    truncated: bool = False
    removed: bool = False


@dataclass(eq=False)
class Reading:
    """What a step chose, on its way to the host: a batch's class, its sequences then, and their news."""

    parts: list[tuple[type[Batch], list[Sequence], torch.Tensor]] = field(default_factory=list)
    arrived: torch.cuda.Event | None = None

    def wait(self) -> list[tuple[Sequence, list[int] | int, bool]]:
        """Each sequence with what is new of it, and whether that was the last."""
        if self.arrived is not None:
            self.arrived.synchronize()
        news: list[tuple[Sequence, list[int] | int, bool]] = []
        for batch, sequences, host in self.parts:
            news += zip(sequences, *batch.read(host), strict=True)
        return [of_one for of_one in news if not (of_one[0].finished or of_one[0].removed)]


@dataclass(eq=False)
class Captured:
    """A step in CUDA graphs: the forward pass by its width, and what a batch chooses from the logits that it leaves."""

    logits: torch.Tensor
    forwards: Graphs
    choices: Graphs


class Decoder:
    """Sequences of any mix of decodings over one model and one cache of `slots` rows."""

    def __init__(self, model, slots: int, max_len: int, kernels: str = FUSED) -> None:
        self.model = model
        self.network = network_for(model, slots, max_len, kernels)
        self.cache, self.device = self.network.cache, self.network.device
        self.slots, self.max_len = slots, max_len
        self.vocab = model.config.vocab_size
        ends = model.generation_config.eos_token_id
        self.eos_ids = frozenset(ends if isinstance(ends, list) else [ends])
        self.eos = torch.tensor(sorted(self.eos_ids), device=self.device)
        # one row more than slots: what a captured step does for rows that are not there goes to that one
        self.token, self.position, self.active = torch.zeros(3, slots + 1, dtype=torch.long, device=self.device)
        # host's mirror of each row: the length of its prompt, and where its next token goes
        self.prompt_length = [0] * slots
        self.filled = [0] * slots
        self.captured: Captured | None = None
        if self.network.captures:
            logits = torch.zeros(slots + 1, self.vocab, dtype=model.dtype, device=self.device)
            forwards = Graphs()
            self.captured = Captured(logits, forwards, Graphs(forwards.pool))
        self.reset()
        self.prepare()

    def reset(self) -> None:
        """Forget every sequence."""
        self.width = 0
        self.position.zero_()
        self.active.zero_()
        self.batches: dict[int, Batch] = {}
        self.sequences: dict[int, list[Sequence]] = {}
        self._rows: dict[int, torch.Tensor] = {}
        if self.captured:
            self.captured.choices = Graphs(self.captured.forwards.pool)

    def check(self) -> None:
        """Raises UserError if the weights compute no numbers, or the same ones for every token. No row may be busy."""
        logits = self.network.prefill([list(range(min(8, self.vocab, self.max_len)))], [0])
        if not logits.isfinite().all() or logits.amin() == logits.amax():
            raise UserError("weights_without_numbers")

    @property
    def free(self) -> int:
        return self.slots - self.width

    @property
    def lag(self) -> int:
        """How many steps may run before the first of them is read: on a GPU one, so that it never waits."""
        return 1 if self.captured else 0

    def _batch(self, beams: int) -> Batch:
        if beams not in self.batches:
            state = (self.slots, self.max_len, self.vocab, self.eos)
            batch: Batch = SamplingBatch(*state) if beams == 1 else BeamBatch(beams, *state)
            self._rows[beams] = torch.full((self.slots,), self.slots, device=self.device)
            self.sequences[beams], self.batches[beams] = [], batch
            if self.captured and batch.parents is not None:
                self._reorder(batch, batch.parents, 1)  # moves nothing yet, but loads the kernel
        return self.batches[beams]

    # -- admission -------------------------------------------------------------------------------------

    def admit(self, requests: list[Request]) -> Reading:
        """Prefill requests of one beam count in one pass; the reading has their first tokens.

        What fails on the way leaves those that run as they were.
        """
        batch = self._batch(requests[0].decoding.beams)
        width, count = self.width, len(batch)
        try:
            return self._enter(requests, batch)
        except Exception:
            self._leave(batch, count, width)
            raise

    def _leave(self, batch: Batch, count: int, width: int) -> None:
        """Forget all but the first `count` sequences of a batch, the last to come, and all rows from `width` on."""
        del batch.rows[count * batch.beams :], batch.decodings[count:], self.sequences[batch.beams][count:]
        self.width = width
        self.position[width:] = 0
        self.active[width:] = 0
        self._index_rows(batch)

    def _enter(self, requests: list[Request], batch: Batch) -> Reading:
        beams = batch.beams
        rows = list(range(self.width, self.width + beams * len(requests)))
        prompts = [request.prompt for request in requests]
        logits = self.network.prefill(prompts, rows[::beams])
        for row in rows:
            self.prompt_length[row] = self.filled[row] = len(prompts[(row - rows[0]) // beams])
        begin = len(batch)
        limits = [request.max_new_tokens for request in requests]
        batch.admit(rows, prompts, [request.decoding for request in requests], limits)
        self.sequences[beams] += [Sequence(request, []) for request in requests]
        self.width += len(rows)
        self._index_rows(batch)
        self.position[rows[0] : self.width] = send([self.filled[row] for row in rows], self.device)
        self.active[rows[0] : self.width] = 1
        batch.advance(logits.repeat_interleave(beams, 0), begin, len(batch))
        new = self._rows[beams][begin * beams : len(batch) * beams]
        if beams > 1:  # the prompt is in the first row of each sequence
            first = new.view(-1, beams)[:, :1].expand(-1, beams).reshape(-1)
            self.cache.copy(first, new, 0, max(map(len, prompts)))
        self.token[new] = batch.tokens[begin * beams : len(batch) * beams]
        return self._read([batch], begin)

    def _index_rows(self, batch: Batch) -> None:
        """Tell the device where a batch's sequences are; places beyond them point to the row that is not there."""
        rows = batch.rows + [self.slots] * (self.slots - len(batch.rows))
        self._rows[batch.beams].copy_(send(rows, self.device))

    # -- alignment -------------------------------------------------------------------------------------

    def align(self, requests: list[Request]) -> list[tuple[Request, list[list[list[float]]]]]:
        """What each request with an alignment asks for, in a pass for each layer; no row is touched."""
        found: list[tuple[Request, list[list[list[float]]]]] = []
        passes: dict[tuple[int, tuple[int, ...]], list[tuple[Request, Alignment]]] = {}
        for request in requests:
            if asked := request.alignment:
                passes.setdefault((asked.layer, asked.heads), []).append((request, asked))
        for (layer, heads), alike in passes.items():
            whole = self.network.attention([request.given[: self.max_len] for request, _ in alike], layer, heads)
            for (request, asked), weights in zip(alike, whole, strict=True):
                looks = weights[:, len(request.prompt) :, slice(*asked.source)]
                found.append((request, looks.tolist()))
        return found

    # -- one step --------------------------------------------------------------------------------------

    def step(self) -> Reading:
        """One token for every busy row."""
        batches = [batch for batch in self.batches.values() if len(batch)]
        if self.captured:
            self._replay(self.captured, batches)
        else:
            self._run(batches)
        for row in range(self.width):
            self.filled[row] += 1
        return self._read(batches, 0)

    def _run(self, batches: list[Batch]) -> None:
        width = self.width
        logits = self.network.decode(self.token[:width], self.position[:width], max(self.filled[:width]) + 1)
        self.position[:width] += 1
        for batch in batches:
            rows = self._rows[batch.beams][: len(batch) * batch.beams]
            batch.advance(logits if batch.rows == list(range(width)) else logits[rows], 0, len(batch))
            if batch.parents is not None:
                self._inherit(batch, batch.parents, rows)
            self.token[rows] = batch.tokens[: len(rows)]

    def _inherit(self, batch: Batch, parents: torch.Tensor, rows: torch.Tensor) -> None:
        """Beams take their parents' cache along; a prompt is the same in all beams, so only what follows it."""
        sources = rows.view(-1, batch.beams).gather(1, parents[: len(batch)]).view(-1)
        changed = sources != rows
        begin = min(self.prompt_length[row] for row in batch.rows)
        self.cache.copy(sources[changed], rows[changed], begin, max(self.filled[row] for row in batch.rows) + 1)

    # -- the same, captured ----------------------------------------------------------------------------

    def prepare(self) -> bool:
        """Record the step of one more width, the narrowest first, while no row is busy; False if none is left."""
        if self.captured is None:
            return False
        counts = range(1, self.slots + 1)
        left = {_room_for(count, self.slots) for count in counts} - set(self.captured.forwards)
        if left:
            self._record(self.captured, min(left))
        return bool(left)

    def _compile(self, width: int) -> None:
        """Compile the kernels of a step that are new to this machine, and before the first one those of a prefill."""
        if self.device.type != "cuda":
            return
        from hymt.engine.kernels.launch import compiling_together

        with compiling_together():
            self.network.decode(self.token[:width], self.position[:width], self.max_len)
            for length in COMPILED_PROMPTS if width == 1 else ():
                self.network.prefill([[0] * min(length, self.max_len)], [0])

    def _record(self, captured: Captured, width: int) -> None:
        """Run the forward pass of a width, as all that is recorded must have run once, and record it."""
        self._compile(width)
        self._forward(captured.logits, width)
        captured.forwards.capture(width, partial(self._forward, captured.logits, width))

    def _replay(self, captured: Captured, batches: list[Batch]) -> None:
        width = _room_for(self.width, self.slots)
        if width in captured.forwards:
            captured.forwards.replay(width)
        else:
            self._record(captured, width)  # recording does nothing: the step ran once
        for batch in batches:
            count = _room_for(len(batch), self.slots // batch.beams)
            key = (batch.beams, count, *batch.features)
            if key not in captured.choices:  # its parts ran uncaptured when the batch's first sequences came
                captured.choices.capture(key, partial(self._choose, captured.logits, batch, count))
            captured.choices.replay(key)

    def _forward(self, logits: torch.Tensor, width: int) -> None:
        logits[:width] = self.network.decode(self.token[:width], self.position[:width], self.max_len)
        self.position[:width] += self.active[:width]

    def _choose(self, logits: torch.Tensor, batch: Batch, count: int) -> None:
        rows = self._rows[batch.beams][: count * batch.beams]
        batch.advance(logits[rows], 0, count)
        if batch.parents is not None:
            self._reorder(batch, batch.parents, count)
        self.token[rows] = batch.tokens[: len(rows)]

    def _reorder(self, batch: Batch, parents: torch.Tensor, count: int) -> None:
        from hymt.engine.cuda import reorder

        rows = self._rows[batch.beams][: count * batch.beams]
        reorder(self.cache.whole, rows, parents[:count], self.position, batch.length[:count])

    # -- results ---------------------------------------------------------------------------------------

    def _read(self, batches: list[Batch], begin: int) -> Reading:
        reading = Reading()
        for batch in batches:
            news, sequences = batch.news_of(begin), self.sequences[batch.beams][begin:]
            host = torch.empty(news.shape, dtype=news.dtype, pin_memory=self.device.type == "cuda")
            reading.parts.append((type(batch), sequences, host.copy_(news, non_blocking=True)))
        if self.device.type == "cuda":
            reading.arrived = torch.cuda.Event()
            reading.arrived.record()
        return reading

    def settle(self, reading: Reading) -> list[Sequence]:
        """The sequences that a reading has news of, their tokens brought up to date. Waits for the device."""
        sequences = []
        for sequence, tokens, finished in reading.wait():
            if isinstance(tokens, int):
                sequence.tokens.append(tokens)
            else:
                sequence.tokens = tokens
            if finished:
                self._finish(sequence)
            sequences.append(sequence)
        return sequences

    def _finish(self, sequence: Sequence) -> None:
        sequence.finished = True
        if sequence.tokens and sequence.tokens[-1] in self.eos_ids:
            sequence.tokens = sequence.tokens[:-1]
        else:
            sequence.truncated = True

    def running(self) -> list[Sequence]:
        return [sequence for sequences in self.sequences.values() for sequence in sequences]

    def remove(self, sequence: Sequence) -> None:
        """Free a sequence's rows and close the holes with the last busy rows."""
        beams = sequence.request.decoding.beams
        batch, sequences = self.batches[beams], self.sequences[beams]
        sequence.removed = True
        index = sequences.index(sequence)
        freed = batch.rows[index * beams : (index + 1) * beams]
        batch.remove(index)
        sequences[index] = sequences[-1]
        sequences.pop()
        busy = range(self.width - beams)
        moving = [row for row in range(self.width - beams, self.width) if row not in freed]
        holes = [row for row in freed if row in busy]
        self.width -= beams
        for source, target in zip(moving, holes, strict=True):
            self._move(source, target)
        self.position[self.width : self.width + beams] = 0
        self.active[self.width : self.width + beams] = 0
        renamed = dict(zip(moving, holes, strict=True))
        for other in self.batches.values():
            if other is batch or renamed.keys() & set(other.rows):
                other.rows = [renamed.get(row, row) for row in other.rows]
                self._index_rows(other)

    def _move(self, source: int, target: int) -> None:
        self.cache.move(source, target, self.filled[source])
        self.token[target], self.position[target] = self.token[source], self.position[source]
        self.filled[target], self.prompt_length[target] = self.filled[source], self.prompt_length[source]


def _room_for(count: int, most: int) -> int:
    """The least captured width that holds `count`: a power of two, or all."""
    return min(1 << (count - 1).bit_length(), most)
