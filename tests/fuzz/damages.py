"""What happens to files on their way: each damage takes bytes to bytes, drawn from a seed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random

from clean_files import Rows, clean_rows

SECRET = "Zyxomma"  # no refusal may repeat it

Damage = Callable[[Random, bytes], bytes]

DATES = (
    "2012-02-30", "2013-02-29", "2012-02-29", "12-03-04", "03/04/12", "30/11/2012", "2012-1-5",
    "1900-01-01", "9999-12-31", "0001-01-01", "0000-00-00", "2012-01-05 00:00:00", "20120105",
    "2012-01-05T10:00", "infinity", "-infinity", "epoch", "2012-01-05 (BC)", "12012-01-01",
    "2031-07-01", "2012-13-01", "2012-00-10", "2012/01/05", "1", "19", "2012-W05-1", "40912",
)  # fmt: skip
NUMBERS = (
    "<0.3", ">2500", ">= 30", "<= 4.1", " 2.5", "2.5 ", "~5", "5-6", '"1,5"', "1,5", "1.5e1",
    "1e999", "nan", "NaN", "inf", "-inf", "-0", "0x1A", "1_000", "٣", "１２", "+5", ".5", "5.",
    "--5", "9" * 40, "0." + "9" * 400, "1" + "0" * 400, "1 000", "2.3.4", "< <5", "<", "5<",
    "1d5", "true", "0.1234567890123456789", "4.35", "-4", "12345678901234567", "1e-400",
)  # fmt: skip
WORDS = (
    "NA", "N/A", "NULL", "null", "None", "nan", "-", ".", "007", "0007", "7", "1e5", "+7", "00",
    "12345678901234567", "12345678901234568", SECRET, " x", "x ", " ", "\t", "x\ty", "\u00a0",
    "é", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\x1a", "\\", "\\N", '""', '"x"', '" x "',
    '"a,b"', '"a\nb"', '"a\r\nb"', '"a""b"', '""""', '\\"', "'x'", "x'y", "#x", "MALE", "Male",
    "\ufeff", "\u200b", "0" * 300, "=1+1", "😀",
)  # fmt: skip


def _lines(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def _one_line(change: Callable[[Random, bytes], bytes]) -> Damage:
    """The damage of one line that is not the header."""

    def damage(random: Random, content: bytes) -> bytes:
        lines = _lines(content)
        at = random.randrange(min(1, len(lines) - 1), len(lines))
        lines[at] = change(random, lines[at])
        return b"\n".join(lines)

    return damage


def _one_cell(words: tuple[str, ...]) -> Damage:
    """One cell, or one column from some line on, becomes something else."""

    def damage(random: Random, content: bytes) -> bytes:
        lines = _lines(content)
        column = random.randrange(max(1, lines[0].count(b",") + 1))
        first = random.randrange(1, max(2, len(lines)))
        last = first + 1 if random.random() < 0.7 else len(lines)
        for at in range(first, min(last, len(lines))):
            cells = lines[at].split(b",")
            if column < len(cells) and lines[at]:
                cells[column] = random.choice(words).encode()
            lines[at] = b",".join(cells)
        return b"\n".join(lines)

    return damage


def _named(column_words: tuple[str, ...], *columns: str) -> Damage:
    """As ``_one_cell``, in a column where such words are meant."""

    def damage(random: Random, content: bytes) -> bytes:
        lines = _lines(content)
        places = [i for i, n in enumerate(lines[0].split(b",")) if n.decode("latin-1") in columns]
        if not places or len(lines) < 2:
            return content
        column, at = random.choice(places), random.randrange(1, len(lines))
        cells = lines[at].split(b",")
        if column < len(cells):
            cells[column] = random.choice(column_words).encode()
        lines[at] = b",".join(cells)
        return b"\n".join(lines)

    return damage


def _inserted(*what: bytes) -> Damage:
    def damage(random: Random, content: bytes) -> bytes:
        at = random.randrange(len(content) + 1)
        return content[:at] + random.choice(what) + content[at:]

    return damage


def _line_added(*what: bytes) -> Damage:
    def damage(random: Random, content: bytes) -> bytes:
        lines = _lines(content)
        for _ in range(random.choice([1, 1, 1, 3])):
            lines.insert(random.randrange(len(lines) + 1), random.choice(what))
        return b"\n".join(lines)

    return damage


def _header(change: Callable[[Random, list[bytes]], list[bytes]]) -> Damage:
    def damage(random: Random, content: bytes) -> bytes:
        first, line_end, rest = content.partition(b"\n")
        return b",".join(change(random, first.split(b","))) + line_end + rest

    return damage


def _without_one(random: Random, names: list[bytes]) -> list[bytes]:
    at = random.randrange(len(names))
    return names[:at] + names[at + 1 :]


def _with_another(random: Random, names: list[bytes]) -> list[bytes]:
    at = random.randrange(len(names) + 1)
    return [*names[:at], random.choice([b"remark", b"", random.choice(names)]), *names[at:]]


def _renamed(random: Random, names: list[bytes]) -> list[bytes]:
    at = random.randrange(len(names))
    name = names[at]
    other = [name.upper(), b" " + name + b" ", b'"' + name + b'"', name + b"\x0c", name + b"\n"]
    other += [b'"' + name + b'\n"', b'"' + name, name + b"\r", name + b"\xc2\xa0", b"\x85" + name]
    return [*names[:at], random.choice(other), *names[at + 1 :]]


def _column(random: Random, content: bytes) -> bytes:
    """A column moved, removed, doubled or added throughout."""
    lines = [line.split(b",") for line in _lines(content)]
    width = len(lines[0])
    old, new = random.randrange(width), random.randrange(width)
    how = random.choice(["move", "remove", "double", "add"])
    for cells in lines:
        if len(cells) != width:
            continue
        cell = cells[old]
        if how in ("move", "remove"):
            cells.pop(old)
        if how in ("move", "double"):
            cells.insert(new, cell)
        if how == "add":
            cells.insert(new, b"remark" if cells is lines[0] else b"seen")
    return b"\n".join(b",".join(cells) for cells in lines)


def _line_ends(random: Random, content: bytes) -> bytes:
    other = random.choice([b"\r\n", b"\r", b"\n\r", b"\r\r\n"])
    share = random.choice([1.0, 1.0, 0.5, 0.1])
    lines = _lines(content)
    ends = [other if random.random() < share else b"\n" for _ in lines[1:]]
    return b"".join(line + end for line, end in zip(lines, [*ends, b""], strict=True))


def _cell_gone(random: Random, line: bytes) -> bytes:
    return b",".join(_without_one(random, line.split(b",")))


def _cell_more(random: Random, line: bytes) -> bytes:
    return line + b"," * random.randrange(1, 3) + random.choice([b"", b"x", SECRET.encode()])


def _cells_swapped(random: Random, line: bytes) -> bytes:
    cells = line.split(b",")
    i, j = random.randrange(len(cells)), random.randrange(len(cells))
    cells[i], cells[j] = cells[j], cells[i]
    return b",".join(cells)


def _quoted_cell(random: Random, line: bytes) -> bytes:
    cells = line.split(b",")
    at = random.randrange(len(cells))
    around = [(b'"', b'"'), (b' "', b'"'), (b'"', b'" '), (b'"', b""), (b"", b'"'), (b"'", b"'")]
    before, after = random.choice(around)
    cells[at] = before + cells[at] + after
    return b",".join(cells)


def _cut(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _other_delimiter(random: Random, content: bytes) -> bytes:
    return content.replace(b",", random.choice([b";", b"\t", b"|"]))


def _other_encoding(random: Random, content: bytes) -> bytes:
    text = content.decode("latin-1")
    return text.encode(random.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32"]))


def _marked(random: Random, content: bytes) -> bytes:
    return b"\xef\xbb\xbf" * random.choice([1, 1, 2]) + content


def _line_again(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    lines.insert(random.randrange(1, len(lines) + 1), random.choice(lines))
    return b"\n".join(lines)


def _without_last_end(_: Random, content: bytes) -> bytes:
    return content.rstrip(b"\r\n")


def _long_cell(random: Random, line: bytes) -> bytes:
    return line + b"x" * random.choice([10_000, 10_000, 10_000, 1_100_000])


TEXT_DAMAGES: dict[str, Damage] = {
    "cell gone": _one_line(_cell_gone),
    "cell more": _one_line(_cell_more),
    "cells swapped": _one_line(_cells_swapped),
    "tabs in a line": _one_line(lambda _, line: line.replace(b",", b"\t")),
    "quoted cell": _one_line(_quoted_cell),
    "lone quote": _inserted(b'"'),
    "two quotes": _inserted(b'""'),
    "NUL": _inserted(b"\x00"),
    "byte of another encoding": _inserted(b"\xe9", b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80"),
    "blank": _inserted(b" ", b"\t", b"\xc2\xa0"),
    "line end": _inserted(b"\n", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\xe2\x80\xa8"),
    "delimiter": _inserted(b","),
    "any byte": lambda random, content: _inserted(bytes([random.randrange(256)]))(random, content),
    "blank lines": _line_added(b"", b"", b" ", b"\t", b"\r", b'""'),
    "remark lines": _line_added(b"# remark", b"-- total: 5", b",,,,,,,", b"\x1a"),
    "line again": _line_again,
    "line ends": _line_ends,
    "no last line end": _without_last_end,
    "cut short": _cut,
    "column": _column,
    "header lacks": _header(_without_one),
    "header has more": _header(_with_another),
    "header reordered": _header(lambda random, names: random.sample(names, len(names))),
    "header renamed": _header(_renamed),
    "word": _one_cell(WORDS),
    "word as id": _named(WORDS, "patient_id", "centre_id", "system", "code", "unit", "analyte"),
    "date": _named(
        DATES, "sample_date", "date", "birth_date", "first_dialysis_date", "death_date",
        "result_date",
    ),
    "number": _named(NUMBERS, "value", "age_at_first_dialysis", "assay_upper_limit"),
    "any cell": _one_cell(DATES + NUMBERS),
}  # fmt: skip
WHOLE_DAMAGES: dict[str, Damage] = {
    "mark": _marked,
    "other delimiter": _other_delimiter,
    "other encoding": _other_encoding,
    "long cell": _one_line(_long_cell),
    "nothing in it": lambda random, content: random.choice(
        [b"", b"\n", content[: content.find(b"\n") + 1]]
    ),
}
EVERY_DAMAGE = TEXT_DAMAGES | WHOLE_DAMAGES


def _zipped(random: Random, content: bytes) -> bytes:
    whole = gzip.compress(content, mtime=0)
    how = random.randrange(8)
    if how == 0:
        return whole[: random.randrange(len(whole))]
    if how == 1:
        at = random.randrange(len(whole))
        return whole[:at] + bytes([whole[at] ^ (1 << random.randrange(8))]) + whole[at + 1 :]
    if how == 2:
        return whole + random.choice([b"trailing", b"\x00" * 512, whole[:20]])
    if how == 3:
        half = len(content) // 2
        return gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0)
    return whole


def dirty_file(seed: int) -> tuple[Rows, str, bytes, list[str]]:
    """The clean rows, the file's name, its bytes and what was done to it, all of one seed."""
    random = Random(seed)
    table = random.choice(["patients", "labs", "procedures"])
    clean = clean_rows(random, table, random.randrange(5, 61 if table != "patients" else 41))
    content = clean.csv()
    done = []
    for _ in range(random.choice([1, 1, 2, 3])):
        choices = WHOLE_DAMAGES if random.random() < 0.05 else TEXT_DAMAGES
        done.append(random.choice(sorted(choices)))
        content = choices[done[-1]](random, content)
    if random.random() < 0.06:
        return clean, f"{table}.csv.gz", _zipped(random, content), [*done, "gzip"]
    return clean, f"{table}.csv", content, done
