"""Parquet as other tools write it: what it holds becomes the text of its cells, or is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest
from tiny_extract import tables, write_extract

Refused = Callable[..., str]


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def arrow_labs(extract: Path) -> pa.Table:
    frame = pd.read_csv(extract / "labs.csv", dtype=str)
    (extract / "labs.csv").unlink()
    return pa.Table.from_pandas(frame, preserve_index=False)


def with_column(extract: Path, name: str, cells: pa.Array) -> Path:
    """The laboratory file with one more column."""
    pq.write_table(arrow_labs(extract).append_column(name, cells), extract / "labs.parquet")
    return extract


def labs_with(extract: Path, column: str, expression: str) -> Path:
    """The laboratory file with one column replaced by an expression."""
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * REPLACE ({expression} AS {column}) FROM "
            f"read_csv('{extract}/labs.csv', all_varchar=true)) TO '{extract}/labs.parquet'"
        )
    (extract / "labs.csv").unlink()
    return extract


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS"])
def test_days_of_every_type_that_tools_keep_them_in(ingested, extract: Path, kind: str) -> None:
    whole = pd.read_parquet(ingested(extract) / "labs")
    again = ingested(labs_with(extract, "sample_date", f"CAST(sample_date AS {kind})"))
    pd.testing.assert_frame_equal(
        pd.read_parquet(again / "labs").drop(columns=["_file", "_row"]),
        whole.drop(columns=["_file", "_row"]),
    )


@pytest.mark.parametrize(
    "moment",
    [
        "CAST(sample_date AS TIMESTAMP) + INTERVAL 23 HOUR",
        "CAST(sample_date || ' 00:00:00+00' AS TIMESTAMPTZ)",
        "CAST('infinity' AS TIMESTAMP)",
        "TIME '10:00:00'",
        "INTERVAL 3 DAY",
    ],
)
def test_a_moment_is_no_day(rejects, extract: Path, moment: str) -> None:
    found = rejects(labs_with(extract, "sample_date", moment))
    assert {rule for _, _, _, rule in found} == {"not_a_date"} and len(found) == 1440


def test_bytes_that_are_text(ingested, extract: Path) -> None:
    """Some writers do not say that their bytes are text."""
    labs_with(extract, "centre_id", "encode('Köln')")
    assert set(pd.read_parquet(ingested(extract) / "labs")["centre_id"]) == {"Köln"}


@pytest.mark.parametrize("expression", ["[value]", "{'a': value}", "MAP {'a': value}", "true"])
def test_a_cell_of_many_values_is_no_number(rejects, extract: Path, expression: str) -> None:
    found = rejects(labs_with(extract, "value", expression))
    assert {rule for _, _, _, rule in found} == {"not_a_number_or_bound"} and len(found) == 1440


def test_a_name_with_blanks_around_it(refused: Refused, extract: Path) -> None:
    table = arrow_labs(extract)
    table = table.rename_columns([" unit " if n == "unit" else n for n in table.column_names])
    pq.write_table(table, extract / "labs.parquet")
    assert refused(extract) == "labs.parquet, column unit: its name begins or ends with a blank"


@pytest.mark.parametrize("name", ["file_row_number", "File_Row_Number"])
def test_a_name_that_the_engine_keeps(refused: Refused, extract: Path, name: str) -> None:
    line = refused(with_column(extract, name, pa.array(range(1440))))
    where = "labs.parquet, row 1, column file_row_number"
    assert line == f"{where}: is a name that the engine keeps for itself: rename the column"


def test_the_same_name_in_csv(refused: Refused, extract: Path) -> None:
    path = extract / "labs.csv"
    pd.read_csv(path, dtype=str).assign(file_row_number="7").to_csv(path, index=False)
    assert refused(extract).startswith("labs.csv, row 1, column file_row_number: ")


@pytest.mark.parametrize("name", ["unit", "UNIT"])
def test_a_name_twice(refused: Refused, extract: Path, name: str) -> None:
    line = refused(with_column(extract, name, pa.array(["g/L"] * 1440)))
    assert line == "labs.parquet, row 1, column unit: stands in the header twice"


def test_numbers_of_two_bytes(refused: Refused, extract: Path) -> None:
    halves = pa.array(np.full(1440, 2049, dtype="float16"))  # not a number of that kind
    line = refused(with_column(extract, "other", halves))
    assert line == "labs.parquet, column other: is of numbers of two bytes, too short to be exact"


class _Keys(pe.KmsClient):
    """A keeper of keys that hides nothing."""

    def __init__(self, _: pe.KmsConnectionConfig) -> None:
        super().__init__()

    def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, _: str) -> bytes:
        return base64.b64decode(wrapped_key)


@pytest.mark.parametrize("is_open", [False, True], ids=["all", "some columns"])
def test_an_encrypted_file(refused: Refused, extract: Path, is_open: bool) -> None:
    """With an open footer the library that reads it would end the process."""
    table = arrow_labs(extract)
    how = pe.EncryptionConfiguration("f", column_keys={"c": ["value"]}, plaintext_footer=is_open)
    properties = pe.CryptoFactory(_Keys).file_encryption_properties(pe.KmsConnectionConfig(), how)
    with pq.ParquetWriter(
        extract / "labs.parquet", table.schema, encryption_properties=properties
    ) as writer:
        writer.write_table(table)
    problem = "is encrypted" if is_open else "is not a whole Parquet file"
    assert refused(extract) == f"labs.parquet: {problem}"


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_a_nul_in_parquet(refused: Refused, extract: Path, kind: pa.DataType) -> None:
    cells = ["ok"] * 1439 + ["C\x001"]
    line = refused(with_column(extract, "remark", pa.array(cells, kind)))
    assert line == "labs.parquet, column remark: holds a NUL character"


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.binary(), pa.dictionary(pa.int32(), pa.string()), pa.large_string()]
)
@pytest.mark.parametrize("usual", ["ok", "ok {}", "a@b {}"], ids=["repeats", "none does", "no end"])
def test_one_address_in_the_last_row_group_of_parquet(
    refused: Refused, extract: Path, kind: pa.DataType, usual: str
) -> None:
    """Whether its words lie in a dictionary or not, and beside cells that only may be one."""
    cells = [usual.format(n) for n in range(1439)] + ["ask ada@example.org"]
    labs = arrow_labs(extract).append_column("remark", pa.array(cells, kind))
    labs = labs.append_column("note", pa.array(["to @ward"] * 1440))
    pq.write_table(
        labs, extract / "labs.parquet", row_group_size=400, dictionary_pagesize_limit=2000
    )
    assert refused(extract) == "labs.parquet, column remark: looks like an e-mail address"


def test_a_nul_and_an_address_in_different_columns_of_parquet(
    refused: Refused, extract: Path
) -> None:
    """The first of the columns is named, whatever is in it."""
    labs = arrow_labs(extract)
    labs = labs.append_column("first", pa.array(["ok"] * 1439 + ["C\x001"]))
    labs = labs.append_column("second", pa.array(["ada@example.org"] + ["ok"] * 1439))
    pq.write_table(labs, extract / "labs.parquet")
    assert refused(extract) == "labs.parquet, column first: holds a NUL character"


def test_a_nul_in_a_name_of_parquet(refused: Refused, extract: Path) -> None:
    cells = pa.array(["ok"] * 1440)
    line = refused(with_column(extract, "re\x00mark", cells))
    assert line == "labs.parquet, row 1: holds a NUL character"
