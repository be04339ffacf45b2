"""Run by test_determinism.py in processes of their own: solve one workbook again and again; print what came out, once per run.

Usage: repeat_runs.py FOLDER RUNS THREADS. Each line is the hash of the plan without its times, and that of every cell of the report
but those of the times.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from pathlib import Path

from openpyxl import load_workbook

from optimizer import cli


def plan_hash(folder: Path) -> str:
    """The plan without the seconds that its stages took; it holds the hash of the recourse beside it."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert plan["recourse"]["sha256"]
    del plan["stages"]
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def report_hash(path: Path) -> str:
    """Every cell of every sheet, without the seconds on the sheet Run."""
    digest = hashlib.sha256()
    for sheet in load_workbook(path).worksheets:
        timed = False
        for row in sheet.iter_rows():
            first = row[0].value
            timed = sheet.title == "Run" and (timed or first == "Time, s (wall-clock)") and first != "Words"
            if not timed:
                digest.update(repr([(cell.coordinate, cell.value) for cell in row if cell.value is not None]).encode())
    return digest.hexdigest()


def main() -> None:
    """Solve the workbook of a folder so many times."""
    folder, runs, threads = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for run in range(runs):
        made = folder / f"{os.environ['PYTHONHASHSEED']}-{threads}-{run}"
        made.mkdir()
        report = made / "report.xlsx"
        options = ["--out", str(report), "--json", str(made / "plan.json"), "--quiet", "--threads", threads]
        with contextlib.redirect_stdout(io.StringIO()):
            code = cli.run(["solve", str(folder / "case.xlsx"), "--node-limit", "10000", *options])
        cost = json.loads((made / "plan.json").read_text(encoding="utf-8"))["summary"]["cost_usd_m"]
        line = f"{int(code)} {plan_hash(made)} {report_hash(report)} {cost}\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
