"""The gate: what proves the checks. Mistakes must be caught and named, mutants killed, right versions accepted."""
