"""``python -m analysis.estimates.new_model NAME QUESTION [FOLDER]``: a model to begin with.

Three files: the model, a protocol that asks for it, its test. In ``FOLDER`` (``MODELS``) they lie
side by side; without one they go where the project keeps such files. The model works as it stands:
onsets per person-year. The statistician puts another formula in its place.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from analysis import store
from analysis.study import PROTOCOLS
from data_schema.measures import QUESTIONS
from data_schema.protocol_models import MODEL_NAME
from data_schema.refusal import Refusal

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).parent / "templates"
FOLDERS = ("how_common", "how_soon", "who", "what_then")


def places(name: str, question: str, folder: Path | None, root: Path = ROOT) -> dict[str, Path]:
    """Template -> the file that is made of it."""
    test = f"test_{name}.py"
    if folder is not None:
        ours = (folder / f"{name}.py", folder / f"{name}.toml", folder / test)
    else:
        ours = (
            root / "analysis" / "estimates" / question / f"{name}.py",
            root / PROTOCOLS.relative_to(ROOT) / f"{name}.toml",
            root / "tests" / "models" / test,
        )
    return dict(zip(("model.py.txt", "protocol.toml.txt", "test.py.txt"), ours, strict=True))


def write_model(name: str, question: str, folder: Path | None, root: Path = ROOT) -> list[Path]:
    """Write the three files; ``Refusal`` for a bad name or question, or a file that is there."""
    if not re.fullmatch(MODEL_NAME, name):
        raise Refusal("NAME: lower-case letters, digits and underscores, a letter first")
    if question not in FOLDERS:
        raise Refusal(f"QUESTION: not one of {', '.join(FOLDERS)}")
    files = places(name, question, folder, root)
    for file in files.values():
        if file.exists():
            raise Refusal(f"NAME: {file.name} is there already")
    inside = f"analysis.estimates.{question if folder is None else 'outside'}"
    words = {"NAME": name, "QUESTION": question, "ASKS": QUESTIONS[question], "PACKAGE": inside}
    for template, file in files.items():
        text = (TEMPLATES / template).read_text("utf-8")
        store.write_text(file, re.sub(r"<(\w+)>", lambda found: words[found[1]], text))
    return list(files.values())


def main(words: list[str]) -> int:
    name, question, folder = [*words, "", "", ""][:3]
    try:
        files = write_model(name, question, Path(folder) if folder else None)
    except Refusal as refused:
        print(f"model: {refused}", file=sys.stderr)
        return 2
    for file in files:
        print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
    given = f' MODELS="{folder}"' if folder else ""
    print(f"make conform{given}                     does it keep to the rules of models?")
    print(f'make report{given} PROTOCOL="{files[1]}"     its numbers in the report')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
