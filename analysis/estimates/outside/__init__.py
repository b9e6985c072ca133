"""Models of a folder outside the project, imported as if they lay here.

``analysis.estimates.outside.mine`` is ``mine.py`` of the folder in the environment variable
``CALCINOSIS_MODELS``: so a worker, of this machine or of a cluster, finds what the driver found.
The source is read and compiled each time: what runs is what was hashed, never a compiled copy.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

FOLDER = "CALCINOSIS_MODELS"


class Source(InspectLoader):
    """The bytes of one file, read once; ``origin`` is the name that tracebacks say."""

    def __init__(self, file: Path) -> None:
        self.content = file.read_bytes()
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.origin = file.name

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - one loader a file
        return self.content.decode("utf-8")

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.source_to_code(self.content, self.origin)


class Finder(MetaPathFinder):
    """Answers for the names of this package, and for no other."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the import system's own arguments
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        folder = os.environ.get(FOLDER, "")
        file = Path(folder) / f"{name}.py"
        if package != __name__ or not folder or not file.is_file():
            return None
        source = Source(file)
        return spec_from_loader(fullname, source, origin=source.origin)


def set_folder(folder: Path) -> None:
    """Look for models in ``folder``, here and in every worker that starts from now on."""
    os.environ[FOLDER] = str(folder.resolve())
    for name in [name for name in sys.modules if name.startswith(f"{__name__}.")]:
        del sys.modules[name]


def sha256_of(module: ModuleType) -> str:
    """SHA-256 of the source that a module was made of."""
    loader = module.__spec__.loader if module.__spec__ else None
    if not isinstance(loader, Source):
        raise ValueError("not a model from outside the project")
    return loader.sha256


if not any(isinstance(one, Finder) for one in sys.meta_path):
    sys.meta_path.append(Finder())
