"""Figures, one a file: released rows in, a ``Drawing`` out, ``None`` where there is nothing."""
