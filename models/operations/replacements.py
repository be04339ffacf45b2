"""What programmes do in each slot of a run: demand that they replace, and sources that they open.

A tonne of demand that is replaced counts as served; what is used instead is taken from the balance like any other. In a
recourse works what was started before the cut, on its own timetable, and the contingencies after their lead; more demand
(the margin) is not replaced.

(G4) a programme replaces no more than its share of the demand, as far as it has come
(G5) a source that a programme opens sells as far as the programme has come
(G6) purchases and liftings of such a source stay within what the programme opens
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.horizon import Slot
from models.modelling import pyo
from models.operations.flows import Flow
from models.pieces import KILOGRAMS, Piece, charge
from models.run import Run

ByDecision = dict[int | None, float]
"""Tonnes by month in which the programme is started; None: it is no candidate."""


def declare(b: Any, run: Run) -> None:
    """``replaced_t[g, sector, material, form, t]``: t REO of a demand that programme g replaces in slot t, where it can."""
    programmes = run.study.programmes
    most: dict[tuple[str, str, str, str, int], ByDecision] = {}
    for key, effect in programmes.effects.items():
        for slot in run.slots:
            by_decision = run.replaceable_t(effect, slot)
            if by_decision:
                most[(*key, slot.first)] = by_decision
    b.replaceable_t = most
    b.REPLACEMENTS = pyo.Set(dimen=5, initialize=list(most), doc="programmes x sectors x materials x forms x slots")
    b.replaced_t = pyo.Var(b.REPLACEMENTS, bounds=lambda _b, *key: (0, max(most[key].values())), doc="demand replaced, t REO")
    b.replaced_of = defaultdict(list)
    for g, *demand, t in b.REPLACEMENTS:
        variable = b.replaced_t[(g, *demand, t)]
        b.replaced_of[(*demand, t)].append(variable)
        for commodity, share in programmes.used_instead(programmes.effects[(g, *demand)]).items():
            b.goes.append(Flow(("sector", demand[0]), commodity, t, share, variable))


def costs(b: Any, run: Run) -> Iterator[Piece]:
    """Cost of demand that is replaced, per kilogram of its form's own mass; it rises with the settings' escalation."""
    study = run.study
    for g, *demand, t in b.REPLACEMENTS:
        effect = study.programmes.effects[(g, *demand)]
        per_kg_reo = effect.usd_per_kg * study.chain.mass_factor(effect.material, effect.form)
        yield charge(run, "programmes", t, per_kg_reo * study.horizon.escalation(t) * KILOGRAMS, b.replaced_t[(g, *demand, t)])


def constrain(b: Any, m: Any, run: Run) -> None:
    """Rules G4 to G6, where the effect hangs on a decision."""
    study = run.study

    @b.Constraint(
        [key for key in b.REPLACEMENTS if None not in b.replaceable_t[key]],
        doc="(G4) a programme replaces no more than its share of the demand, as far as it has come",
    )
    def replace_no_more_than_its_share(b: Any, *key: Any) -> Any:
        return b.replaced_t[key] <= pyo.quicksum(t * m.started[key[0], d] for d, t in b.replaceable_t[key].items())

    slots = {slot.first: slot for slot in run.slots}
    opened = [s for s in study.case.sources if study.programmes.opens(s)]
    purchases = [(s.source, t) for s in opened for t in slots if (s.source, t) in b.PURCHASES]
    lifted: dict[tuple[str, int], list[Any]] = defaultdict(list)
    if opened:
        names = {s.source for s in opened}
        for c, s, t in b.LIFTINGS:
            if s in names:
                lifted[s, t].append(b.lifted_t[c, s, t])

    def open_t(s: str, t: int, whole: bool) -> Any:
        source = study.sources[s]
        terms = []
        for d in study.programmes.decisions(source.programme, run.start):
            shares = ((month, study.programmes.share(source.programme, d, month, None)) for month in slots[t].range)
            tonnes = sum(
                share * (run.output_t(source, Slot(month, 1)) if whole else run.market_t(source, Slot(month, 1)))
                for month, share in shares
                if share
            )
            terms.append(tonnes * m.started[source.programme, d])
        return pyo.quicksum(terms)

    @b.Constraint(purchases, doc="(G5) a source that a programme opens sells as far as the programme has come")
    def buy_what_the_programme_opens(b: Any, s: str, t: int) -> Any:
        return b.bought_t[s, t] <= open_t(s, t, whole=False)

    @b.Constraint(list(lifted), doc="(G6) purchases and liftings of such a source stay within what the programme opens")
    def have_what_the_programme_opens(b: Any, s: str, t: int) -> Any:
        bought = [b.bought_t[s, t]] if (s, t) in b.PURCHASES else []
        return pyo.quicksum(bought + lifted[s, t]) <= open_t(s, t, whole=True)
