"""What the records of a trial are: closed lists (terms) and tables (records)."""
