"""Check: put a piece into the reference, run its cases, say what came of it; in a process of its own."""
