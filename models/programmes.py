"""Programmes: when each can be started, and how far it has come in every month."""

from __future__ import annotations

from functools import cached_property

from models.case import Case, Programme, ProgrammeEffect, Source
from models.chain import Chain, Commodity
from models.horizon import Horizon

EffectKey = tuple[str, str, str, str]
"""(programme, sector, material, form)."""


class Programmes:
    """The programmes of a case on its calendar."""

    def __init__(self, case: Case, horizon: Horizon, chain: Chain) -> None:
        self.horizon = horizon
        self.chain = chain
        self.rows: dict[str, Programme] = {p.programme: p for p in case.programmes}
        self.effects: dict[EffectKey, ProgrammeEffect] = {(e.programme, e.sector, e.material, e.form): e for e in case.programme_effects}

    @cached_property
    def starts(self) -> tuple[tuple[str, int], ...]:
        """(programme, month) at which each candidate can be started, so that it has an effect inside the horizon."""
        h = self.horizon
        return tuple(
            (p.programme, d)
            for p in self.rows.values()
            if p.status == "candidate"
            for d in h.decision_dates
            if h.month_of(p.decide_from, 0) <= d <= h.month_of(p.decide_to, h.months) and d + p.lead_months < h.months
        )

    def decisions(self, programme: str, before: int) -> list[int | None]:
        """Months before ``before`` at which a programme can be started; None alone: it is no candidate."""
        if self.rows[programme].status != "candidate":
            return [None]
        return [d for p, d in self.starts if p == programme and d < before]

    def first_effect(self, programme: Programme, decided: int | None) -> int:
        """First month of effect of a candidate started at a month, or (None) of what is in force."""
        if decided is not None:
            return decided + programme.lead_months
        return self.horizon.month_of(programme.online, -12 * len(programme.ramp_pct))

    def share(self, programme: str, decided: int | None, month: int, cut: int | None) -> float:
        """Share of its full effect that a programme has in a month.

        ``decided``: month in which a candidate is started, None for the others. ``cut``: first month of the cut-off, None in the
        base plan; a contingency counts its lead and its ramp, by the month, from there.
        """
        row = self.rows[programme]
        if row.status == "contingency":
            step = -1 if cut is None else month - cut - row.lead_months
        else:
            step = (month - self.first_effect(row, decided)) // 12
        return 0.0 if step < 0 else row.ramp_pct[min(step, len(row.ramp_pct) - 1)] / 100

    def used_instead(self, effect: ProgrammeEffect) -> dict[Commodity, float]:
        """What is used instead of one tonne of demand that is replaced, both in contained oxide; empty where nothing is."""
        if not effect.serves_material:
            return {}
        mass = self.chain.mass_factor(effect.material, effect.form) / self.chain.mass_factor(effect.serves_material, effect.serves_form)
        return {c: share * effect.t_per_t * mass for c, share in self.chain.split(effect.serves_material, effect.serves_form).items()}

    def is_lever(self, source: Source) -> bool:
        """Whether a source can be bought in a cut-off only."""
        return bool(source.programme) and self.rows[source.programme].status == "contingency"

    def opens(self, source: Source) -> bool:
        """Whether a source waits for the plan to start a programme."""
        return bool(source.programme) and self.rows[source.programme].status == "candidate"
