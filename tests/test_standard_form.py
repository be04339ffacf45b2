"""Programs made from Pyomo models and from blocks on a base; numbers that must not get through."""

from __future__ import annotations

import dataclasses
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.core.base.constraint as pyomo_constraint
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp
from pyomo.common.errors import InvalidConstraintError, InvalidExpressionError

from optimizer.highs import SolverOptions, Status, solve
from optimizer.standard_form import (
    Block,
    NeverSatisfied,
    NumericalTrouble,
    Program,
    check,
    compile_model,
    ranges,
    stack,
    stack_with_positions,
)

INF = np.inf


def hand_model() -> Any:
    """max 3 a - 2 b[1] + 5 c + 10 with b[2] fixed at 4; rows: a range, an equation, a one-sided one, one always true."""
    model = pyo.ConcreteModel()
    model.a = pyo.Var(bounds=(0, 7))
    model.b = pyo.Var([1, 2], within=pyo.Integers, bounds=(-3, None))
    model.unused = pyo.Var([("u", 1)], bounds=(None, 2))
    model.sub = pyo.Block()
    model.sub.c = pyo.Var(within=pyo.Binary)
    model.b[2].fix(4)
    model.gain = pyo.Objective(expr=3 * model.a - 2 * model.b[1] + 5 * model.sub.c + 10, sense=pyo.maximize)
    model.range = pyo.Constraint(expr=(1, model.a + 2 * model.b[1] + model.b[2] + 3, 20))
    model.equal = pyo.Constraint(expr=model.a + model.b[1] == 5 * model.sub.c + model.a / 2)
    model.above = pyo.Constraint([(0, "x")], rule=lambda m, i, j: m.b[1] - m.sub.c >= -2)
    model.true = pyo.Constraint(expr=0 * model.a <= 3)
    return model


def test_compile_gives_the_matrix_written_by_hand() -> None:
    """Every part of a small model, fixed variable, range, constant and maximisation included, is the one worked out on paper."""
    compiled = compile_model(hand_model())
    program = compiled.program
    assert list(program.column_names) == ["a", "b[1]", "unused[u,1]", "sub.c"]
    assert list(program.row_names) == ["range", "equal", "above[0,x]"]
    assert program.matrix.toarray().tolist() == [[1, 2, 0, 0], [0.5, 1, 0, -5], [0, 1, 0, -1]]
    assert program.row_lower.tolist() == [1 - 3 - 4, 0, -2]
    assert program.row_upper.tolist() == [20 - 3 - 4, 0, INF]
    assert program.cost.tolist() == [-3, 2, 0, -5]
    assert program.offset == -10
    assert program.column_lower.tolist() == [0, -3, -INF, 0]
    assert program.column_upper.tolist() == [7, INF, 2, 1]
    assert program.integer.tolist() == [False, True, False, True]
    assert compiled.sense == -1
    assert compiled.fixed == {("b", 2): 4.0}
    assert compiled.column("sub.c") == 3
    assert compiled.column("unused", ("u", 1)) == 2
    assert compiled.columns_of("b") == {1: 1}
    assert compiled.values("b", np.array([0.0, 6.0, 0.0, 0.0])) == {1: 6.0, 2: 4.0}
    assert compiled.row_keys == [("range", None), ("equal", None), ("above", (0, "x"))]
    with pytest.raises(KeyError):
        compiled.column("b", 2)


def test_compiled_optimum_is_the_one_found_by_enumeration() -> None:
    """Brute force over the integers of the hand model agrees with the solver on the compiled arrays."""
    best = -INF
    for b in range(-3, 20):
        for c in (0, 1):
            a = 2 * (5 * c - b)
            if 0 <= a <= 7 and 1 <= a + 2 * b + 4 + 3 <= 20 and b - c >= -2:
                best = max(best, 3 * a - 2 * b + 5 * c + 10)
    result = solve(compile_model(hand_model()).program)
    assert result.status is Status.OPTIMAL
    assert -result.objective == pytest.approx(best)


def test_templates_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Constraints that Pyomo holds as templates compile to the same arrays as plain ones."""

    def model() -> Any:
        m = pyo.ConcreteModel()
        m.T = pyo.RangeSet(0, 9)
        m.s = pyo.Var(m.T, bounds=(0, 5))
        m.d = pyo.Var(m.T, within=pyo.NonNegativeReals)
        m.s[0].fix(2)
        m.keep = pyo.Constraint(pyo.RangeSet(1, 9), rule=lambda m, t: m.s[t] == m.s[t - 1] - m.d[t] + 1)
        m.cost = pyo.Objective(expr=sum((t + 1) * m.d[t] for t in m.T))
        return m

    plain = compile_model(model())
    monkeypatch.setattr(pyomo_constraint, "TEMPLATIZE_CONSTRAINTS", True)
    templated_model = model()
    assert hasattr(templated_model.keep[1], "template_expr"), "the switch took no effect: is it still there in this Pyomo?"
    templated = compile_model(templated_model)
    assert (plain.program.matrix != templated.program.matrix).nnz == 0
    assert plain.column_keys == templated.column_keys
    for field in ("cost", "row_lower", "row_upper", "column_lower", "column_upper", "integer"):
        assert np.array_equal(getattr(plain.program, field), getattr(templated.program, field)), field


def test_columns_do_not_depend_on_numbers() -> None:
    """A coefficient of zero removes an entry, never a column or the order of columns."""

    def model(factor: float) -> Any:
        m = pyo.ConcreteModel()
        m.x = pyo.Var([1, 2, 3])
        m.row = pyo.Constraint(expr=m.x[3] + factor * m.x[1] >= 2)
        return m

    one, none = compile_model(model(1.0)), compile_model(model(0.0))
    assert one.column_keys == none.column_keys == [("x", 1), ("x", 2), ("x", 3)]
    assert (one.program.nonzeros, none.program.nonzeros) == (2, 1)
    assert not one.program.cost.any()


def test_a_constraint_that_is_false_as_it_stands_is_named() -> None:
    """A false constraint without variables raises, with its name."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var()
    model.need = pyo.Constraint(["copper"], rule=lambda m, i: 0 * m.x >= 1)
    with pytest.raises(NeverSatisfied, match=r"need\[copper\]") as caught:
        compile_model(model)
    assert caught.value.constraint == "need[copper]"


def _coefficient(value: float) -> Callable[[Any], None]:
    def change(m: Any) -> None:
        m.row = pyo.Constraint(expr=m.x[2] + value * m.x[1] >= 1)

    return change


def _nan_side(m: Any) -> None:
    m.row = pyo.Constraint(expr=m.x[1] + m.x[2] >= float("nan"))


def _infinite_side(m: Any) -> None:
    m.row = pyo.Constraint(expr=m.x[1] + m.x[2] >= INF)


def _huge_side(m: Any) -> None:
    m.row = pyo.Constraint(expr=m.x[1] + m.x[2] <= 1e20)


def _nan_bound(m: Any) -> None:
    m.x[1].setub(float("nan"))


def _huge_bound(m: Any) -> None:
    m.x[1].setlb(-1e21)


def _nan_cost(m: Any) -> None:
    m.o.expr = float("nan") * m.x[1]


def _nan_constant(m: Any) -> None:
    m.o.expr = m.x[1] + float("nan")


def _infinite_cost(m: Any) -> None:
    m.o.expr = INF * m.x[1]


def _fixed_at_nan(m: Any) -> None:
    m.x[1].fix(float("nan"))


def _fixed_at_nothing(m: Any) -> None:
    m.x[1].fixed = True


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_coefficient(float("nan")), "row row, column x[1]"),
        (_coefficient(INF), "row row, column x[1]"),
        (_coefficient(-INF), "row row, column x[1]"),
        (_coefficient(1e15), "row row, column x[1]"),
        (_coefficient(-1e-9), "row row, column x[1]"),
        (_coefficient(1e-12), "row row, column x[1]"),
        (_nan_side, "row: its lower bound"),
        (_infinite_side, "row: its lower bound"),
        (_huge_side, "row: its upper bound"),
        (_nan_bound, "'x[1]'"),
        (_huge_bound, "x[1]: its lower bound"),
        (_nan_cost, "x[1]: its cost"),
        (_nan_constant, "constant of the objective"),
        (_infinite_cost, "x[1]: its cost"),
        (_fixed_at_nan, "x[1] is fixed at nan"),
        (_fixed_at_nothing, "x[1] is fixed at None"),
    ],
)
def test_numbers_unfit_for_a_solver_are_refused_by_name(change: Callable[[Any], None], named: str) -> None:
    """Each kind of unfit number in a model is refused with the row or column it stands in."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], bounds=(0, 10))
    model.o = pyo.Objective(expr=model.x[1] + 2 * model.x[2])
    model.sound = pyo.Constraint(expr=model.x[1] + model.x[2] >= 1)
    change(model)
    with pytest.raises(NumericalTrouble) as caught:
        compile_model(model)
    assert named in str(caught.value)


def test_limits_of_coefficients_are_where_they_are_said_to_be() -> None:
    """Just inside the limits a coefficient is taken."""
    for value in (1.0001e-9, 0.999e15):
        check(Program.of([1.0], [[value]], [0], [1], [0], [1]))


@pytest.mark.parametrize(
    ("field", "value"), [("column_lower", INF), ("column_upper", -INF), ("row_lower", INF), ("row_upper", -INF), ("row_upper", np.nan)]
)
def test_infinity_on_the_wrong_side_is_refused(field: str, value: float) -> None:
    """A lower bound of +inf or an upper one of -inf is no bound at all."""
    sound = Program.of([1.0], [[1.0]], [0], [1], [0], [1])
    with pytest.raises(NumericalTrouble):
        check(dataclasses.replace(sound, **{field: np.array([value])}))


def test_models_that_are_not_linear_or_not_clear_are_refused() -> None:
    """Products, two objectives and odd domains raise."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2])
    model.o = pyo.Objective(expr=model.x[1])
    model.row = pyo.Constraint(expr=model.x[1] * model.x[2] >= 1)
    with pytest.raises(InvalidConstraintError):
        compile_model(model)
    model.row.deactivate()
    model.o.expr = model.x[1] ** 2
    with pytest.raises(InvalidExpressionError):
        compile_model(model)
    model.o.expr = model.x[1]
    model.second = pyo.Objective(expr=model.x[2])
    with pytest.raises(ValueError, match="o, second"):
        compile_model(model)
    model.second.deactivate()
    model.odd = pyo.Var(within=pyo.Set(initialize=[0, 5, 10]))
    with pytest.raises(ValueError, match="odd"):
        compile_model(model)


def test_ranges_are_measured_warned_of_and_refused() -> None:
    """Smallest and largest magnitudes are exact; above 1e6 a warning, above 1e9 a refusal that names both entries."""
    program = Program.of([0, -20, 5], [[1e-3, 0, 4], [0, -7, 0]], [-INF, 3], [1e4, 3], [0, -INF, 2], [INF, 50, 0.5])
    found = ranges(program)
    assert (found.matrix, found.cost, found.bounds, found.rhs) == ((1e-3, 7), (5, 20), (0.5, 50), (3, 1e4))
    assert found.warnings == ()
    wide = dataclasses.replace(program, matrix=program.matrix * 1.0, cost=np.array([1e-3, 2e4, 0]))
    wide.matrix.data[0] = 1e-6
    assert [text.split(":")[0] for text in ranges(wide).warnings] == ["matrix", "cost"]
    wide.matrix.data[0] = 5e-9
    with pytest.raises(NumericalTrouble, match=r"5e-09 in row row 0, column column 0 to 7 in row row 1, column column 1"):
        ranges(wide)


def test_program_of_looks_at_shapes() -> None:
    """A vector of the wrong length raises and is named."""
    with pytest.raises(ValueError, match="row_upper"):
        Program.of([1.0], [[1.0]], [0], [1, 2], [0], [1])


def test_programs_travel_between_processes() -> None:
    """A compiled program survives pickling, names included."""
    program = compile_model(hand_model()).program
    back = pickle.loads(pickle.dumps(program))
    assert list(back.column_names) == list(program.column_names)
    assert (back.matrix != program.matrix).nnz == 0


# Blocks


def _base_model(seed: int) -> Any:
    """Two stores filled over three months, a 0-1 plant that lends capacity."""
    draw = np.random.default_rng(seed)
    m = pyo.ConcreteModel()
    m.K, m.T = pyo.RangeSet(0, 1), pyo.RangeSet(0, 2)
    m.buy = pyo.Var(m.K, m.T, bounds=(0, 12))
    m.level = pyo.Var(m.K, m.T, bounds=(0, 40))
    m.build = pyo.Var(within=pyo.Binary)
    need = {(k, t): float(draw.uniform(2, 6)) for k in m.K for t in m.T}
    m.flow = pyo.Constraint(m.K, m.T, rule=lambda m, k, t: (m.level[k, t - 1] if t else 1.5) + m.buy[k, t] - need[k, t] == m.level[k, t])
    price = {(k, t): float(draw.uniform(1, 3)) for k in m.K for t in m.T}
    m.cost = pyo.Expression(expr=sum(price[i] * m.buy[i] for i in m.buy) + sum(0.1 * m.level[i] for i in m.level) + 9 * m.build)
    return m


def _block_on(m: Any, seed: int) -> Any:
    """Four months without purchases, living on ``opening``; capacity beyond 1 a month needs ``built``; what is short costs 50."""
    draw = np.random.default_rng(seed)
    m.K, m.T = pyo.RangeSet(0, 1), pyo.RangeSet(0, 3)
    m.opening = pyo.Var(m.K, bounds=(0.25, float(draw.uniform(5, 7))))
    m.built = pyo.Var(bounds=(0, 1))
    m.level = pyo.Var(m.K, m.T, bounds=(0, None))
    m.made = pyo.Var(m.K, m.T, bounds=(0, None))
    m.short = pyo.Var(m.K, m.T, bounds=(0, 1.5))
    need = {(k, t): float(draw.uniform(1, 5)) for k in m.K for t in m.T}
    m.flow = pyo.Constraint(
        m.K,
        m.T,
        rule=lambda m, k, t: (m.level[k, t - 1] if t else m.opening[k]) + m.made[k, t] + m.short[k, t] - need[k, t] == m.level[k, t],
    )
    m.capacity = pyo.Constraint(m.T, rule=lambda m, t: sum(m.made[k, t] for k in m.K) <= 1 + 3 * m.built)
    m.cost = pyo.Expression(expr=50 * pyo.quicksum(m.short.values()) + 0.3 * pyo.quicksum(m.made.values()) + 0.05 * m.opening[0] + 2)
    return m


WEIGHT = 0.5


def _monolith(seed: int, shares: list[float]) -> Any:
    whole = _base_model(seed)
    whole.b = pyo.Block(range(len(shares)))
    total = whole.cost.expr
    for i, share in enumerate(shares):
        block = _block_on(whole.b[i], 100 * seed + i)
        block.tie = pyo.Constraint(
            block.K,
            rule=lambda b, k, share=share: b.opening[k] == (1 - share) * whole.level[k, 1] + share * whole.level[k, 2] + 0.75 * share,
        )
        block.tie_build = pyo.Constraint(expr=block.built == whole.build)
        total = total + WEIGHT * block.cost.expr
    whole.o = pyo.Objective(expr=total)
    return whole


def _stacked_parts(seed: int, shares: list[float]) -> tuple[Program, list[Block]]:
    base_model = _base_model(seed)
    base_model.o = pyo.Objective(expr=base_model.cost.expr)
    base = compile_model(base_model)
    blocks = []
    for i, share in enumerate(shares):
        model = _block_on(pyo.ConcreteModel(), 100 * seed + i)
        model.o = pyo.Objective(expr=model.cost.expr)
        compiled = compile_model(model)
        linked = [compiled.column("built"), compiled.column("opening", 1), compiled.column("opening", 0)]
        links = np.zeros((3, base.program.columns))
        links[0, base.column("build")] = 1
        for row, k in ((1, 1), (2, 0)):
            links[row, base.column("level", (k, 1))] = 1 - share
            links[row, base.column("level", (k, 2))] = share
        constants = np.array([0, 0.75 * share, 0.75 * share])
        blocks.append(Block(f"block {i}", compiled.program, np.array(linked), sp.csr_array(links), constants, WEIGHT))
    return base.program, blocks


@pytest.mark.parametrize("seed", range(8))
def test_stack_has_the_optimum_of_the_model_written_in_one(seed: int) -> None:
    """Base and blocks stacked cost the same as one Pyomo model of all, ties as constraints, bounds and costs of linked columns included."""
    shares = [0.0, 0.25, 1.0]
    options = SolverOptions(relative_gap=0.0)
    whole = solve(compile_model(_monolith(seed, shares)).program, options)
    base, blocks = _stacked_parts(seed, shares)
    apart = solve(stack(base, blocks), options)
    assert whole.status is apart.status is Status.OPTIMAL
    assert apart.objective == pytest.approx(whole.objective, rel=1e-9)


def test_the_ties_matter_in_the_case_above() -> None:
    """The optimum differs from that of the parts, and bounds of linked columns bind: the test above is not idle."""
    base, blocks = _stacked_parts(4, [0.0, 0.25, 1.0])
    options = SolverOptions(relative_gap=0.0)
    tied = solve(stack(base, blocks), options).objective
    alone = solve(base, options).objective + sum(WEIGHT * solve(block.program, options).objective for block in blocks)
    widened = []
    for block in blocks:
        upper = block.program.column_upper.copy()
        upper[block.linked] = INF
        widened.append(dataclasses.replace(block, program=dataclasses.replace(block.program, column_upper=upper)))
    assert tied > alone + 1
    assert tied > solve(stack(base, widened), options).objective + 1e-3


def test_stacked_positions_lead_back_to_each_block() -> None:
    """A block's own columns are where they are said to be: with the linked ones put in, every row of the block holds."""
    base, blocks = _stacked_parts(3, [0.0, 0.5])
    stacked = stack_with_positions(base, blocks)
    x = solve(stacked.program).x
    assert x is not None
    for block, positions, first in zip(blocks, stacked.columns, stacked.rows, strict=True):
        assert set(np.flatnonzero(positions < 0)) == set(block.linked)
        mine = np.empty(block.program.columns)
        mine[positions >= 0] = x[positions[positions >= 0]]
        mine[block.linked] = block.links @ x[: base.columns] + block.constants
        body = block.program.matrix @ mine
        assert (body >= block.program.row_lower - 1e-7).all()
        assert (body <= block.program.row_upper + 1e-7).all()
        assert (mine >= block.program.column_lower - 1e-7).all()
        assert (mine <= block.program.column_upper + 1e-7).all()
        names = stacked.program.column_names
        own = int(np.flatnonzero(positions >= 0)[-1])
        assert names[int(positions[own])] == f"{block.name}: {block.program.column_names[own]}"
        assert stacked.program.row_names[first] == f"{block.name}: {block.program.row_names[0]}"


def test_only_bounds_that_the_base_does_not_imply_become_rows() -> None:
    """y = 2 x + 1 with 0 <= x <= 3: y >= 0 and y <= 7 follow, y >= 2 and y <= 6 do not."""
    base = Program.of([1.0], np.zeros((0, 1)), [], [], [0], [3])

    def extra(lower: float, upper: float) -> list[tuple[float, float]]:
        program = Program.of([0.0], np.zeros((0, 1)), [], [], [lower], [upper], column_names=["y"])
        stacked = stack(base, [Block("b", program, np.array([0]), sp.csr_array([[2.0]]), np.array([1.0]))])
        if stacked.rows:
            assert stacked.matrix.toarray().tolist() == [[2.0]]
            assert stacked.row_names[0] == "bound of: b: y"
        return list(zip(stacked.row_lower.tolist(), stacked.row_upper.tolist(), strict=True))

    assert extra(0, 7) == []
    assert extra(2, 7) == [(1.0, INF)]
    assert extra(0, 6) == [(-INF, 5.0)]


def test_terms_that_cancel_leave_nothing_behind() -> None:
    """Two linked columns that stand for the same and are subtracted leave no entry of rounding size."""
    base = Program.of([1.0], np.zeros((0, 1)), [], [], [0], [3])
    program = Program.of([0.0, 0.0], [[0.1 + 0.2, -1.0]], [-1], [1], [-INF, -INF], [INF, INF])
    block = Block("b", program, np.array([0, 1]), sp.csr_array([[1.0], [0.3]]), np.zeros(2))
    assert (0.1 + 0.2) - 0.3 != 0
    assert stack(base, [block]).nonzeros == 0


def test_stack_without_blocks_is_the_base() -> None:
    """Nothing stacked on a base is the base."""
    base, _ = _stacked_parts(0, [0.0])
    assert stack(base, []) is base


def test_blocks_that_do_not_fit_are_refused() -> None:
    """Wrong shapes, repeated or foreign columns and integer linked columns raise, with the block's name."""
    base, (block,) = _stacked_parts(0, [0.5])
    for broken in (
        dataclasses.replace(block, constants=block.constants[:-1]),
        dataclasses.replace(block, links=block.links[:, :-1]),
        dataclasses.replace(block, linked=np.array([0, 0, 1])),
        dataclasses.replace(block, linked=np.array([0, 1, block.program.columns])),
        dataclasses.replace(block, program=dataclasses.replace(block.program, integer=np.ones(block.program.columns, dtype=bool))),
    ):
        with pytest.raises(ValueError, match="block 0"):
            stack(base, [broken])


def test_stacking_a_hundred_large_blocks_is_quick() -> None:
    """100 blocks of 1,000 rows x 2,500 columns on a base of 5,000 columns take well under two seconds."""
    draw = np.random.default_rng(0)
    base = Program.of(
        np.ones(5000), sp.random_array((2000, 5000), density=1e-3, rng=1), np.zeros(2000), np.ones(2000), np.zeros(5000), np.ones(5000)
    )
    matrix = sp.random_array((1000, 2500), density=2e-3, rng=2, data_sampler=lambda size: draw.uniform(0.5, 2, size))
    program = Program.of(np.ones(2500), matrix, np.zeros(1000), np.ones(1000), np.zeros(2500), np.ones(2500))
    links = sp.csr_array((np.full(60, 0.5), (np.repeat(np.arange(30), 2), np.arange(60) * 7)), shape=(30, 5000))
    blocks = [Block(str(i), program, np.arange(30) * 3, links, np.zeros(30)) for i in range(100)]
    began = time.perf_counter()
    stacked = stack(base, blocks)
    assert time.perf_counter() - began < 2
    assert stacked.columns == 5000 + 100 * (2500 - 30)
    assert stacked.rows == 2000 + 100 * 1000
