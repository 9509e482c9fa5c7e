"""Beam search of many sequences at once: the beams of a sequence are rows of the same batch.

The rules are those of transformers' `generate` (length penalty 1, `early_stopping=False`), so that results
can be compared token by token; here every sequence has its own length, and stops by itself.
"""

from __future__ import annotations

import torch

from hymt.engine.decoding import Decoding
from hymt.engine.sampling import mark_seen, penalise

IMPOSSIBLE = -1.0e9


class BeamBatch:
    """The state of up to `slots // beams` sequences of `beams` rows each.

    Sequence i of the batch lives in `rows[i * beams:(i + 1) * beams]`. Shapes below: G sequences, B beams,
    K candidates (enough that B stay open when every beam ends), T = max_len tokens.
    """

    def __init__(self, beams: int, slots: int, max_len: int, vocab: int, eos: torch.Tensor) -> None:
        device, groups = eos.device, slots // beams
        self.beams, self.eos, self.vocab = beams, eos, vocab
        self.candidates = max(2, 1 + len(eos)) * beams
        self.rows: list[int] = []
        self.decodings: list[Decoding] = []

        def state(*shape, dtype=torch.float32):
            return torch.zeros(groups, *shape, dtype=dtype, device=device)

        self.running = state(beams, max_len, dtype=torch.long)
        self.running_scores = state(beams)
        self.ended = state(beams, max_len, dtype=torch.long)
        self.ended_scores = state(beams)
        self.ended_length = state(beams, dtype=torch.long)
        self.has_ended = state(beams, dtype=torch.bool)
        self.improvable = state(dtype=torch.bool)
        self.finished = state(dtype=torch.bool)
        self.length = state(dtype=torch.long)
        self.limit = state(dtype=torch.long)
        self.penalty = state()
        self.parents = state(beams, dtype=torch.long)
        self.tokens = torch.zeros(groups * beams, dtype=torch.long, device=device)
        # what is settled of each sequence, how many tokens that are, and whether it is finished: what the host reads
        self.news = state(max_len + 2, dtype=torch.long)
        self.seen: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.decodings)

    def _states(self) -> list[torch.Tensor]:
        """Every tensor with a sequence a row, for moving one."""
        states = [value for value in vars(self).values() if isinstance(value, torch.Tensor)]
        per_row = [self.tokens] if self.seen is None else [self.tokens, self.seen]
        states = [s for s in states if s is not self.eos and not any(s is p for p in per_row)]
        return states + [s.view(-1, self.beams, *s.shape[1:]) for s in per_row]

    def admit(self, rows: list[int], prompts: list[list[int]], decodings: list[Decoding], limits: list[int]) -> None:
        begin, end = len(self), len(self) + len(prompts)
        self.rows += rows
        self.decodings += decodings
        part, device = slice(begin, end), self.tokens.device
        self.running[part] = 0
        # only the first beam counts at first, lest all beams choose the same tokens
        self.running_scores[part] = IMPOSSIBLE
        self.running_scores[part, 0] = 0
        self.ended_scores[part] = IMPOSSIBLE
        self.has_ended[part] = False
        self.improvable[part] = True
        self.length[part] = 0
        self.limit[part] = torch.tensor(limits, device=device)
        self.penalty[part] = torch.tensor([d.repetition_penalty for d in decodings], device=device)
        if self.seen is None and any(d.repetition_penalty != 1 for d in self.decodings):
            self.seen = torch.zeros(len(self.tokens), self.vocab, dtype=torch.bool, device=device)
        if self.seen is not None:
            repeated = [prompt for prompt in prompts for _ in range(self.beams)]
            mark_seen(self.seen[begin * self.beams : end * self.beams], repeated)

    @property
    def features(self) -> tuple[bool, bool]:
        return False, self.seen is not None

    def advance(self, logits: torch.Tensor, begin: int, end: int) -> None:
        part = slice(begin, end)
        scores = self._scores(logits, part)
        vocab = scores.shape[-1]
        scores = (scores + self.running_scores[part, :, None]).flatten(1)  # (G, B · vocab)
        scores, flat = scores.topk(self.candidates)
        parents, tokens = flat // vocab, flat % vocab
        sequences = _gather(self.running[part], parents)
        position = self.length[part, None, None].expand(-1, self.candidates, 1)
        sequences.scatter_(2, position, tokens[:, :, None])
        # rows of a captured step that hold no sequence count on, and must not point beyond the end
        self.length[part] = (self.length[part] + 1).clamp(max=self.running.shape[2] - 1)
        ends = torch.isin(tokens, self.eos) | (self.length[part] >= self.limit[part])[:, None]
        self._keep_running(part, scores, parents, tokens, sequences, ends)
        self._keep_ended(part, scores, sequences, ends)
        self._check(part, ends)
        self._settle(part)

    def _scores(self, logits: torch.Tensor, part: slice) -> torch.Tensor:
        scores = logits.float().log_softmax(-1).view(-1, self.beams, logits.shape[-1])
        if self.seen is None:
            return scores
        seen = self.seen.view(-1, self.beams, self.vocab)[part]
        return penalise(scores, seen, self.penalty[part, None, None])

    def _keep_running(self, part, scores, parents, tokens, sequences, ends) -> None:
        """The best B candidates that go on become the beams of the next step."""
        scores, best = (scores + ends * IMPOSSIBLE).topk(self.beams)
        self.running[part] = _gather(sequences, best)
        self.running_scores[part] = scores
        self.parents[part] = parents.gather(1, best)
        chosen = tokens.gather(1, best)
        self.tokens.view(-1, self.beams)[part] = chosen
        if self.seen is not None:
            seen = self.seen.view(-1, self.beams, self.vocab)[part]
            seen.copy_(_gather(seen, self.parents[part]))
            seen.scatter_(2, chosen[:, :, None], True)

    def _keep_ended(self, part, scores, sequences, ends) -> None:
        """Merge candidates that ended now with those that ended before; keep the best B."""
        length = self.length[part, None]
        among_best = torch.arange(self.candidates, device=ends.device) < self.beams
        ends = ends & among_best
        scores = scores / length + ~self.improvable[part, None] * IMPOSSIBLE + ~ends * IMPOSSIBLE
        scores = torch.cat((self.ended_scores[part], scores), 1)
        scores, best = scores.topk(self.beams)
        self.ended_scores[part] = scores
        self.ended[part] = _gather(torch.cat((self.ended[part], sequences), 1), best)
        lengths = torch.cat((self.ended_length[part], length.expand(-1, self.candidates)), 1)
        self.ended_length[part] = lengths.gather(1, best)
        self.has_ended[part] = torch.cat((self.has_ended[part], ends), 1).gather(1, best)

    def _check(self, part: slice, ends: torch.Tensor) -> None:
        """A sequence is finished when no open beam can still beat its worst ended one, or none is open."""
        best_open = self.running_scores[part, 0] / self.length[part]
        worst = torch.where(self.has_ended[part], self.ended_scores[part].amin(1, keepdim=True), IMPOSSIBLE)
        self.improvable[part] &= (best_open[:, None] > worst).any(1)
        self.finished[part] = ~self.improvable[part] | ends.all(1)

    def _settle(self, part: slice) -> None:
        """Of an unfinished sequence, what all open and all ended beams have in common will not change any more."""
        best, finished = self.running[part, 0], self.finished[part]
        steps = torch.arange(best.shape[1], device=best.device)
        alike = (self.running[part] == best[:, None]).all(1)
        alike &= ((self.ended[part] == best[:, None]) | ~self.has_ended[part, :, None]).all(1)
        common = (alike & (steps < self.length[part, None])).long().cumprod(1).sum(1)
        self.news[part, :-2] = torch.where(finished[:, None], self.ended[part, 0], best)
        self.news[part, -2] = torch.where(finished, self.ended_length[part, 0], common)
        self.news[part, -1] = finished

    def news_of(self, begin: int) -> torch.Tensor:
        return self.news[begin : len(self)]

    @staticmethod
    def read(news: torch.Tensor) -> tuple[list[list[int]], list[bool]]:
        counts, finished = news[:, -2].tolist(), news[:, -1].tolist()
        rows = news[:, : max(counts)].tolist()
        return [row[:count] for row, count in zip(rows, counts, strict=True)], [bool(flag) for flag in finished]

    def remove(self, index: int) -> None:
        last, beams = len(self) - 1, self.beams
        if index != last:
            for state in self._states():
                state[index] = state[last]
            self.rows[index * beams : (index + 1) * beams] = self.rows[last * beams :]
            self.decodings[index] = self.decodings[last]
        del self.rows[last * beams :]
        self.decodings.pop()


def _gather(states: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """states (G, N, T) at index (G, M) of their second dimension: (G, M, T)."""
    return states.gather(1, index[:, :, None].expand(-1, -1, states.shape[2]))
