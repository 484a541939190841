"""The atlas: every variant and every preset on a page of its own, made from the registries, docstrings, the course and
committed measurements."""
