"""Pattern tests as tasks: what each pattern lacks under a base plan, by whoever does the tasks.

In this process the engine's own probes are asked, over threads. A worker elsewhere is told the case once, builds the recourse
of a pattern when it is first asked, and keeps it hot. Both ask the same program the same questions in the same order, so that
they give the same answers.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np

from models.case import Case
from models.run import Study
from models.survival import Pattern
from optimizer.cuts import Cut, Probe, cut_of
from optimizer.errors import NumericalTrouble
from optimizer.executor import Executor, kept
from optimizer.highs import SolverOptions
from optimizer.progress import Progress
from optimizer.recourse import Recourse


@dataclasses.dataclass(frozen=True, eq=False)
class Question:
    """What is missing of the pattern (cut-off, start) where its recourse is handed these values (k,)?"""

    cutoff: str
    start: int
    handed: np.ndarray


class Patterns:
    """The patterns of a case, for whoever tests them. ``probes`` by (cut-off, start) are those of this process; they do not travel."""

    def __init__(self, case: Case, options: SolverOptions) -> None:
        self.case = case
        self.options = options
        self.probes: dict[tuple[str, int], Probe] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Patterns, (self.case, self.options)

    @cached_property
    def study(self) -> Study:
        """The case with what follows from it."""
        return Study(self.case)

    def probe(self, cutoff: str, start: int) -> Probe:
        """The probe of a pattern: this process's, or one that is made here and kept."""
        if (cutoff, start) in self.probes:
            return self.probes[cutoff, start]
        return kept((cutoff, start), lambda: self._made(cutoff, start))

    def _made(self, cutoff: str, start: int) -> Probe:
        return Probe(Recourse.of(self.study, Pattern(self.study.cutoffs[cutoff], start)), 0, self.options)


def lacks(patterns: Patterns, question: Question) -> tuple[float, np.ndarray]:
    """What is missing, t REO, and its slope (k,) in the values handed over. A task of `optimizer.executor.Executor`."""
    return patterns.probe(question.cutoff, question.start).lacks(question.handed)


def cuts_at(executor: Executor, patterns: Patterns, probes: list[Probe], x: np.ndarray, progress: Progress) -> list[Cut]:
    """The cut of every probe under a base plan ``x`` (n_base,), in their order. Raises ``NumericalTrouble`` where one cannot be tested."""
    questions = []
    for probe in probes:
        pattern = probe.recourse.pattern
        questions.append(Question(pattern.cutoff.cutoff, pattern.start, probe.recourse.handed(x)))

    def tell(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            progress.patterns(done, done, total)

    outcomes = executor.run(lacks, questions, shared=patterns, keys=[probe.position for probe in probes], on_done=tell)
    cuts = []
    for probe, question, outcome in zip(probes, questions, outcomes, strict=True):
        if outcome.value is None:
            raise NumericalTrouble(outcome.reason or f"the recourse of {probe.recourse.name} could not be tested: {outcome.kind}")
        cuts.append(cut_of(probe.recourse, probe.position, question.handed, *outcome.value))
    return cuts
