"""Coverage of the tool's intervals, and its wrong verdicts, over registries of known truth."""
