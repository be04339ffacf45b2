"""The plan file: what is written is read back equal; what is not a plan is refused in one line; the input has a fingerprint."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.case import Assumption, Case, Demand, Element, Form, Settings
from models.columns import SCHEMA_VERSION, Month
from models.plan import (
    Bought,
    Construction,
    Cost,
    Missing,
    Pattern,
    Plan,
    Readiness,
    Service,
    Signature,
    StockLevel,
    StockTarget,
    Summary,
    tables_of_plan,
)
from optimizer import plan_file
from optimizer.plan_file import PlanUnreadable, _canonical, input_sha256, plan_schema, read_plan, write_plan

JAN, FEB = Month(2027, 1), Month(2027, 2)


def bought(run: str, tonnes: float) -> Bought:
    return Bought(run=run, source="mine \N{SNOWMAN}", period=JAN, months=1, bought_t=tonnes, limit_t=1 / 3, usd_per_kg=5e-324)


@pytest.fixture
def plan() -> Plan:
    """A plan with rows in many tables, with months that are blank, and with figures that do not round."""
    summary = Summary(
        schema_version=SCHEMA_VERSION,
        title='"A"\n',
        input_sha256="0" * 64,
        status="limit",
        cost_usd_m=0.1 + 0.2,
        bound_usd_m=-0.0,
        gap_pct=0,
    )
    level = StockLevel(
        run="base", store="s", material="a", form="f", period=JAN, months=1, opening_t=1, added_t=0, drawn_t=0.1, lost_t=0, level_t=0.9
    )
    served = Service(
        run="c@2027-02", sector="x", material="a", form="f", period=FEB, months=1, demanded_t=1e-300, served_t=1e300, required_t=1
    )
    return Plan(
        summary=summary,
        readiness=(Readiness(cutoff="c", first_start=None, latest_first_start=FEB, found=True),),
        signatures=(Signature(contract="k", signed=JAN, first_delivery=FEB, last_delivery=Month(2038, 12), decided=False),),
        constructions=(Construction(plant="p", units=2, decided=JAN, online=FEB, capacity_t_per_yr=1.5, capex_usd_m=2),),
        targets=(StockTarget(store="s", material="a", form="f", year=2027, target_t=3),),
        bought=(bought("base", 1), bought("c@2027-02", 2), bought("c@2027-02", 3)),
        stocks=(level, dataclasses.replace(level, run="c@2027-02", period=FEB)),
        service=(served,),
        costs=(Cost(term="purchases", year=2027, usd_m=1.1, undiscounted_usd_m=1.2),),
        patterns=(
            Pattern(cutoff="c", start=FEB, window_months=3, must_survive=True, missing_t=0, margin_pct=math.pi, recourse_usd_m=None),
        ),
        missing=(Missing(cutoff="c", start=JAN, month=FEB, sector="x", material="a", form="f", missing_t=4),),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my plan.json"


@pytest.fixture
def case() -> Case:
    return Case(
        settings=Settings(title="T", start=JAN, horizon_months=12),
        elements=(Element(element="a"), Element(element="b")),
        forms=(Form(form="f", position=1, holds="elements"),),
        demands=(Demand(sector="x", material="a", form="f", t_per_yr=1.0, profile="p"),),
        assumptions=(Assumption(assumption="p", value=1),),
    )


def test_a_plan_is_read_back_equal(plan: Plan, path: Path) -> None:
    """Every field of every table, blank months and the last bit of every figure included."""
    write_plan(plan, path)
    assert read_plan(path) == plan
    assert math.copysign(1, read_plan(path).summary.bound_usd_m) == -1


def test_the_base_plan_is_in_the_file_and_the_recourse_beside_it(plan: Plan, path: Path) -> None:
    """The plan names its recourse with its SHA-256; the base plan can be read without it."""
    write_plan(plan, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    beside = path.with_name("my plan.recourse.json.gz")
    assert content["recourse"] == {"file": beside.name, "sha256": hashlib.sha256(beside.read_bytes()).hexdigest(), "rows": 4}
    assert [row["run"] for row in content["bought"]] == ["base"]
    tables = json.loads(gzip.decompress(beside.read_bytes()))["tables"]
    assert tables["bought"]["bought_t"] == [2, 3]
    assert tables["bought"]["period"] == ["2027-01", "2027-01"]
    assert sorted(path.parent.iterdir()) == [path, beside]


def test_a_plan_without_recourse_needs_no_second_file(plan: Plan, path: Path) -> None:
    """A plan of the base plan alone is one file."""
    alone = dataclasses.replace(plan, bought=plan.bought[:1], stocks=plan.stocks[:1], service=())
    write_plan(alone, path)
    assert sorted(path.parent.iterdir()) == [path]
    assert read_plan(path) == alone


def test_the_same_plan_gives_the_same_bytes(plan: Plan, path: Path) -> None:
    """Neither time nor chance is in the files."""
    write_plan(plan, path)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    write_plan(plan, path)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("run", ["base", "c@2027-02"])
def test_what_is_not_finite_is_not_written(plan: Plan, path: Path, number: float, run: str) -> None:
    """A figure that JSON does not have is refused, and what was there before stays."""
    write_plan(plan, path)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_plan(dataclasses.replace(plan, bought=(bought(run, number),)), path)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.parametrize("fails", [1, 2])
def test_a_full_disk_leaves_the_old_plan_and_no_litter(plan: Plan, path: Path, fails: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write fails, the old plan with its recourse can still be read, and nothing half-written is left."""
    write_plan(plan, path)
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == fails:
            raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_plan(dataclasses.replace(plan, bought=(bought("base", 7), bought("c@2027-02", 7))), path)
    assert len(calls) == fails
    assert read_plan(path) == plan
    assert len(list(path.parent.iterdir())) == 2


def test_a_missing_recourse_is_said(plan: Plan, path: Path) -> None:
    """A plan whose recourse is not beside it cannot be read, and one line says so."""
    write_plan(plan, path)
    path.with_name("my plan.recourse.json.gz").unlink()
    with pytest.raises(PlanUnreadable, match=r"its recourse my plan\.recourse\.json\.gz is missing") as refused:
        read_plan(path)
    assert isinstance(refused.value, ValueError)


def test_another_recourse_is_said(plan: Plan, path: Path) -> None:
    """A recourse that belongs to another plan is told by its SHA-256."""
    write_plan(plan, path)
    beside = path.with_name("my plan.recourse.json.gz")
    beside.write_bytes(gzip.compress(gzip.decompress(beside.read_bytes()), mtime=1))
    with pytest.raises(PlanUnreadable, match=r"is not the recourse that this plan was written with \(its SHA-256 differs\)"):
        read_plan(path)


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit the plan file's JSON."""
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda plan: plan["summary"].pop("title"), r"summary\.title: Field required"),
        (lambda plan: plan["summary"].update(extra=1), r"summary\.extra: Extra inputs"),
        (lambda plan: plan["summary"].update(cost_usd_m="5"), r"summary\.cost_usd_m: Input should be a valid number"),
        (lambda plan: plan["summary"].update(cost_usd_m=math.nan), r"summary\.cost_usd_m"),
        (lambda plan: plan["summary"].update(rows=1.5), r"summary\.rows: Input should be a valid integer"),
        (
            lambda plan: plan["summary"].update(status="fine"),
            r"summary\.status: Input should be 'certified', 'limit', 'unproven' or 'impossible'",
        ),
        (lambda plan: plan["summary"].update(schema_version=99), r"written in version 99"),
        (lambda plan: plan["bought"][0].update(period="2027-13"), r"bought\.0\.period"),
        (lambda plan: plan["bought"][0].update(period=2027), r"bought\.0\.period: .*a month is written as YYYY-MM"),
        (lambda plan: plan["bought"][0].update(run="c@2027-02"), r"bought: rows of a run other than 'base'"),
        (lambda plan: plan["signatures"][0].update(decided=1), r"signatures\.0\.decided: Input should be a valid boolean"),
        (lambda plan: plan.pop("recourse"), r"recourse: Field required"),
        (lambda plan: plan.update(more=[]), r"more: Extra inputs"),
        (lambda plan: plan["recourse"].update(file="../x.recourse.json.gz"), r"recourse\.file"),
        (lambda plan: plan["recourse"].update(file=".."), r"recourse\.file"),
        (lambda plan: plan["recourse"].update(rows=5), r"it should hold 5 rows"),
    ],
)
def test_what_is_no_plan_is_refused(plan: Plan, path: Path, edit: Callable[[dict[str, Any]], object], says: str) -> None:
    """Each fault of the file is named with its place, in one line; nothing is guessed or ignored."""
    write_plan(plan, path)
    change(path, edit)
    with pytest.raises(PlanUnreadable, match=says) as refused:
        read_plan(path)
    assert "\n" not in str(refused.value)
    assert "my plan" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 5000, b"null"])
def test_what_is_no_json_is_refused(path: Path, content: bytes) -> None:
    """Whatever is in the file, the answer is one line."""
    path.write_bytes(content)
    with pytest.raises(PlanUnreadable) as refused:
        read_plan(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no gzip", "(?i)gzip"),
        (gzip.compress(b"{}", mtime=0), "schema_version: Field required"),
        (gzip.compress(b'{"schema_version": 99, "tables": {}}', mtime=0), "schema_version"),
        (gzip.compress(b'{"schema_version": 1, "tables": {"costs": {}}}', mtime=0), "tables.costs: Extra inputs"),
        (gzip.compress(b'{"schema_version": 1, "tables": {"bought": {"run": ["c@2027-02"]}}}', mtime=0), "Field required"),
        (gzip.compress(b'{"schema_version": 1, "tables": {}}', mtime=0)[:20], "(?i)compressed file|ended"),
    ],
)
def test_what_is_no_recourse_is_refused(plan: Plan, path: Path, content: bytes, says: str) -> None:
    """A recourse file with the right SHA-256 and the wrong content is refused as strictly as a plan."""
    write_plan(plan, path)
    path.with_name("my plan.recourse.json.gz").write_bytes(content)
    change(path, lambda plan: plan["recourse"].update(sha256=hashlib.sha256(content).hexdigest()))
    with pytest.raises(PlanUnreadable, match=says):
        read_plan(path)


def test_columns_of_unequal_length_are_refused(plan: Plan, path: Path) -> None:
    """A recourse whose columns do not line up is no table."""
    write_plan(plan, path)
    beside = path.with_name("my plan.recourse.json.gz")
    content = json.loads(gzip.decompress(beside.read_bytes()))
    content["tables"]["bought"]["bought_t"].pop()
    beside.write_bytes(gzip.compress(json.dumps(content).encode()))
    change(path, lambda plan: plan["recourse"].update(sha256=hashlib.sha256(beside.read_bytes()).hexdigest()))
    with pytest.raises(PlanUnreadable, match="bought: its columns are not of one length"):
        read_plan(path)


def test_the_published_schema_is_current(root: Path) -> None:
    """docs/plan.schema.json is what `plan_schema` says."""
    published = json.loads((root / "docs" / "plan.schema.json").read_text(encoding="utf-8"))
    assert published == plan_schema()


def test_the_schema_has_every_field_with_its_meaning() -> None:
    """Every table and every column of the plan is described, with its unit."""
    schema = plan_schema()
    assert set(schema["properties"]) == {"summary", "recourse", *(table.name for table in tables_of_plan())}
    records = {Summary, *(table.metadata["record"] for table in tables_of_plan())}
    for record in records:
        described = schema["$defs"][record.__name__]
        assert described["additionalProperties"] is False
        assert set(described["required"]) == {field.name for field in dataclasses.fields(record)}
        for field in dataclasses.fields(record):
            entry = described["properties"][field.name]
            assert entry["description"] == field.metadata["meaning"]
            assert entry.get("unit", "") == field.metadata["unit"]


def test_the_fingerprint_follows_every_value(case: Case) -> None:
    """A value, a note, or the order of the rows changes it; a whole number written as 1 or 1.0 does not."""
    fingerprint = input_sha256(case)
    assert len(fingerprint) == 64
    assert input_sha256(dataclasses.replace(case)) == fingerprint
    same = dataclasses.replace(case, demands=(dataclasses.replace(case.demands[0], t_per_yr=1),))
    assert input_sha256(same) == fingerprint
    others = [
        dataclasses.replace(case, demands=(dataclasses.replace(case.demands[0], t_per_yr=1.0000000001),)),
        dataclasses.replace(case, demands=(dataclasses.replace(case.demands[0], note="seen"),)),
        dataclasses.replace(case, demands=(dataclasses.replace(case.demands[0], profile=1.0),)),
        dataclasses.replace(case, demands=(dataclasses.replace(case.demands[0], protected=False),)),
        dataclasses.replace(case, elements=case.elements[::-1]),
        dataclasses.replace(case, elements=case.elements[:1]),
        dataclasses.replace(case, settings=dataclasses.replace(case.settings, start=FEB)),
    ]
    assert len({fingerprint, *map(input_sha256, others)}) == len(others) + 1


def test_models_are_derived_from_the_records() -> None:
    """The model of a row has the fields of its record, no more and no less, so that a new column needs no second place."""
    for table in tables_of_plan():
        record = table.metadata["record"]
        assert list(plan_file._row_model(record).model_fields) == [field.name for field in dataclasses.fields(record)]


def test_a_plan_written_before_a_field_was_added_is_read(plan: Plan, path: Path) -> None:
    """A field that was added later has a default, which means as before: without it in the file, base plan and recourse, it is read so."""
    write_plan(plan, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["summary"]["calendar"], content["readiness_by_material"]
    beside = path.with_name("my plan.recourse.json.gz")
    kept = json.loads(gzip.decompress(beside.read_bytes()))
    del kept["tables"]["bought"]["order_usd_m"]
    packed = gzip.compress(json.dumps(kept).encode())
    beside.write_bytes(packed)
    content["recourse"]["sha256"] = hashlib.sha256(packed).hexdigest()
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_plan(path) == plan


def test_a_column_added_later_leaves_fingerprints_as_they_are() -> None:
    """A record with a new column left at its default is hashed as it was without the column; stated otherwise, it is not."""

    @dataclasses.dataclass
    class Row:
        a: float
        b: float = 1.0

    @dataclasses.dataclass
    class Later(Row):
        c: bool = False

    assert _canonical(Later(2.0)) == _canonical(Row(2.0)) == {"a": 2.0}
    assert _canonical(Later(2.0, c=True)) != _canonical(Row(2.0)) != _canonical(Row(2.0, 3.0))
