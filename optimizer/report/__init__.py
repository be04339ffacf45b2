"""Plan -> report: an Excel workbook for a planner. `write_report` is all that others need."""

from optimizer.report.write import build_report, write_report

__all__ = ["build_report", "write_report"]
