"""Plan -> report: an Excel workbook for a planner. `write_report` is all that others need; studies have workbooks of their own."""

from optimizer.report.write import build_report, write_alternatives, write_exposure, write_report, write_security, write_survival

__all__ = ["build_report", "write_alternatives", "write_exposure", "write_report", "write_security", "write_survival"]
