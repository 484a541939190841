"""What things cost, and what goes with what: measured, never remembered."""
