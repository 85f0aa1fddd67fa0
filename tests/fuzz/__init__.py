"""Coverage-guided fuzzing, run by hand: pytest does not collect these files."""
