"""The workbook of the report while it is written: its sheets in the order of a reader, and what each is for."""

from __future__ import annotations

from openpyxl.workbook.workbook import Workbook

from optimizer.report.page import Page, Styles
from optimizer.report.view import View

GUIDE: dict[str, str] = {
    "Plan": "What to sign, build, buy and hold, when, at what cost; what is survived; how sure the answer is.",
    "Missing": "What cannot be served at the least, by cut-off, start, month and sector.",
    "Repairs": "What would have to change for a plan to survive, cheapest first, each proven by a solve.",
    "Decisions": "Every contract and every candidate plant, taken or not, with its dates.",
    "Routes": "What goes along each route, how full it is, and what it costs.",
    "Planner rules": "What the planner's own rules ask, what the plan does, and where they bind.",
    "Stock targets": "What must lie in each store, year by year, in tonnes and in days of cover.",
    "Stock levels": "What lies in each store at the end of each period.",
    "Stock ages": "How old what lies in stores of limited shelf life is, and what is written off.",
    "Supply and demand": "For every commodity and year: what comes in, what goes out, and that both agree.",
    "Supply by origin": "Where each element comes from, year by year.",
    "Purchases": "What is bought from each source without a contract, at what price, and how near its limit.",
    "Contracts": "What is lifted under each contract against its minimum and maximum, and what is paid and not lifted.",
    "Plants": "How full each plant is.",
    "Residue": "What processing leaves behind, where it lies, and which disposal cells are built.",
    "Costs": "Every cost term, year by year, discounted and undiscounted; the total is the plan's cost.",
    "Cash": "What is paid in each year: capital as it is spent, no annuities.",
    "Joint costs": "What each element of a feed costs, beside its market price.",
    "Patterns": "Every cut-off with every month in which it may begin: survived or not, and by what margin.",
    "Worst months": "The hardest start of each cut-off, month by month.",
    "Time to survive": "For how many months each cut-off is survived, by the month in which it begins.",
    "One demand at a time": "For how many months each protected demand can be served if it comes first, and if it comes last.",
    "Nearest failures": "Longer and harsher cut-offs, a second country, two cut-offs at once: which of them the plan survives.",
    "Crisis cost": "What each cut-off would cost, from which start, and what is restored afterwards.",
    "Price of security": "What survival costs, what more of it would cost, and what each commitment is worth to it.",
    "Security by month": "What one kilogram more of protected demand would cost, by pattern and month.",
    "Alternatives": "Plans of nearly the same cost that differ in what is signed and built; what is in all of them.",
    "Exposure": "What the loss of each country, supplier, plant, contract and store would do, with the plan and without it.",
    "Run": "Which input, which versions, how large the model was, where the time went; what the words mean.",
}
"""The sheets in their order, and what a reader finds there. All names are legal in Excel, whatever the case says."""


class Book:
    """The workbook, the styles it knows, and the case and plan that it tells."""

    def __init__(self, view: View, home: str = "Plan") -> None:
        """``home``: the first sheet, to which the others lead back."""
        self.workbook = Workbook()
        self.view = view
        self.home = home
        self.title = view.case.settings.title
        self.pages: list[Page] = []
        self._styles = Styles()

    def page(self, name: str, title: str, lead: str = "", across: int = 12) -> Page:
        """A new sheet; ``name`` is one of the guide's."""
        if name not in GUIDE:
            raise KeyError(name)
        page = Page(self.workbook, self._styles, name, title, lead or GUIDE[name], across, self.home)
        self.pages.append(page)
        return page


class StudyBook(Book):
    """The workbook of a study that has no plan to look at."""

    def __init__(self, home: str, title: str) -> None:
        """``home``: the first sheet; ``title``: of the case."""
        self.workbook = Workbook()
        self.home = home
        self.title = title
        self.pages = []
        self._styles = Styles()
