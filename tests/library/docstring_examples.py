"""The examples of the survival library's docstrings, run under whatever name it is imported by.

``python docstring_examples.py calcinosis_survival``: nothing of this project is imported.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys

import numpy as np


def examples(package: str) -> list[doctest.DocTest]:
    """One test for each public name whose docstring has an example."""
    library = importlib.import_module(package)
    names = {name: getattr(library, name) for name in library.__all__}
    finder = doctest.DocTestParser()
    return [
        finder.get_doctest(inspect.getdoc(found) or "", {"np": np, **names}, name, None, 0)
        for name, found in names.items()
        if ">>>" in (inspect.getdoc(found) or "")
    ]


def failed(package: str) -> list[str]:
    """Names whose example does not give what the docstring says."""
    runner = doctest.DocTestRunner()
    return [test.name for test in examples(package) if runner.run(test).failed]


if __name__ == "__main__":
    wrong = failed(sys.argv[1])
    print(f"{len(examples(sys.argv[1]))} examples, wrong: {', '.join(wrong) or 'none'}")
    sys.exit(bool(wrong))
