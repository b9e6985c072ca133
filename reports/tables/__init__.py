"""Tables, one a file: released rows in, a ``Table`` out, ``None`` where there is nothing."""
