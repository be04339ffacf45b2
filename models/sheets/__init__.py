"""The sheets of the workbook: one frozen record per row, grouped by what they are about."""
