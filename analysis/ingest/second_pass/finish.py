"""Second pass over an extract: buckets are finished, their accounts folded in bucket order."""

from __future__ import annotations

from collections import Counter

from analysis import store
from analysis.ingest.first_pass.account import account_rows, broken_rejects, unit_conversions
from analysis.ingest.first_pass.buckets import bucket_file, write_rejects
from analysis.ingest.first_pass.job import Job
from analysis.ingest.first_pass.people_rules import UNKNOWN_PERSON as UNKNOWN
from analysis.ingest.second_pass.bucket_pass import BucketTask, finish_bucket
from analysis.ingest.second_pass.cross_table import flag_rows, refuse_unmatched
from analysis.runner import map_in_order
from data_schema.results import Estimate


def finish_extract(job: Job, staged: dict) -> None:
    """Finish the buckets of what the first pass staged; write account, rejects and manifest."""
    names = tuple(staged["order"])
    outcomes: dict[str, Counter] = {name: Counter() for name in names}
    by_record: dict[str, Counter] = {name: Counter() for name in names}
    conversions: Counter = Counter()
    flags: Counter = Counter()
    tasks = _tasks(job, names)
    whole = job.size(job.found)
    for done, counts in enumerate(
        map_in_order(finish_bucket, tasks, job.threads, job.master), start=1
    ):
        for name, rows in counts["outcomes"].items():
            outcomes[name].update({tuple(key): n for *key, n in rows})
        for name, rows in counts["by_record"].items():
            by_record[name].update({tuple(key): n for *key, n in rows})
        conversions.update({tuple(key): n for *key, n in counts["conversions"]})
        flags.update({tuple(key): n for *key, n in counts["flags"]})
        job.count(whole // 2 + whole * done // (2 * len(tasks)), whole)
    rows = [Estimate(**row) for row in staged["source"]]
    verdicts = store.read_frame(job.out / "unit_verdicts.parquet")
    for name in names:
        broken = [(file, row, rule) for file, row, rule in staged["broken"][name]]
        records = Counter(staged["records"][name])
        once = by_record[name]
        _refuse_unmatched(once, records)
        counted = account_rows(job.form, name, outcomes[name], broken, records, once)
        rows += counted
        rows += unit_conversions(conversions, verdicts) if name == "labs" else []
        job.say(_line(name, counted))
    rows += flag_rows(flags)
    store.write_frame(job.out / "quality.parquet", store.estimates_frame(rows))
    _write_rejects(job, staged, len(tasks))
    metadata = {
        "tables": list(names),
        "precision": job.form.precision,
        "calendar": job.form.calendar,
        "buckets": job.buckets,
    }
    store.write_json(job.out / "facts.json", metadata)
    store.remove_folder(job.out / store.WORK)
    store.write_manifest(job.out)


def _refuse_unmatched(outcomes: Counter, records: Counter) -> None:
    for file, whole in sorted(records.items()):
        unknown = sum(n for (f, rule, _, _), n in outcomes.items() if (f, rule) == (file, UNKNOWN))
        refuse_unmatched(file, unknown, whole)


def _tasks(job: Job, names: tuple[str, ...]) -> list[BucketTask]:
    end = job.study.population.data_end
    for name in names:
        store.private_folder(job.out / name)
    precision = job.form.precision
    return [BucketTask(job.out, n, names, end, precision) for n in range(job.buckets)]


def _write_rejects(job: Job, staged: dict, buckets: int) -> None:
    folder = job.out / store.WORK / "rejects"
    files = [folder / bucket_file(number) for number in range(buckets)]
    for place, name in enumerate(staged["order"]):
        broken = [(file, row, rule) for file, row, rule in staged["broken"][name]]
        if broken:
            path = folder / f"broken_{place}.parquet"
            store.write_frame(path, broken_rejects(place, broken))
            files.append(path)
    write_rejects(files, job.out)


def _line(name: str, counts: list[Estimate]) -> str:
    totals = {outcome: 0 for outcome in ("used", "out_of_scope", "rejected")}
    for row in counts:
        if row.measure == "rows" and row.level in totals:
            totals[row.level] += int(row.numerator or 0)
    return (
        f"{name}: {sum(totals.values()):,} records = {totals['used']:,} used "
        f"+ {totals['out_of_scope']:,} out of scope + {totals['rejected']:,} rejected"
    )
