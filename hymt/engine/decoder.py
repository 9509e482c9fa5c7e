"""The model and its slots: prefill, one decode step for all busy rows, bookkeeping of rows. No threads.

Busy rows are always the first `width` rows of the cache, so that a step reads a view of it: a sequence that
ends leaves a hole, and the last busy row moves into it. The step itself never waits for the device, so that it
can be captured in a CUDA graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from hymt.engine.beams import BeamBatch
from hymt.engine.cache import SlotCache
from hymt.engine.decoding import Request
from hymt.engine.sampling import SamplingBatch


@dataclass(eq=False)
class Sequence:
    """A request in its slots: `tokens` are what is settled of the answer, without the end token."""

    request: Request
    tokens: list[int]
    finished: bool = False
    truncated: bool = False


class Decoder:
    """Sequences of any mix of decodings over one model and one cache of `slots` rows."""

    def __init__(self, model, slots: int, max_len: int) -> None:
        self.model, self.slots, self.max_len = model, slots, max_len
        self.device = model.device
        # cuDNN's attention builds a plan for every new length: each step meets one, and plans are never freed
        torch.backends.cuda.enable_cudnn_sdp(False)
        self.vocab = model.config.vocab_size
        ends = model.generation_config.eos_token_id
        self.eos_ids = frozenset(ends if isinstance(ends, list) else [ends])
        self.eos = torch.tensor(sorted(self.eos_ids), device=self.device)
        self.cache = SlotCache(model.config, slots, max_len, model.dtype, self.device)
        self.token = torch.zeros(slots, dtype=torch.long, device=self.device)
        self.position = torch.zeros(slots, dtype=torch.long, device=self.device)
        self.steps = torch.arange(max_len, device=self.device)
        # host's mirror of each row: the length of its prompt, and where its next token goes
        self.prompt_length = [0] * slots
        self.filled = [0] * slots
        self.reset()

    def reset(self) -> None:
        """Forget every sequence."""
        self.width = 0
        self.batches: dict[int, SamplingBatch | BeamBatch] = {}
        self.sequences: dict[int, list[Sequence]] = {}
        self._indices: dict[int, torch.Tensor] = {}

    @property
    def free(self) -> int:
        return self.slots - self.width

    def _batch(self, beams: int) -> SamplingBatch | BeamBatch:
        if beams not in self.batches:
            state = (self.slots, self.max_len, self.vocab, self.eos)
            self.batches[beams] = SamplingBatch(*state) if beams == 1 else BeamBatch(beams, *state)
            self.sequences[beams] = []
        return self.batches[beams]

    def _index(self, batch) -> torch.Tensor:
        """A batch's rows on the device: made anew when sequences come, go or move, not at every step."""
        if batch.beams not in self._indices:
            self._indices[batch.beams] = torch.tensor(batch.rows, device=self.device)
        return self._indices[batch.beams]

    # -- admission -------------------------------------------------------------------------------------

    def admit(self, requests: list[Request]) -> list[Sequence]:
        """Prefill requests of one beam count in one pass; return them with their first tokens."""
        beams = requests[0].decoding.beams
        rows = list(range(self.width, self.width + beams * len(requests)))
        prompts = [request.prompt for request in requests]
        logits = self._prefill(rows[::beams], prompts)
        for row in rows:
            self.prompt_length[row] = self.filled[row] = len(prompts[(row - rows[0]) // beams])
        batch = self._batch(beams)
        begin = len(batch)
        limits = [request.max_new_tokens for request in requests]
        batch.admit(rows, prompts, [request.decoding for request in requests], limits)
        self._indices.clear()
        self.sequences[beams] += [Sequence(request, []) for request in requests]
        self.width += len(rows)
        self.position[rows] = torch.tensor([self.filled[row] for row in rows], device=self.device)
        self._choose(batch, logits.repeat_interleave(beams, 0), begin, copy_from=0)
        return self._read(batch, begin)

    def _prefill(self, rows: list[int], prompts: list[list[int]]) -> torch.Tensor:
        """Fill the rows of the cache; return the logits after each prompt (prompts, vocab).

        Prompts are padded on the right: what the padding leaves in the cache is overwritten by the answer
        before any mask lets it be read.
        """
        longest = max(map(len, prompts))
        ids = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=self.device)
        causal = self.steps[:longest, None] >= self.steps[None, :longest]
        self.cache.prefill(torch.tensor(rows, device=self.device), longest)
        positions = self.steps[None, :longest].expand(len(rows), -1)
        hidden = self._forward(ids, positions, causal.expand(len(rows), 1, -1, -1))
        last = torch.tensor([len(p) - 1 for p in prompts], device=self.device)
        return self.model.lm_head(hidden[torch.arange(len(rows), device=self.device), last])

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """ids and positions (rows, length), mask bool (rows, 1, length, keys) → hidden (rows, length, size)."""
        return self.model.model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=self.cache,
            use_cache=True,
        ).last_hidden_state

    # -- one step --------------------------------------------------------------------------------------

    def step(self) -> None:
        """One token for every busy row."""
        rows, position = self.steps[: self.width], self.position[: self.width]
        length = max(self.filled[: self.width]) + 1
        self.cache.decode(rows, position, length)
        mask = (self.steps[:length] <= position[:, None])[:, None, None]
        hidden = self._forward(self.token[: self.width, None], position[:, None], mask)
        logits = self.model.lm_head(hidden[:, -1])
        self.position[: self.width] += 1
        for row in range(self.width):
            self.filled[row] += 1
        for batch in self.batches.values():
            if len(batch):
                copy_from = min(self.prompt_length[row] for row in batch.rows)
                self._choose(batch, logits[self._index(batch)], 0, copy_from)

    def _choose(self, batch, logits: torch.Tensor, begin: int, copy_from: int) -> None:
        """Next tokens of a batch's sequences from `begin` on; beams take their parents' cache along.

        A prompt is the same in all beams of a sequence, so only what follows it is copied; right after the
        prefill (`copy_from` 0) the copy is what spreads the prompt over the beams.
        """
        batch.advance(logits, begin)
        first, last = begin * batch.beams, len(batch) * batch.beams
        rows = self._index(batch)[first:]
        if batch.beams > 1:
            sources = rows.view(-1, batch.beams).gather(1, batch.parents[begin : len(batch)]).view(-1)
            self.cache.copy(sources, rows, copy_from, max(self.filled[row] for row in batch.rows[first:]))
        self.token[rows] = batch.tokens[first:last]

    # -- results ---------------------------------------------------------------------------------------

    def read(self) -> list[Sequence]:
        """All running sequences with what is settled of them. Waits for the device."""
        return [sequence for batch in self.batches.values() if len(batch) for sequence in self._read(batch, 0)]

    def _read(self, batch, begin: int) -> list[Sequence]:
        sequences = self.sequences[batch.beams][begin:]
        for sequence, tokens, finished in zip(sequences, *batch.read(begin), strict=True):
            if batch.beams == 1:
                sequence.tokens.append(tokens)
            else:
                sequence.tokens = tokens
            if finished:
                self._finish(sequence)
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
        index = sequences.index(sequence)
        freed = batch.rows[index * beams : (index + 1) * beams]
        batch.remove(index)
        self._indices.clear()
        sequences[index] = sequences[-1]
        sequences.pop()
        busy = range(self.width - beams)
        moving = [row for row in range(self.width - beams, self.width) if row not in freed]
        holes = [row for row in freed if row in busy]
        self.width -= beams
        if moving:
            self._move(moving, holes)

    def _move(self, sources: list[int], targets: list[int]) -> None:
        source, target = (torch.tensor(rows, device=self.device) for rows in (sources, targets))
        self.cache.copy(source, target, 0, max(self.filled[row] for row in sources))
        self.token[target], self.position[target] = self.token[source], self.position[source]
        for old, new in zip(sources, targets, strict=True):
            self.filled[new], self.prompt_length[new] = self.filled[old], self.prompt_length[old]
        renamed = dict(zip(sources, targets, strict=True))
        for batch in self.batches.values():
            batch.rows = [renamed.get(row, row) for row in batch.rows]
