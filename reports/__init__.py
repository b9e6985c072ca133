"""Released rows become pages: one HTML file, figures and tables, into staging."""

from __future__ import annotations

from pathlib import Path

from analysis import store
from reports.blocks import Drawing, Part, Table
from reports.csv_text import csv_text
from reports.metadata import Metadata
from reports.page import page
from reports.parts import all_parts
from reports.rows import Rows


def run(disclosed: Path, staging: Path) -> None:
    """Render ``disclosed`` (released.parquet, measures.json, study.json) into ``staging``.

    Writes report.html, figures/*.svg, tables/*.csv, estimates.csv, measures.json, then
    manifest.json. The same rows give the same bytes. ``StoreError`` where the stage before is not
    finished.
    """
    store.verify_manifest(disclosed)
    frame = store.read_frame(disclosed / "released.parquet")
    measures = store.read_measures(disclosed)
    metadata = Metadata(store.read_json(disclosed / "study.json"))
    rows = Rows(tuple(store.frame_released(frame, measures)))
    parts = all_parts(rows, metadata)
    store.empty_folder(staging)
    _write_files(parts, staging)
    released = disclosed / "estimates.csv"
    content = released.read_bytes() if released.exists() else frame.to_csv(index=False).encode()
    store.write_bytes(staging / "estimates.csv", content)
    store.write_measures(staging, measures)
    store.write_text(staging / "report.html", page(parts, metadata))
    store.write_manifest(staging)


def _write_files(parts: tuple[Part, ...], staging: Path) -> None:
    for part in parts:
        for drawing in part.of(Drawing):
            store.write_text(staging / "figures" / f"{drawing.name}.svg", drawing.svg)
        for table in part.of(Table):
            store.write_text(staging / "tables" / f"{table.name}.csv", csv_text(table))
