"""Rights under contracts in a run: what can be lifted on a line, what is owed, and what a cut leaves of both.

Where a cut hits the source of a line, right and obligation shrink with the share of the source's output that is left. A line
with priority is served first instead: it keeps its whole right as long as what the cut leaves of the source's maximum covers
it, and never gets more than that. Its minimum shrinks only as far as its right does. What several lines and the market take of
one source together is bound by what is left of its output (rule P1), so what a line with priority takes is there for nobody
else. A cut that names the contract takes its share of any line: priority is over other customers, not over the supplier's will.
Where the source's plant comes on line late, shares of its output and, under force majeure, minimums follow.
"""

from __future__ import annotations

from models.case import ContractLine, Financing
from models.horizon import Slot
from models.run import Run
from models.survival import hits_contract


def right_t(run: Run, line: ContractLine, signed: int | None, slot: Slot) -> float:
    """Most that can be lifted on a line in a slot, t REO, for a contract signed at a month (None: in force already).

    In a recourse the optional part of the maximum is there only after its call notice, and the cut leaves its share of the rest. A
    month may use the line's flexibility.
    """
    study, contract = run.study, run.study.contracts[line.contract]
    in_force = study.delivery(contract, signed)
    uncalled = range(run.start, run.start + contract.call_notice_months) if run.pattern is not None else range(0)
    total = 0.0
    for m in slot.range:
        if m in in_force:
            most = study.line_maximum(line, m, in_force.start, run.flow_t(line.source)[0][m])
            most = max(0.0, most - (line.optional_t_per_yr / 12 if m in uncalled else 0.0))
            total += most * share_left(run, line, m, most)
    return line.monthly_flexibility * total


def extra_t(run: Run, row: Financing, signed: int, slot: Slot) -> float:
    """Extra right in a slot that an optional financing buys, for a contract signed at a month; less what the cut takes, t REO."""
    line, monthly = run.study.lines[row.contract, row.source], row.extra_max_t_per_yr / 12
    in_force = run.study.delivery(run.study.contracts[row.contract], signed)
    months = sum(share_left(run, line, m, monthly) for m in slot.range if m in in_force)
    return line.monthly_flexibility * monthly * months


def owed_t(run: Run, line: ContractLine, month: int, begun: int) -> float:
    """Minimum of a line in a month in force, t REO; under force majeure it shrinks as the line's right does."""
    if run.pattern is None or not run.study.contracts[line.contract].force_majeure:
        return run.study.line_minimum(line, month, begun)
    output = run.flow_t(line.source)[0][month]
    least, most = run.study.line_minimum(line, month, begun, output), run.study.line_maximum(line, month, begun, output)
    return least * share_left(run, line, month, most)


def share_left(run: Run, line: ContractLine, month: int, tonnes: float) -> float:
    """Share that the cut leaves of a right to so many tonnes in a month."""
    hitting = run.on_line(line)
    if not line.priority or not hitting or tonnes <= 0:
        return run.left(month, hitting)
    contract, source = run.study.contracts[line.contract], run.study.sources[line.source]
    by_name = tuple(p for p in hitting if hits_contract(p.cutoff, contract, source, run.study.chain))
    output = run.flow_t(line.source)[0][month] * run.left(month, run.on_source(line.source))
    return min(run.left(month, by_name), output / tonnes)
