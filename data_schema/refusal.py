"""What the tool says when it will not go on: one line, without the content of any cell."""


class Refusal(Exception):  # noqa: N818 - it is not an error of the program
    """Names file, row, column and rule as far as they apply; never a value."""


def refusal(rule: str, *, file: str = "", row: int | None = None, column: str = "") -> Refusal:
    """``file, row n, column c: rule``, leaving out what does not apply."""
    place = [file] if file else []
    if row is not None:
        place.append(f"row {row}")
    if column:
        place.append(f"column {column}")
    return Refusal(f"{', '.join(place)}: {rule}" if place else rule)
