"""DuckDB database of one extract: the first pass fills it, every worker reads it.

Views of the files, concept sets, steps and people lie in one database file in the work folder.
Workers open that file to read; they never make it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb

from analysis import store
from analysis.ingest.sql.quoting import literal


class Engine(NamedTuple):
    """An extract, the folder of the stage, and the gigabytes that all engines together may use."""

    extract: Path
    out: Path
    memory: float

    @property
    def work(self) -> Path:
        return self.out / store.WORK

    def make(self, threads: int) -> duckdb.DuckDBPyConnection:
        """A new database, to be filled by one process that has the memory for itself."""
        self.remove()
        return self._open(threads, self.memory / 2, read_only=False)

    def read(self, threads: int, workers: int, name: str) -> duckdb.DuckDBPyConnection:
        """The database as it was filled, for one of several ``workers``; it spills to ``name``."""
        return self._open(threads, self.memory / 2 / workers, read_only=True, spill=name)

    def bare(self, threads: int, workers: int, name: str) -> duckdb.DuckDBPyConnection:
        """An engine that knows nothing yet, for one of ``workers``; it spills to ``name``."""
        return self._set(duckdb.connect(), threads, self.memory / 2 / workers, name)

    def remove(self) -> None:
        """Nothing of the database is left; it holds text of the extract."""
        store.remove_folder(self.work / "engine")

    def _open(
        self, threads: int, memory: float, read_only: bool, spill: str = "make"
    ) -> duckdb.DuckDBPyConnection:
        database = store.private_folder(self.work / "engine") / "extract.duckdb"
        connection = duckdb.connect(str(database), read_only=read_only)
        return self._set(connection, threads, memory, spill)

    def _set(
        self, connection: duckdb.DuckDBPyConnection, threads: int, memory: float, spill: str
    ) -> duckdb.DuckDBPyConnection:
        """It can read the extract and the stage's own folder, and reaches nothing else."""
        folders = ", ".join(literal(str(p.resolve()) + "/") for p in (self.extract, self.out))
        for setting in (
            f"threads={int(threads)}",
            f"memory_limit='{int(memory * 1000)}MB'",
            "preserve_insertion_order=true",
            # it takes the bounds that Parquet states of a column to say that no cell is NaN
            "disabled_optimizers='statistics_propagation'",
            "python_enable_replacements=false",
            f"temp_directory={literal(str(self.work.resolve() / 'spill' / spill))}",
            "autoinstall_known_extensions=false",
            "autoload_known_extensions=false",
            f"allowed_directories=[{folders}]",
            "enable_external_access=false",
            "lock_configuration=true",
        ):
            connection.execute(f"SET {setting}")
        return connection
