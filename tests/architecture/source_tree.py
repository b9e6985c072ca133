"""The project's own files and their syntax trees, for the tests of this folder."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("data_schema", "analysis", "reports")
WITH_TESTS = (*ROOMS, "tests", "benchmarks")


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these folders, sorted."""
    return sorted(p for f in folders for p in (ROOT / f).rglob("*.py"))


def text_files() -> list[Path]:
    """Every text file that belongs to the project: what stands at its root and in its rooms."""
    ends = {".py", ".toml", ".sql", ".csv", ".md", ".html", ".css", ".R", ".cff", ".in", ".lock"}
    rooms = [p for f in (*WITH_TESTS, "docs", ".ci") for p in (ROOT / f).rglob("*") if p.is_file()]
    root = [p for p in ROOT.iterdir() if p.is_file()]
    named = {"Makefile", "run", "LICENSE"}
    return sorted(p for p in rooms + root if p.suffix in ends or p.name in named)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=relative(path))


def _of_statement(node: ast.stmt, package: list[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        stem = ".".join([*base, *([node.module] if node.module else [])])
        return [f"{stem}.{alias.name}" if stem else alias.name for alias in node.names]
    return []


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in the file; relative ones made absolute."""
    name = module_name(path).split(".")
    package = name if path.name == "__init__.py" else name[:-1]
    statements = (node for node in ast.walk(tree(path)) if isinstance(node, ast.stmt))
    return {found for node in statements for found in _of_statement(node, package)}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def call_name(call: ast.Call) -> tuple[str, str]:
    """``(base, name)`` of a call: ``store.write_text(...)`` is ``("store", "write_text")``."""
    if isinstance(call.func, ast.Attribute):
        base = call.func.value
        return (base.id if isinstance(base, ast.Name) else "", call.func.attr)
    return ("", call.func.id if isinstance(call.func, ast.Name) else "")


def strings(path: Path) -> list[str]:
    """Every string constant of a file, parts of f-strings included."""
    return [
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
