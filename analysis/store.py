"""The only door to disk: atomic writes, manifests of hashes, paths kept inside their roots."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.frame_tables import frame_table
from data_schema.measures import FILE as MEASURES
from data_schema.measures import Measure, Measures, as_data, declared, from_data
from data_schema.refusal import Refusal
from data_schema.results import (
    COLUMNS,
    NUMBER_COLUMNS,
    RELEASED_COLUMNS,
    TEXT_COLUMNS,
    Estimate,
    Released,
)

Row = TypeVar("Row", bound=Estimate)
MANIFEST = "manifest.json"
BATCHES = b"numbers"  # where an Arrow file says which batch is which
CELLS_A_TURN = 2**16  # taken from a column at once: fewer turns than Arrow takes of itself
WORK = "work"  # what a stage keeps of a run that was cut short; never there when it is whole


class StoreError(Refusal):
    """A file that cannot be read or may not be written; one line."""


def private_folder(path: Path) -> Path:
    """A folder that only its owner may enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def inside(root: Path, name: str) -> Path:
    """``root/name``, refused where it would lie outside ``root``."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise StoreError(f"{Path(name).name}: lies outside the folder it was asked for")
    return path


def write_bytes(path: Path, content: bytes) -> None:
    """All of it or nothing: written beside its place, synced, renamed into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: object) -> None:
    write_text(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def write_if_changed(path: Path, text: str) -> bool:
    """Leave a file's time alone where its content is already this."""
    if path.exists() and path.read_text("utf-8") == text:
        return False
    write_text(path, text)
    return True


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, **facts: object) -> None:
    """Hashes of everything in ``folder``, written last: its presence says the stage is whole."""
    names = sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and p.name not in (MANIFEST, "inputs.json")
    )
    files = {name: sha256(folder / name) for name in names}
    write_json(folder / MANIFEST, {"files": files, **facts})


def verify_manifest(folder: Path) -> dict:
    """The manifest of a stage before; ``StoreError`` where a file is not what was written."""
    path = folder / MANIFEST
    if not path.exists():
        raise StoreError(f"{folder.name}: not finished: it has no manifest")
    manifest = read_json(path)
    for name, digest in manifest["files"].items():
        file = inside(folder, name)
        if not file.exists() or sha256(file) != digest:
            raise StoreError(f"{folder.name}/{name}: is not what its stage wrote; run it again")
    return manifest


def empty_folder(folder: Path) -> Path:
    """``folder`` with nothing in it but its inputs: a stage starts from nothing."""
    private_folder(folder)
    for entry in folder.iterdir():
        if entry.name == "inputs.json":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return folder


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Parquet with page checksums, the same bytes for the same frame."""
    write_table(path, frame_table(frame))


def write_frames(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Frames of text with the same columns, one after the other, in one Parquet file."""
    rest = iter(frames)
    head = next(rest)
    schema = pa.schema([(name, pa.string()) for name in head.columns])
    tables = (
        pa.Table.from_pandas(frame, schema, preserve_index=False, nthreads=1)
        for frame in chain([head], rest)
    )
    _write_parquet(path, schema, tables)


def write_table(
    path: Path, table: pa.Table, store_schema: bool = True, bytewise: Sequence[str] = ()
) -> None:
    """An Arrow table, as ``write_frame``; without its schema a dictionary is read as text.

    Numbers of ``bytewise`` lie byte by byte: near ones in no order need a fifth of the room so.
    """
    _write_parquet(path, table.schema, [table], store_schema, bytewise)


def _write_parquet(
    path: Path,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    store_schema: bool = True,
    bytewise: Sequence[str] = (),
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with pq.ParquetWriter(
            temporary,
            schema,
            compression="lz4",
            use_dictionary=[field.name for field in schema if _holds_words(field.type)],
            write_page_checksum=True,
            write_batch_size=CELLS_A_TURN,
            write_statistics=False,  # files are read whole; a footer repeats no cell
            store_schema=store_schema,
            column_encoding=dict.fromkeys(bytewise, "BYTE_STREAM_SPLIT"),
        ) as writer:
            for table in tables:  # one group of rows each: read in one piece, nothing is joined
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _holds_words(kind: pa.DataType) -> bool:
    """Numbers are compressed as they are: to look each up costs more than it saves."""
    return any(
        test(kind)
        for test in (pa.types.is_dictionary, pa.types.is_string, pa.types.is_large_string)
    )


def remove_folder(folder: Path) -> None:
    """``folder`` and all in it; nothing where it is not there."""
    if folder.exists():
        shutil.rmtree(folder)


def write_batches(path: Path, schema: pa.Schema, batches: Mapping[int, pa.RecordBatch]) -> None:
    """An Arrow file of batches that ``read_batch`` finds by number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    numbers = {BATCHES: json.dumps(list(batches))}
    try:
        with pa.ipc.new_file(str(temporary), schema.with_metadata(numbers)) as writer:
            for batch in batches.values():
                writer.write(batch)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_batch(path: Path, number: int) -> pa.RecordBatch | None:
    """The batch of ``number`` that ``write_batches`` wrote, mapped, not copied; None without."""
    file = pa.ipc.open_file(pa.memory_map(str(path)))
    numbers = json.loads(file.schema.metadata[BATCHES])
    return file.get_batch(numbers.index(number)) if number in numbers else None


def read_table(
    path: Path, columns: Sequence[str] | None = None, words: Sequence[str] = ()
) -> pa.Table:
    """Parquet as an Arrow table, or some columns of it; columns of ``words`` as dictionaries."""
    if not path.exists():
        raise StoreError(f"{path.name}: no such file in {path.parent.name}")
    # one thread: Arrow's pools sometimes abort the interpreter when it ends
    file = pq.ParquetFile(path, read_dictionary=list(words))
    return file.read(columns=None if columns is None else list(columns), use_threads=False)


def read_frame(
    path: Path, columns: Sequence[str] | None = None, words: Sequence[str] = ()
) -> pd.DataFrame:
    """Parquet as a frame, or some columns of it; columns of ``words`` as categories."""
    table = read_table(path, columns, words)
    return table.to_pandas(use_threads=False, date_as_object=False)


def lent_frame(table: pa.Table, whole: Sequence[str] = ()) -> pd.DataFrame:
    """A table as a frame whose columns are the table's own: they may be read, never written.

    Columns of ``whole`` numbers are 64 bits wide.
    """
    for name in set(whole) & set(table.column_names):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table.column(place).cast(pa.int64()))
    return table.to_pandas(use_threads=False, date_as_object=False, split_blocks=True)


def column_names(path: Path) -> list[str]:
    """The columns of a Parquet file, without reading them."""
    return list(pq.read_schema(path).names)


def read_frames(
    paths: Iterable[Path], columns: Sequence[str] | None = None, words: Sequence[str] = ()
) -> pd.DataFrame:
    """Files of one table as one frame, in their order; memory is not needed twice."""
    tables = (read_table(path, columns, words) for path in paths)
    whole = pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()
    return whole.to_pandas(use_threads=False, date_as_object=False, self_destruct=True)


def estimates_frame(rows: Iterable[Estimate]) -> pd.DataFrame:
    """Estimates as the long tidy table, one row each, in the order given; ids are unique."""
    return _rows_frame(rows, COLUMNS)


def released_frame(rows: Iterable[Released]) -> pd.DataFrame:
    """Rows that may leave, as ``estimates_frame``; what they rest on is no column."""
    return _rows_frame(rows, RELEASED_COLUMNS)


def _rows_frame(rows: Iterable[Estimate], columns: Sequence[str]) -> pd.DataFrame:
    records = [{name: getattr(row, name) for name in columns} for row in rows]
    frame = pd.DataFrame(records, columns=list(columns))
    repeated = frame["id"][frame["id"].duplicated()]
    if len(repeated):
        raise StoreError(f"two estimates share one id: {repeated.iloc[0]}")
    types = dict.fromkeys(TEXT_COLUMNS, "string") | dict.fromkeys(NUMBER_COLUMNS, "float64")
    return frame.astype({"id": "string"} | {n: types[n] for n in columns if n != "id"})


def frame_estimates(frame: pd.DataFrame, measures: Measures | None = None) -> list[Estimate]:
    """The inverse of ``estimates_frame``; missing numbers are ``None``.

    ``measures``: the declarations that travel beside the rows; without them, the built-in ones.
    """
    return list(_frame_rows(Estimate, frame, declared() if measures is None else measures))


def frame_released(frame: pd.DataFrame, measures: Measures) -> list[Released]:
    """The inverse of ``released_frame``."""
    return list(_frame_rows(Released, frame, measures))


def _frame_rows(made: type[Row], frame: pd.DataFrame, measures: Measures) -> Iterator[Row]:
    plain = frame.drop(columns="id").astype(object)
    plain = plain.where(plain.notna(), None)
    for record in plain.to_dict("records"):
        name = record["measure"]
        if name not in measures:
            raise StoreError(f"{MEASURES}: measure {name}: is not declared, and a row is of it")
        yield made(**record, declaration=measures[name])


def write_measures(folder: Path, measures: Measures) -> None:
    """What the rows of a folder are of, beside them."""
    write_json(folder / MEASURES, as_data(measures))


def read_measures(folder: Path) -> dict[str, Measure]:
    """The declarations beside the rows of a folder; a ``Refusal`` in one line."""
    path = folder / MEASURES
    if not path.exists():
        raise StoreError(f"{folder.name}/{MEASURES}: is not there")
    return from_data(read_json(path))
