"""Solved values -> rows of the plan that settle contracts."""

from __future__ import annotations

from models.operations.rebates import cap_usd_m, earned
from models.plan import Rebate
from models.read_plan import SMALLEST_T, Values
from models.run import Run
from models.settlement import Signed, accounts


def chosen(values: Values, contract: str, signatures: list[Signed]) -> list[Signed]:
    """Of the signatures that an account lists, those that hold: in force already, or signed."""
    signed = values.get("signed", {})
    return [d for d in signatures if d is None or signed.get((contract, d), 0.0) > 0.5]


def read_rebates(run: Run, values: Values) -> tuple[Rebate, ...]:
    """What comes back under upside shares, by contract line and settlement year of the base plan."""
    found = []
    for (c, s, y), account in accounts(run).items():
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
                    cap_usd_m=cap_usd_m(account, signatures[0]),
                    rebate_usd_m=values.get("rebate_usd_m", {}).get((c, s, y), 0.0),
                )
            )
    return tuple(found)
