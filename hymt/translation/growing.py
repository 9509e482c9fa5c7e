"""A text's translation as a reader sees it grow: in order, with the source where it has gaps."""

from __future__ import annotations

from hymt.text.blocks import Skeleton
from hymt.translation.job import Job
from hymt.translation.parts import Part, Parts, Run


class GrowingText:
    """The translation of a text as far as it has come."""

    def __init__(self, job: Job, skeleton: Skeleton) -> None:
        self._job, self._skeleton = job, skeleton
        self._settled = Parts()
        self._blocks = 0  # that are settled: those before the first unfinished one

    def parts(self, whole: bool = False) -> list[Part]:
        """The text up to the last chunk that has begun, or with `whole`, that is finished."""
        job = self._job
        while self._blocks < len(job.blocks) and job.finished[self._blocks]:
            self._settled.add(self._block(self._blocks, whole))
            self._blocks += 1
        tail: list[Run] = []
        end = 0  # after the last of it that is translated
        for index in range(self._blocks, self._end(whole)):
            before, *runs = self._block(index, whole)
            tail += before, *runs
            end = max([end, *(len(tail) - place for place, run in enumerate(reversed(runs)) if not run.untranslated)])
        del tail[end:]
        if self._blocks == len(job.blocks):
            tail.append(Run(self._skeleton.separators[-1]))
        return self._settled.followed_by(tail)

    def _end(self, whole: bool) -> int:
        """The block after the last of which there is something."""
        job = self._job
        begun = job.finished if whole else job.translations
        last = (
            index for index in range(len(job.blocks) - 1, self._blocks - 1, -1) if begun[index] or index in job.drafts
        )
        return next(last, self._blocks - 1) + 1

    def _block(self, index: int, whole: bool) -> list[Run]:
        """A block and what stands before it."""
        job, before = self._job, Run(self._skeleton.separators[index])
        if job.finished[index] and job.translations[index]:
            return [before, Run(self._skeleton.wrapped(index, job.translations[index]))]
        if draft := job.drafts.get(index):
            return [before, *draft.runs(whole)]
        return [before, Run(self._skeleton.wrapped(index, job.blocks[index].text), untranslated=True)]
