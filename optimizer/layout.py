"""How the input workbook is laid out: what its writer and its reader agree on besides the fields of `models.case`."""

README_SHEET = "Read me"
"""First sheet: explains the workbook; never read."""

LISTS_SHEET = "_lists"
"""Hidden sheet with the words of the drop-downs; never read, as every sheet whose name starts with ``_``."""

SETTINGS_HEADERS = ("parameter", "value", "unit", "meaning", "reference", "dated", "confidence", "note")
"""Columns of the sheet that holds one value per line; those after the meaning say where the value comes from."""
