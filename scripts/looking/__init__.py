"""Looking inside: what the notebooks and `python -m scripts.trace` show."""
