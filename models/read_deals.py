"""Solved values -> rows of the plan that settle contracts."""

from __future__ import annotations

from models.financing import net_usd_m
from models.operations.make_up import credit_usd_per_kg
from models.operations.rebates import cap_usd_m, earned
from models.operations.volume_discounts import saving_usd_per_kg
from models.plan import Discounted, Financed, MadeUp, Rebate
from models.read_plan import SMALLEST_T, Values
from models.run import Run, Study
from models.settlement import Signed, settled


def chosen(values: Values, contract: str, signatures: list[Signed]) -> list[Signed]:
    """Of the signatures that an account lists, those that hold: in force already, or signed."""
    signed = values.get("signed", {})
    return [d for d in signatures if d is None or signed.get((contract, d), 0.0) > 0.5]


def read_rebates(run: Run, values: Values) -> tuple[Rebate, ...]:
    """What comes back under upside shares, by contract line and settlement year of the base plan."""
    found = []
    for (c, s, y), account in settled(run).items():
        by_slot, signatures = earned(run, account), chosen(values, c, list(account.months))
        lifted = {t: values.get("lifted_t", {}).get((c, s, t), 0.0) for t in by_slot}
        entitled = sum(by_slot[t] * tonnes for t, tonnes in lifted.items())
        if signatures and entitled > SMALLEST_T:
            found.append(
                Rebate(
                    contract=c,
                    source=s,
                    year=account.year,
                    lifted_t=sum(lifted.values()),
                    entitled_usd_m=entitled,
                    cap_usd_m=cap_usd_m(run, account, signatures[0]),
                    rebate_usd_m=values.get("rebate_usd_m", {}).get((c, s, y), 0.0),
                )
            )
    return tuple(found)


def read_make_ups(run: Run, values: Values) -> tuple[MadeUp, ...]:
    """What is paid in one settlement year and lifted in another."""
    made_up = {key: t for key, t in values.get("made_up_t", {}).items() if t > SMALLEST_T}
    years = settled(run) if made_up else {}
    return tuple(
        MadeUp(
            contract=c,
            source=s,
            paid_year=years[c, s, y0].year,
            year=years[c, s, y1].year,
            made_up_t=tonnes,
            credit_usd_per_kg=credit_usd_per_kg(run.study, years[c, s, y1]),
        )
        for (c, s, y0, y1), tonnes in made_up.items()
    )


def read_financed(study: Study, values: Values) -> tuple[Financed, ...]:
    """Money put up with the contracts that are signed, in the order of the sheet."""
    h = study.horizon
    found = []
    for row in study.case.financings:
        name, taken = (row.financing, "financed") if row.optional else (row.contract, "signed")
        for d in (d for (key, d), n in values.get(taken, {}).items() if key == name and n > 0.5):
            first = study.delivery(study.contracts[row.contract], d).start
            found.append(
                Financed(
                    financing=row.financing,
                    contract=row.contract,
                    signed=h.date(d),
                    decided=row.optional,
                    usd_m=row.usd_m,
                    net_usd_m=net_usd_m(h, row, d, first),
                    extra_max_t_per_yr=row.extra_max_t_per_yr,
                )
            )
    return tuple(found)


def read_discounted(run: Run, values: Values) -> tuple[Discounted, ...]:
    """Tonnes above the steps of volume discounts, by contract line and settlement year."""
    held = {key: t for key, t in values.get("band_t", {}).items() if key[3] and t > SMALLEST_T}
    years = settled(run) if held else {}
    found = []
    for (c, s, y, k), tonnes in held.items():
        steps = sorted((v.from_t_per_yr, v.discount_pct) for v in run.study.case.volume_discounts if (v.contract, v.source) == (c, s))
        start, pct = steps[k - 1]
        account = years[c, s, y]
        saving = saving_usd_per_kg(run.study, account, pct)
        found.append(Discounted(contract=c, source=s, year=account.year, from_t=start, discounted_t=tonnes, saving_usd_per_kg=saving))
    return tuple(found)
