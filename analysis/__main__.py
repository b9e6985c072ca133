"""``python -m analysis STAGE``: each stage alone, as the Makefile runs them in turn.

Exit status 0 when done, 2 with one line when an input is refused.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from analysis import store
from analysis.plan import extract_hashes, write_plan
from analysis.progress import Progress
from analysis.runner import Workers
from analysis.study import Schemas, Study, read_study
from data_schema.refusal import Refusal


class Run:
    """The folders of one study and the arguments of one call."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.models = Path(arguments.models) if arguments.models else None
        self.study: Study = read_study(Path(arguments.protocol), self._schemas)
        self.restricted = Path(arguments.build) / "restricted"
        self.release = Path(arguments.build) / "release"
        self.given = Path(arguments.extract) if arguments.extract else None
        self.n, self.seed, self.threads = arguments.n, arguments.seed, arguments.threads
        self.form: str = arguments.form
        self.memory: float = arguments.memory
        self.master: str = arguments.master
        unit = {"ingest": "bytes", "cohort": "buckets"}.get(arguments.stage, "people")
        self.progress = Progress(arguments.stage, unit)
        if self.given is None and not self.study.simulated:
            raise Refusal(f"protocol {self.study.name} is not a simulation: give EXTRACT=folder")
        if self.given is not None and self.study.simulated:
            raise Refusal(
                f"protocol {self.study.name} is a simulation: with EXTRACT give another PROTOCOL"
            )
        if self.n < 1 or self.seed < 0 or self.threads < 1:
            raise Refusal("N and THREADS are at least 1, SEED at least 0")
        if not self.memory >= 1:
            raise Refusal("MEMORY is at least 1 gigabyte")

    def _schemas(self) -> Schemas:
        """What each model may be told; read only where the protocol names one."""
        from analysis.estimates.discovery import schemas

        return schemas(self.models)

    def folder(self, stage: str) -> Path:
        return self.restricted / stage

    @property
    def extract(self) -> Path:
        return self.given or self.folder("simulate") / "extract"

    @property
    def truth(self) -> Path | None:
        return None if self.given else self.folder("simulate") / "truth"


def plan(run: Run) -> None:
    hashes = None
    if run.models is not None:
        from analysis.estimates import discovery

        hashes = discovery.hashes(run.study, run.models)
    write_plan(run.study, run.restricted, run.given, run.n, run.seed, hashes)


def simulate(run: Run) -> None:
    from analysis import simulate

    folder = store.empty_folder(run.folder("simulate"))
    if run.form == "native":
        simulate.run(
            run.study, run.n, run.seed, folder / "extract", folder / "truth", run.progress.count
        )
    else:
        _simulate_as(run, folder)
    store.write_manifest(folder)


def _simulate_as(run: Run, folder: Path) -> None:
    """Without dirt: what is wrong in a form should come from the form."""
    from analysis import simulate
    from analysis.simulate.forms import form_names, write_form

    if run.form not in form_names():
        raise Refusal(f"AS: not one of native, {', '.join(form_names())}")
    native = folder / "native"
    clean = simulate.without_dirt(run.study)
    simulate.run(clean, run.n, run.seed, native, folder / "truth", run.progress.count)
    write_form(run.form, native, folder / "extract")


def ingest(run: Run) -> None:
    from analysis import ingest
    from analysis.ingest.files.find_files import passed_over
    from data_schema.declarations import source

    told = (run.progress.say, run.progress.count)
    ingest.run(
        run.study, run.extract, run.folder("ingest"), run.threads, *told, run.memory, run.master
    )
    if run.given is not None:
        for line in passed_over(run.given, source(run.study.source)):
            run.progress.say(line)


def review(run: Run) -> None:
    from analysis.ingest.review import page as review

    say = run.progress.say
    path = review.run(
        run.study, run.folder("ingest"), run.restricted, run.threads, say, run.extract
    )
    say(f"for the data manager, not for release: {path}")


def cohort(run: Run) -> None:
    from analysis import cohort

    told = (run.progress.say, run.progress.count)
    cohort.run(
        run.study, run.folder("ingest"), run.folder("cohort"), run.threads, *told, run.master
    )


def estimates(run: Run) -> None:
    from analysis import estimates
    from analysis.estimates.discovery import found, take_along

    folder = take_along(run.models, run.folder("models")) if run.models else None
    models = found(folder)
    hashes = extract_hashes(run.extract, run.restricted / "extract_hashes.json")
    hashes = {name: h for name, h in hashes.items() if name != store.MANIFEST}
    simulated = run.study.simulated
    provenance = {
        "extract": hashes,
        "n": run.n if simulated else None,
        "seed": run.seed if simulated else None,
    }
    folders = run.folder("cohort"), run.folder("estimates"), run.truth
    with Workers(run.threads, run.master) as workers:
        estimates.run(run.study, *folders, provenance, run.progress.say, models, workers)


def disclose(run: Run) -> None:
    from analysis import disclose

    disclose.run(run.study, run.folder("estimates"), run.folder("disclose"))


def staging(run: Run) -> None:
    import reports

    reports.run(run.folder("disclose"), run.folder("staging"))


def publish(run: Run) -> None:
    from analysis import publish

    publish.run(
        run.study, run.folder("staging"), run.release, run.restricted / "publish" / "ledger.jsonl"
    )


STAGES: dict[str, tuple[Callable[[Run], None], str]] = {
    "plan": (plan, "write what each stage depends on"),
    "simulate": (simulate, "write a registry of known truth"),
    "ingest": (ingest, "the holder's files become typed tables"),
    "review": (review, "what a data manager should see: restricted/review.html"),
    "cohort": (cohort, "people, follow-up, risk intervals, attrition"),
    "estimates": (estimates, "answer the questions"),
    "disclose": (disclose, "suppress, round, recompute"),
    "staging": (staging, "render the report from released rows"),
    "publish": (publish, "attack, scan, then rename into place"),
}


def arguments_of(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m analysis")
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, (_, says) in STAGES.items():
        stage = stages.add_parser(name, help=says, description=says)
        stage.add_argument("--protocol", required=True, help="the study, a TOML file")
        stage.add_argument("--build", required=True, help="the study's folder")
        stage.add_argument("--extract", help="the holder's folder; without it one is simulated")
        stage.add_argument("--models", help="a folder of models from outside the project")
        stage.add_argument("--n", type=int, default=20_000, help="people to simulate")
        stage.add_argument("--seed", type=int, default=1, help="seed of the simulation")
        stage.add_argument("--threads", type=int, default=2, help="processors to use")
        stage.add_argument("--master", default="", help="a Spark cluster to spread the work on")
        stage.add_argument("--memory", type=float, default=3.0, help="gigabytes to use, all told")
        stage.add_argument(
            "--as", dest="form", default="native", help="form of the simulated extract"
        )
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Run one stage; 0 or 2."""
    os.umask(0o077)
    arguments = arguments_of(words)
    try:
        run = Run(arguments)
        STAGES[arguments.stage][0](run)
    except Refusal as refused:
        print(f"{arguments.stage}: {refused}", file=sys.stderr)
        return 2
    except duckdb.Error as error:
        # not the engine's own words: they may repeat a cell
        problem = "may need TRY_CAST or try_strptime in a SELECT of the source"
        kind = type(error).__name__
        print(f"{arguments.stage}: the engine stopped ({kind}): {problem}", file=sys.stderr)
        return 2
    except OSError as error:
        place = Path(error.filename).name if error.filename else "a file"
        print(f"{arguments.stage}: {place}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
