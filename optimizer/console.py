"""What the terminal says about a plan, about faults of the input and about tables: plain words, one line each."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.columns import Month

if TYPE_CHECKING:
    from models.plan import Missing, Plan, Readiness, Repair, Summary
    from optimizer.audit.verdict import Verdict
    from optimizer.faults import Fault

MOST_MISSING = 12
"""So many shortfalls are printed; the report holds them all."""

MOST_FINDINGS = 20
"""So many findings of a failed re-computation are printed."""

_ANSWERS = {
    "certified": "a plan that survives every pattern, within the gap",
    "limit": "a limit was reached; the plan survives every pattern, a cheaper one may exist",
    "unproven": "a limit was reached; the plan does NOT survive every pattern",
    "impossible": "no plan survives; what follows lacks least, and says what is missing",
}


_WITHOUT_CUTS = {
    "certified": "the cheapest plan, within the gap",
    "limit": "a limit was reached; a cheaper plan may exist",
}
"""What was found where nothing had to be survived."""


def summary_lines(plan: Plan, passed_audit: bool) -> Iterator[str]:
    """The plan in plain words, and whether it passed its re-computation."""
    summary = plan.summary
    yield printable(summary.title)
    if not passed_audit:
        yield _labelled("Answer", "the plan FAILED its re-computation: do not use it; what follows is only claimed")
    yield _labelled("Answer", _answer(summary))
    if summary.locked != "nothing":
        yield _labelled("Locked", f"decisions taken over as they were: {summary.locked}")
    if summary.status != "impossible":
        yield from _cost_lines(summary)
    if summary.patterns_tested or summary.status not in _WITHOUT_CUTS:
        tested = f"{summary.patterns_passed:,} of {summary.patterns_tested:,} patterns (a cut-off with a first month)"
        yield _labelled("Survives", tested)
    else:
        yield _labelled("Survives", "nothing was asked: the workbook has no cut-off that must be survived")
    for ready in plan.readiness:
        yield _ready_line(ready, summary.status, any(row.cutoff == ready.cutoff for row in plan.missing))
    for signature in plan.signatures:
        if signature.decided:
            span = f"delivers {signature.first_delivery} to {signature.last_delivery}"
            yield _labelled("Sign", f"{signature.contract} in {signature.signed}, {span}")
    for construction in plan.constructions:
        units = "" if construction.units == 1 else f", {construction.units} units"
        yield _labelled("Build", f"{construction.plant}{units}: decide in {construction.decided}, online {construction.online}")
    for start in plan.programme_starts:
        yield _labelled("Start", f"{start.programme}: decide in {start.decided}, works from {start.first_effect}")
    yield from _missing_lines(plan.missing)
    yield from _least_lines(plan)
    yield from repair_lines(plan.repairs)
    yield _checked_line(summary, passed_audit)


def _ready_line(ready: Readiness, status: str, fails: bool) -> str:
    """From when a cut-off is survived; of a plan that is not safe it is only said from when that was asked."""
    start = f"from {ready.first_start} on" if ready.first_start is not None else "from no start"
    if status == "unproven":
        return _labelled("Asked", f"{ready.cutoff}: {start}" + ("; this plan does not survive all of it" if fails else ""))
    found = " (the earliest that was found)" if ready.found else ""
    latest = ready.latest_first_start
    late = latest is not None and (ready.first_start is None or ready.first_start > latest)
    return _labelled("Ready", f"{ready.cutoff}: {start}{found}" + (f"; asked: no later than {latest}" if late else ""))


def _cost_lines(summary: Summary) -> Iterator[str]:
    if summary.status == "unproven":
        least = f"a plan that survives costs no less than {summary.bound_usd_m:,.2f}"
        yield _labelled("Cost", f"{summary.cost_usd_m:,.2f} million USD, discounted, without the safety asked for; {least}")
        return
    bound = f"no plan can cost less than {_millions(summary.bound_usd_m)} (gap {summary.gap_pct:.2f} %)"
    yield _labelled("Cost", f"{_millions(summary.cost_usd_m)} million USD, discounted; {bound}")
    if summary.expected_crisis_usd_m:
        yield _labelled("Crises", f"{_millions(summary.expected_crisis_usd_m)} million USD of this is what they are expected to cost")
    if summary.unprotected_cost_usd_m is not None and summary.patterns_tested:
        more = summary.cost_usd_m - summary.expected_crisis_usd_m - summary.unprotected_cost_usd_m
        yield _labelled("Insurance", f"{more:,.2f} million USD more than the cheapest plan that need survive nothing")


def _answer(summary: Summary) -> str:
    """What was found; where nothing had to be survived, of the cost alone."""
    return _ANSWERS[summary.status] if summary.patterns_tested else _WITHOUT_CUTS.get(summary.status, _ANSWERS[summary.status])


def _millions(usd_m: float) -> str:
    """Two decimals, more of a small sum: five figures."""
    if usd_m == 0 or abs(usd_m) >= 100:
        return f"{usd_m:,.2f}"
    return f"{usd_m:.{max(2, 4 - math.floor(math.log10(abs(usd_m))))}f}"


def _missing_lines(missing: Sequence[Missing]) -> Iterator[str]:
    """One line for each cut-off and demand, at the start that lacks most; starts are alternatives, so nothing is summed over them."""
    short: dict[tuple[str, str, str, str], dict[Month, list[Missing]]] = defaultdict(lambda: defaultdict(list))
    for row in missing:
        short[row.cutoff, row.sector, row.material, row.form][row.start].append(row)
    worst = {key: max(starts.values(), key=_tonnes) for key, starts in short.items()}
    ranked = sorted(worst, key=lambda key: -_tonnes(worst[key]))
    for key in ranked[:MOST_MISSING]:
        cutoff, sector, material, form = key
        rows, others = worst[key], len(short[key]) - 1
        first, last = min(row.month for row in rows), max(row.month for row in rows)
        when = str(first) if first == last else f"{first} to {last}"
        begins = f"when {cutoff} begins in {rows[0].start}" + (
            "" if not others else f" ({others} more start{' lacks' if others == 1 else 's lack'} some)"
        )
        yield _labelled("Missing", f"{_tonnes(rows):,.2f} t REO of {material} {form} for {sector}, {when}, {begins}")
    if len(ranked) > MOST_MISSING:
        yield _labelled("Missing", f"... and {len(ranked) - MOST_MISSING} more, all in the report")


def _least_lines(plan: Plan) -> Iterator[str]:
    """Where no plan survives: how sure that is, and from when each material that lacks could be served if nothing else had to be."""
    summary = plan.summary
    if summary.missing_t is not None and summary.least_missing_t is not None:
        text = f"a plan lacks {summary.missing_t:,.4g} t REO in all starts together; none that is ready as early lacks less than "
        yield _labelled("Least", text + f"{summary.least_missing_t:,.4g} (found twice, with and without presolve)")
    for row in plan.readiness_by_material[:MOST_MISSING]:
        when = "from no start" if row.first_start is None else f"from {row.first_start} on"
        yield _labelled("By itself", f"{row.cutoff}: {row.material} {row.form} could be served {when}, if nothing else had to be")


def repair_lines(repairs: Sequence[Repair]) -> Iterator[str]:
    """One line for each repair: what changes, from when it is survived, what it costs."""
    numbers = dict.fromkeys(row.repair for row in repairs)
    for number in numbers:
        rows = [row for row in repairs if row.repair == number]
        changes = " and ".join(row.change for row in rows)
        survives = f"survives from {rows[0].survives_from}" if rows[0].survives_from else "survives"
        said = survives if rows[0].proven else "NOT proven: the case solved with it was not survived"
        plan = "" if rows[0].plan_usd_m is None else f", the plan then {_millions(rows[0].plan_usd_m)}"
        yield _labelled(f"Repair {number}", f"{changes}: {said}; costs {rows[0].total_usd_m:,.6g} million USD{plan}")


def _tonnes(missing: Sequence[Missing]) -> float:
    return sum(row.missing_t for row in missing)


def _checked_line(summary: Summary, passed_audit: bool) -> str:
    verdict = "passed" if passed_audit else "FAILED"
    return _labelled("Checked", f"re-computation {verdict}, largest violation {summary.largest_violation:.1e}")


def _labelled(label: str, text: str) -> str:
    return f"{label:<10} {printable(text)}"


def fault_lines(faults: Iterable[Fault]) -> Iterator[str]:
    """One line for each fault: severity, sheet!cell, value, what was expected, how to mend it."""
    for fault in faults:
        yield printable(str(fault))


def finding_lines(verdict: Verdict) -> Iterator[str]:
    """The worst findings of a re-computation, and how many there are besides."""
    for finding in verdict.findings[:MOST_FINDINGS]:
        yield printable(f"re-computation: {finding}")
    rest = len(verdict.findings[MOST_FINDINGS:]) + sum(verdict.more.values())
    if rest:
        yield f"re-computation: ... and {rest:,} findings more"


def table_lines(rows: Sequence[Any]) -> Iterator[str]:
    """Records of one dataclass as a table of aligned columns: names, units, values. Nothing for no rows."""
    if not rows:
        return
    fields = dataclasses.fields(rows[0])
    units = [str(field.metadata.get("unit", "")) for field in fields]
    body = [[_cell(getattr(row, field.name)) for field in fields] for row in rows]
    head = [[field.name for field in fields], *([units] if any(units) else [])]
    numeric = [all(_is_number(getattr(row, field.name)) for row in rows) for field in fields]
    widths = [max(len(line[i]) for line in head + body) for i in range(len(fields))]
    for line in [*head, ["-" * width for width in widths], *body]:
        cells = (text.rjust(width) if right else text.ljust(width) for text, width, right in zip(line, widths, numeric, strict=True))
        yield "  ".join(cells).rstrip()


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{round(value, 2) + 0.0:,.2f}" if math.isfinite(value) else "-"  # + 0.0: no minus before a zero
    if isinstance(value, tuple):
        return "; ".join(_cell(part) for part in value)
    return printable(str(value))


def as_json(value: Any) -> str:
    """Records, tuples and plain values as JSON text; what is not a number becomes null, a month its text."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and not isinstance(value, Month):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def printable(text: str) -> str:
    """The text without characters that would steer a terminal; names come from workbooks of unknown origin."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
