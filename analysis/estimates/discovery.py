"""Finds models: those of the project's question folders and those of a folder outside it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from analysis import store
from analysis.estimates import outside
from analysis.estimates.model import EstimateModel
from analysis.study import Study
from data_schema.measures import QUESTIONS
from data_schema.protocol_models import Settings
from data_schema.refusal import Refusal, refusal

HERE = Path(__file__).parent
FOLDERS = ("description", "how_common", "how_soon", "who", "what_then")


@cache
def shipped() -> tuple[EstimateModel, ...]:
    """The models of the project, in the order in which they run."""
    files = [file for folder in FOLDERS for file in sorted((HERE / folder).glob("*.py"))]
    modules = [import_module(f"{__package__}.{file.parent.name}.{file.stem}") for file in files]
    return in_order(one for module in modules for one in models_in(module))


def found(folder: Path | None = None) -> tuple[EstimateModel, ...]:
    """The project's models and those of ``folder``, which reaches every worker by its path.

    ``Refusal`` where a file of the folder cannot be a model: it names the file and the rule.
    """
    if folder is None:
        return shipped()
    if not folder.is_dir():
        raise refusal("no such folder", file="MODELS")
    outside.set_folder(folder)
    theirs = [_outside(file) for file in model_files(folder)]
    ours = {one.name for one in shipped()}
    for one in theirs:
        if one.name in ours:
            raise refusal("the project has a model of this name", file=f"{one.name}.py")
    return in_order([*shipped(), *theirs])


def model_files(folder: Path) -> list[Path]:
    """The files of a folder that are models: tests and names that begin with ``_`` are not."""
    files = sorted(folder.glob("*.py"))
    return [file for file in files if not file.name.startswith(("_", "test_", "conftest"))]


def in_order(models: Iterable[EstimateModel]) -> tuple[EstimateModel, ...]:
    """By question as the report has them, then by declared order, then by name."""
    place = {question: number for number, question in enumerate(QUESTIONS)}
    key = lambda one: (place[one.question], one.order, one.name)  # noqa: E731 - of this sort alone
    return tuple(sorted(models, key=key))


def models_in(module: ModuleType) -> list[EstimateModel]:
    """The model that a file registers, if it does; not those that it imports."""
    values = vars(module).values()
    return [v for v in values if isinstance(v, EstimateModel) and v.module == module.__name__]


def asked(study: Study, models: Iterable[EstimateModel]) -> tuple[EstimateModel, ...]:
    """Those that a study runs."""
    named = {analysis.model for analysis in study.analyses}
    return tuple(one for one in models if one.always or one.name in named)


def settings_of(study: Study, one: EstimateModel) -> Settings:
    """The settings that the protocol gives a model, read when the protocol was."""
    given = {analysis.model: analysis.settings for analysis in study.analyses}
    return one.settings.model_validate(given.get(one.name, {}))


def schemas(folder: Path | None = None) -> Mapping[str, type[Settings]]:
    """Name -> what ``[analyses.settings]`` may say, of every model there is."""
    return {one.name: one.settings for one in found(folder)}


def hashes(study: Study, folder: Path | None) -> dict[str, str]:
    """Name -> SHA-256 of the models from outside that a study runs."""
    return {one.name: one.sha256 for one in asked(study, found(folder)) if one.sha256}


def take_along(folder: Path, to: Path) -> Path:
    """A copy of a folder's models at ``to``, beside the study, where every worker reaches it."""
    store.empty_folder(to)
    for file in model_files(folder):
        store.write_bytes(to / file.name, file.read_bytes())
    return to


def _outside(file: Path) -> EstimateModel:
    """The model of one file; the hash is that of the bytes that were run."""
    _require_one_file(file)
    try:
        module = import_module(f"{outside.__name__}.{file.stem}")
    except Refusal:
        raise
    except Exception as error:  # whatever the file does when it is read
        raise refusal(f"cannot be read ({type(error).__name__})", file=file.name) from None
    models = models_in(module)
    if [one.name for one in models] != [file.stem]:
        raise refusal("holds not exactly one model of the file's name", file=file.name)
    if models[0].always:
        raise refusal("always: a model from outside runs where asked", file=file.name)
    return replace(models[0], sha256=outside.sha256_of(module))


def _require_one_file(file: Path) -> None:
    """A model is one file: its hash has to stand for all of it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        row = getattr(error, "lineno", None)
        raise refusal("not valid Python", file=file.name, row=row) from None
    siblings = {path.stem for path in file.parent.glob("*.py")}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        if any(name.startswith((".", outside.__name__)) or name in siblings for name in names):
            rule = "imports another file of its folder; a model is one file"
            raise refusal(rule, file=file.name, row=node.lineno)
