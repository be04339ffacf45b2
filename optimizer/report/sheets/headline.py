"""The top of the first sheet: headline, and the five figures below it."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.look import AMBER, BAND, FAINT, GREEN, INK, INK_ON, RED, Look
from optimizer.report.page import Page
from optimizer.report.survival import Outcome, outcomes, several, verdict
from optimizer.report.view import View

FILLS = {"green": GREEN, "amber": AMBER, "red": RED, "none": BAND}


def headline(page: Page, view: View) -> None:
    """What the plan amounts to, on the colour of the signal."""
    told = verdict(view)
    fill = FILLS[told.signal]
    ink = INK_ON.get(fill, INK)
    page.merged(page.row, 1, page.across, told.headline, Look(bold=True, size=18, fill=fill, colour=ink, middle=True, indent=1))
    page.sheet.row_dimensions[page.row].height = 34
    page.row += 1
    page.band(told.sentence, Look(size=11, fill=fill, colour=ink, indent=1), characters=135)
    page.row += 1


def figures(page: Page, view: View) -> None:
    """Cost, cost of survival, first month, smallest margin, patterns passed: each with a line that says what it is."""
    edges = (1, 2, 4, 7, 10, page.across + 1)
    for (label, value, below, colour), left, end in zip(_figures(view), edges[:-1], edges[1:], strict=True):
        page.merged(page.row, left, end - 1, label, Look(size=9, colour=FAINT, fill=BAND, align="center"))
        page.merged(
            page.row + 1,
            left,
            end - 1,
            value,
            Look(bold=True, size=15, colour=INK_ON.get(colour, INK), fill=colour or BAND, align="center", middle=True),
        )
        page.merged(page.row + 2, left, end - 1, below, Look(size=9, colour=FAINT, fill=BAND, align="center", wrap=True))
    page.sheet.row_dimensions[page.row + 1].height = 26
    page.sheet.row_dimensions[page.row + 2].height = 26
    page.row += 4


def _figures(view: View) -> list[tuple[str, str, str, str]]:
    """Label, figure, line below, colour of the five figures of the page."""
    summary, told = view.plan.summary, verdict(view)
    costed = bool(view.plan.costs)
    cost = f"{summary.cost_usd_m:,.0f}" if costed else "no plan"
    nearest = summary.status == "impossible"
    figures = [("Cost of the plan, million USD", cost, "discounted; it lacks least" if nearest and costed else "discounted", "")]
    reference = summary.unprotected_cost_usd_m
    if costed and nearest:
        figures.append(("What survival costs, million USD", "not known", "no plan survives", ""))
    elif costed and summary.status == "unproven":
        figures.append(("What survival costs, million USD", "not known", "this plan does not survive all", ""))
    elif reference is None or not costed:
        figures.append(("What survival costs, million USD", "not known", "no unprotected plan to compare with", ""))
    else:
        more = summary.cost_usd_m - summary.expected_crisis_usd_m - reference
        share = f" ({100 * more / abs(reference):+.1f} %)" if reference else ""
        figures.append(("What survival costs, million USD", f"{more:+,.0f}", f"against {reference:,.0f} unprotected{share}", ""))
    cuts = [t for t in outcomes(view) if t.required]
    starts = [t.first_start for t in cuts]
    all_from = max((s for s in starts if s is not None), default=None)
    if told.signal == "red":
        figures.append(
            ("All cut-offs survived from", "not survived" if summary.status == "impossible" else "not proven", "see Patterns", RED)
        )
    else:
        known = all_from is not None and None not in starts
        figures.append(("All cut-offs survived from", str(all_from) if known else "no cut-off", "first month in which each may begin", ""))
    figures.append(_margin(cuts))
    right = told.required == told.required_passed
    gap = "no plan" if not costed else "no gap" if summary.status in ("unproven", "impossible") else f"gap {summary.gap_pct:.2f} %"
    figures.append(
        (
            "Patterns passed",
            f"{told.required_passed:,} of {told.required:,}",
            f"that must be survived; {gap}",
            "" if right else RED,
        )
    )
    return figures


def _margin(cuts: Sequence[Outcome]) -> tuple[str, str, str, str]:
    label = "Smallest margin"
    failed = sum(len(t.failed) for t in cuts)
    if not any(t.required for t in cuts):
        return (label, "none", "no cut-off had to be survived", "")
    if failed:
        return (label, "none", f"{several(failed, 'pattern')} not survived", RED)
    smallest = min((t.smallest_margin for t in cuts if t.smallest_margin is not None), default=None)
    if smallest is None:
        return (label, "not known", "no margin was measured", "")
    binding = sum(len(t.binding) for t in cuts)
    measured = sum(t.margin(p) is not None for t in cuts for p in t.required)
    return (label, f"{smallest:.1f} %", f"{binding:,} of {several(measured, 'start')} measured bind (no margin)", "")
