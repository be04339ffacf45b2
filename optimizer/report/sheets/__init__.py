"""One module per sheet, or per pair of sheets that share their rows. Each has functions that take the book and write."""
