"""A record that a SELECT makes several rows of is counted once."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from analysis.ingest.first_pass.account import account_rows
from analysis.ingest.second_pass.bucket_rows import BucketRows
from analysis.ingest.second_pass.row_outcomes import one_row_a_record, outcomes
from data_schema.declarations import source

# record, rule, scope: used and rejected; rejected and out of scope; out of scope twice; used twice
ROWS = [(2, "a", ""), (2, "", ""), (3, "", "s"), (3, "a", ""), (4, "", "s"), (4, "", "s")]
ROWS += [(5, "", ""), (5, "", "")]
ONCE = Counter({("f", "", "", ""): 2, ("f", "a", "", ""): 1, ("f", "", "", "s"): 1})


def test_used_if_any_row_is_else_rejected_if_any_is() -> None:
    rows = bucket_rows(ROWS)
    found = outcomes(rows, one_row_a_record(rows, rows.rule.rank)).to_numpy(object).tolist()
    assert Counter({tuple(key): n for *key, n in found}) == ONCE
    alone = bucket_rows([(2, "", ""), (7, "a", ""), (5, "", "s")])
    assert one_row_a_record(alone, alone.rule.rank) is None


def test_of_several_rules_the_least_says_what_became_of_a_record() -> None:
    rows = bucket_rows([(2, "b", ""), (2, "a", ""), (3, "a", "")])
    by_text = outcomes(rows, one_row_a_record(rows, rows.rule.rank))
    as_coded = outcomes(rows, one_row_a_record(rows, rows.rule.code))
    assert by_text["rule"].tolist() == ["a"] and by_text["n"].tolist() == [2]
    assert as_coded["rule"].tolist() == ["b", "a"] and as_coded["n"].tolist() == [1, 1]


def test_of_several_scopes_the_first_word_says_it_whichever_was_seen_first() -> None:
    late, early = "z_scope", "a_scope"
    for one in ([(2, "", late), (2, "", early)], [(2, "", early), (2, "", late)]):
        rows = bucket_rows([(1, "", late), *one])
        found = outcomes(rows, one_row_a_record(rows, rows.rule.rank))
        assert sorted(found["scope"]) == [early, late]


def bucket_rows(rows: list[tuple[int, str, str]]) -> BucketRows:
    record, rule, scope = zip(*rows, strict=True)
    n = len(rows)
    words = {"_rule": rule, "_flag": [""] * n, "_out_of_scope": scope}
    columns = {k: pa.array([w or None for w in v], pa.string()) for k, v in words.items()}
    columns["_file"] = pa.array(["f"] * n)
    columns = {k: v.dictionary_encode() for k, v in columns.items()}
    return BucketRows(pa.table({"_row": pa.array(record, pa.int64()), **columns}))


def test_the_account_is_of_records_and_the_rules_of_rows() -> None:
    rows = Counter({("f", "", "", ""): 3, ("f", "x:a", "", ""): 2, ("f", "", "", "s"): 3})
    once = Counter({("f", "", "", ""): 2, ("f", "x:a", "", ""): 1, ("f", "", "", "s"): 1})
    found = account_rows(source("native"), "labs", rows, [], Counter({"f": 4}), once)
    counts = {row.level: row.numerator for row in found if row.measure == "rows"}
    assert counts == {"total": 4, "used": 2, "out_of_scope": 1, "rejected": 1}
    assert [row.numerator for row in found if row.measure == "rejected_rows"] == [2]
