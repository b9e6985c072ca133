"""Catalogue of bad input: the outcome of each kind, and the test that shows it.

Data of the page of checks; ``becomes`` are rules of it, ``stop`` a refusal in one line.
"""

from __future__ import annotations

from typing import NamedTuple


class BadInput(NamedTuple):
    """An item: the test is a function in a file of ``tests/broken``."""

    what: str
    becomes: tuple[str, ...]
    file: str
    test: str


BAD_INPUT = (
    BadInput(
        "ragged rows",
        ("too_few_cells", "too_many_cells"),
        "files",
        "test_records_cut_wrongly_are_rejected_by_their_physical_number",
    ),
    BadInput("a lone quote", ("stop",), "files", "test_a_quote_is_never_closed"),
    BadInput("a NUL far into a file", ("stop",), "lines", "test_a_nul_far_into_a_file"),
    BadInput(
        "a byte order mark",
        ("used",),
        "files",
        "test_a_byte_order_mark_is_not_part_of_the_first_column",
    ),
    BadInput(
        "UTF-16, latin-1, cp1252 undeclared",
        ("stop",),
        "files",
        "test_the_encoding_is_another_one",
    ),
    BadInput(
        "mixed newlines",
        ("too_few_cells", "used"),
        "lines",
        "test_mixed_line_ends_move_no_record_number",
    ),
    BadInput("a missing header", ("stop",), "files", "test_a_required_column_is_missing"),
    BadInput("a repeated header", ("stop",), "files", "test_a_column_stands_twice"),
    BadInput(
        "reordered headers, one more column",
        ("used",),
        "dirt",
        "test_headers_reordered_and_one_more_column",
    ),
    BadInput(
        "the header again further down",
        ("not_a_date",),
        "dirt",
        "test_a_header_that_stands_again_further_down",
    ),
    BadInput(
        "a value that changes type at record 30,000",
        ("not_a_number_or_bound", "not_a_date", "too_many_cells"),
        "dirt",
        "test_a_value_that_changes_type_late",
    ),
    BadInput("`007`", ("used",), "ids", "test_text_that_only_looks_like_a_number_is_an_id"),
    BadInput("17-digit ids as text", ("used",), "ids", "test_seventeen_digits_as_text_stay_exact"),
    BadInput(
        "17-digit ids as numbers",
        ("rounded_id",),
        "ids",
        "test_seventeen_digits_as_a_number_are_not_used",
    ),
    BadInput(
        "`NA` as a name",
        ("used",),
        "dirt",
        "test_a_word_that_some_readers_take_for_nothing_is_a_name",
    ),
    BadInput(
        "gzip bombs, 1 GB fields",
        ("stop",),
        "sizes",
        "test_what_is_too_large_is_refused_within_bounds",
    ),
    BadInput(
        "Parquet, SAS, SPSS, Stata files cut short",
        ("stop",),
        "sizes",
        "test_what_is_cut_short_is_refused_within_bounds",
    ),
    BadInput(
        "two-digit years, 30 February, 1900-01-01, 9999-12-31, leap days",
        ("not_a_date", "impossible_date", "placeholder_date", "used"),
        "dirt",
        "test_days_of_birth",
    ),
    BadInput(
        "future dates",
        ("after_end_of_data",),
        "dirt",
        "test_what_lies_in_the_future_is_out_of_scope",
    ),
    BadInput(
        "a first dialysis in the future",
        ("future_date",),
        "records",
        "test_one_broken_cell_is_one_reject",
    ),
    BadInput(
        "duplicate keys, equal facts",
        ("duplicate_row",),
        "records",
        "test_a_repeated_person_counts_once",
    ),
    BadInput(
        "duplicate keys, different facts",
        ("stop",),
        "records",
        "test_a_person_with_two_stories_stops_the_run",
    ),
    BadInput("null keys, in any table", ("missing",), "dirt", "test_a_null_key_joins_nobody"),
    BadInput(
        "numbers of SAS in fewer than 8 bytes, from where they are inexact",
        ("rounded_id",),
        "ids",
        "test_ids_of_sas_in_fewer_bytes",
    ),
    BadInput(
        "numbers of SAS in 2 bytes",
        ("stop",),
        "ids",
        "test_numbers_of_two_bytes_are_not_read_as_missing",
    ),
    BadInput("an encrypted Parquet file", ("stop",), "parquet", "test_an_encrypted_file"),
    BadInput(
        "days kept as moments in Parquet",
        ("used", "not_a_date"),
        "parquet",
        "test_days_of_every_type_that_tools_keep_them_in",
    ),
    BadInput(
        "`#N/A`, a formula without its value, in a workbook",
        ("stop",),
        "workbooks",
        "test_an_error_in_a_cell_that_may_be_empty",
    ),
    BadInput("a workbook that swells", ("stop",), "workbooks", "test_a_workbook_that_swells"),
    BadInput(
        "a link that leaves the extract",
        ("stop",),
        "places",
        "test_no_link_that_leaves_the_extract_is_followed",
    ),
    BadInput(
        "`[a].parquet` beside `a.parquet`",
        ("stop",),
        "places",
        "test_a_name_that_stands_for_another_file",
    ),
    BadInput(
        "folders within the folder of a table",
        ("stop",),
        "places",
        "test_a_folder_within_the_folder_of_a_table",
    ),
)
