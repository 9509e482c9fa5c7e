"""Greedy and sampled decoding of many sequences at once, one row each, without a host sync in the step."""

from __future__ import annotations

import torch

from hymt.engine.decoding import MAX_TOP_K, Decoding


def penalise(scores: torch.Tensor, seen: torch.Tensor, penalty: torch.Tensor) -> torch.Tensor:
    """Repetition penalty (arXiv:1909.05858): scores (…, vocab), seen bool likewise, penalty (…, 1)."""
    return torch.where(seen, torch.where(scores < 0, scores * penalty, scores / penalty), scores)


def mark_seen(seen: torch.Tensor, prompts: list[list[int]]) -> None:
    """Mark each prompt's tokens in its row of `seen` (rows, vocab)."""
    for row, prompt in zip(seen, prompts, strict=True):
        row.zero_()
        row[torch.tensor(prompt, device=seen.device)] = True


def warped(scores: torch.Tensor, temperature, top_k, top_p) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities of the likeliest tokens, in falling order, and the tokens themselves, both (rows, k).

    Temperature, then top-k, then top-p, as transformers' logits warpers do; parameters are (rows, 1).
    """
    best, tokens = scores.topk(min(MAX_TOP_K, scores.shape[-1]))
    best = best / temperature
    ranks = torch.arange(best.shape[-1], device=best.device)
    best = best.masked_fill(ranks >= top_k, float("-inf"))
    probabilities = best.softmax(-1)
    before = probabilities.cumsum(-1) - probabilities
    kept = probabilities.masked_fill((before >= top_p) & (ranks > 0), 0.0)
    return kept / kept.sum(-1, keepdim=True), tokens


class SamplingBatch:
    """The state of up to `slots` sequences of one row each. Sequence i of the batch lives in `rows[i]`."""

    beams = 1
    parents = None

    def __init__(self, slots: int, max_len: int, vocab: int, eos: torch.Tensor) -> None:
        device = eos.device
        self.eos, self.vocab = eos, vocab
        self.rows: list[int] = []
        self.decodings: list[Decoding] = []
        # the newest token of each sequence, and whether it was the last: what the host reads
        self.news = torch.zeros(2, slots, dtype=torch.long, device=device)
        self.tokens = self.news[0]
        self.length = torch.zeros(slots, dtype=torch.long, device=device)
        self.limit = torch.zeros(slots, dtype=torch.long, device=device)
        # columns: temperature, top_k, top_p, repetition penalty
        self.parameters = torch.ones(slots, 4, device=device)
        self.draws = torch.zeros(slots, dtype=torch.bool, device=device)
        # one uniform number a step, drawn at admission: a seed's text does not depend on its neighbours
        self.uniform = torch.zeros(slots, max_len, device=device)
        self.seen: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def admit(self, rows: list[int], prompts: list[list[int]], decodings: list[Decoding], limits: list[int]) -> None:
        begin, end = len(self), len(self) + len(rows)
        self.rows += rows
        self.decodings += decodings
        device = self.tokens.device
        self.length[begin:end] = 0
        self.limit[begin:end] = torch.tensor(limits, device=device)
        parameters = [(d.temperature or 1.0, d.top_k, d.top_p, d.repetition_penalty) for d in decodings]
        self.parameters[begin:end] = torch.tensor(parameters, device=device)
        self.draws[begin:end] = torch.tensor([d.samples for d in decodings], device=device)
        for index, decoding in enumerate(decodings, begin):
            if decoding.samples:
                generator = torch.Generator().manual_seed(int(decoding.seed))
                self.uniform[index] = torch.rand(self.uniform.shape[1], generator=generator)
        if self.seen is None and any(d.repetition_penalty != 1 for d in self.decodings):
            self.seen = torch.zeros(self.tokens.shape[0], self.vocab, dtype=torch.bool, device=device)
        if self.seen is not None:
            mark_seen(self.seen[begin:end], prompts)

    @property
    def features(self) -> tuple[bool, bool]:
        return any(decoding.samples for decoding in self.decodings), self.seen is not None

    def advance(self, logits: torch.Tensor, begin: int, end: int) -> None:
        part = slice(begin, end)
        scores = logits.float()
        temperature, top_k, top_p, penalty = self.parameters[part].split(1, dim=1)
        if self.seen is not None:
            scores = penalise(scores, self.seen[part], penalty)
        chosen = scores.argmax(-1)
        if any(d.samples for d in self.decodings[part]):
            drawn = self._draw(scores, temperature, top_k, top_p, part)
            chosen = torch.where(self.draws[part], drawn, chosen)
        self.tokens[part] = chosen
        # rows of a captured step that hold no sequence count on, and must not point beyond the end
        self.length[part] = (self.length[part] + 1).clamp(max=self.uniform.shape[1] - 1)
        self.news[1, part] = torch.isin(chosen, self.eos) | (self.length[part] >= self.limit[part])
        if self.seen is not None:
            self.seen[part].scatter_(1, chosen[:, None], True)

    def _draw(self, scores, temperature, top_k, top_p, part: slice) -> torch.Tensor:
        probabilities, tokens = warped(scores, temperature, top_k, top_p)
        uniform = self.uniform[part].gather(1, self.length[part, None])
        index = torch.searchsorted(probabilities.cumsum(-1), uniform, right=True)
        last = (probabilities > 0).sum(-1, keepdim=True) - 1  # rounding must not reach past the kept tokens
        return tokens.gather(1, torch.minimum(index, last))[:, 0]

    def news_of(self, begin: int) -> torch.Tensor:
        return self.news[:, begin : len(self)]

    @staticmethod
    def read(news: torch.Tensor) -> tuple[list[int], list[bool]]:
        tokens, finished = news.tolist()
        return tokens, [bool(flag) for flag in finished]

    def remove(self, index: int) -> None:
        last = len(self) - 1
        if index != last:
            for state in (self.length, self.limit, self.parameters, self.draws, self.uniform):
                state[index] = state[last]
            if self.seen is not None:
                self.seen[index] = self.seen[last]
            self.rows[index], self.decodings[index] = self.rows[last], self.decodings[last]
        self.rows.pop()
        self.decodings.pop()
