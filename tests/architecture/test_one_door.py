"""One reader of configuration, one door to disk; what goes past them is listed with its reason."""

from __future__ import annotations

import ast
import re

import pytest
from source_tree import ROOMS, call_name, calls, imports, python_files, relative, strings

FILES = python_files(*ROOMS)

WRITERS = {
    *("write_text", "write_bytes", "to_parquet", "to_csv", "to_json", "to_pickle", "to_excel"),
    *("savefig", "savetxt", "tofile", "write_table", "write_csv", "write_feather"),
    *("mkdir", "makedirs", "unlink", "rmdir", "rmtree", "touch", "symlink_to"),
    *("copyfile", "copytree", "copy2", "move", "ParquetWriter", "NamedTemporaryFile"),
}

COPY = re.compile(r"\s*COPY\s*[(\"]")

# (file, call): why it may. A line that no longer applies fails the last test of this file.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("analysis/ingest/files/records.py", "COPY"): (
        "DuckDB keeps the text of files larger than memory at a path that the store gave out"
    ),
    ("analysis/ingest/first_pass/buckets.py", "COPY"): (
        "DuckDB streams tables larger than memory to a path that the store gave out"
    ),
    ("reports/figures/style.py", "savefig"): "into a string, never to disk",
    ("analysis/simulate/output/write.py", "open"): (
        "streams tables larger than memory, renamed when whole"
    ),
    ("analysis/simulate/output/write.py", "write_table"): "the same stream",
    ("analysis/simulate/output/write.py", "unlink"): "the part left where writing failed",
    ("analysis/publish/swap.py", "mkdir"): "the one door out: whole folders, exchanged in one step",
    ("analysis/publish/swap.py", "open"): "copies released files, synced, beside the old release",
    ("analysis/publish/swap.py", "rmtree"): "the release that was exchanged",
}


def is_writing_open(call: ast.Call) -> bool:
    """``open(..., "w")`` or ``path.open("w")``: a mode that changes the file."""
    _, name = call_name(call)
    if name != "open":
        return False
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    modes = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes)


def writes(path) -> set[str]:
    """Names of the calls of a file that write to disk and do not go through the store."""
    found = set()
    for call in calls(path):
        base, name = call_name(call)
        to_string = name == "to_csv" and not call.args
        if (name in WRITERS and base != "store" and not to_string) or is_writing_open(call):
            found.add(name)
    if any(COPY.match(text) for text in strings(path)):
        found.add("COPY")
    return found


def bare_store_names(path) -> set[str]:
    """What a file imports by name from the store, and may therefore call without its prefix."""
    return {i.rsplit(".", 1)[1] for i in imports(path) if i.startswith("analysis.store.")}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_store_writes_to_disk(path) -> None:
    if relative(path) == "analysis/store.py":
        return
    excused = {call for file, call in EXCEPTIONS if file == relative(path)}
    assert writes(path) - bare_store_names(path) - excused == set()


def test_every_exception_is_still_needed() -> None:
    by_name = {relative(path): path for path in FILES}
    for (file, call), reason in EXCEPTIONS.items():
        assert reason
        assert file in by_name, f"{file}: excused and gone"
        assert call in writes(by_name[file]), f"{file}: no longer calls {call}"


def test_the_store_itself_is_seen_to_write() -> None:
    store = next(path for path in FILES if relative(path) == "analysis/store.py")
    assert {"mkdir", "open", "unlink"} <= writes(store)


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_study_reads_protocols(path) -> None:
    name = relative(path)
    if name not in ("analysis/study.py", "data_schema/declarations.py"):
        assert "tomllib" not in imports(path)
        published = "analysis/estimates/description/published.py"
        if name.startswith(("analysis/", "reports/")) and name != published:
            assert "data_schema.declarations.read_toml" not in imports(path)
    if name != "analysis/study.py":
        assert not [text for text in strings(path) if text == "protocols"]


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_nothing_is_evaluated_and_buckets_do_not_hang_on_an_engine(path) -> None:
    """No formula strings; Python's ``hash`` and the engine's change between runs and versions."""
    plain = {name for base, name in (call_name(call) for call in calls(path)) if not base}
    assert not plain & {"eval", "exec", "hash", "__import__"}
