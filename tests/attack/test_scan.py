"""Identifiers are found where they stand, and drawings, hashes and results are not mistaken."""

from __future__ import annotations

import hashlib
import io
import random
import socket

import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.publish.patterns import nhs_number_is_valid
from analysis.publish.scan import declared_dates, scan, scan_text

DATES = frozenset({"2018-12-31"})

BAD = [
    ("Write to jane.doe@hospital.example.org", "e-mail"),
    ("Call +44 20 7946 0958", "telephone"),
    ("Call (555) 123-4567", "telephone"),
    ("Call 555-123-4567 now", "telephone"),
    ("Call 020 7946 0958", "telephone"),
    ("NHS 943 476 5919", "NHS"),
    ("a,9434765919,b", "NHS"),
    ("SSN 219-09-9999", "social security"),
    ("seen,0012345678", "long number"),
    ("id 123456789", "long number"),
    ("DOB 3 May 1961", "birth"),
    ("born 1961-05-03", "birth"),
    ("Date of birth: 03/05/1961", "birth"),
    ("patient_id: P0042", "person"),
    ("MRN 12345", "person"),
    ("sex,surname,n", "person"),
    ("strata centre=C017", "centre"),
    ("facility_id=0931", "centre"),
    ("lives at SW1A 1AA", "postcode"),
    ("/".join(("", "home", "anna", "labs.csv")), "path"),
    ("C:\\data\\labs.csv", "path"),
    ("\\\\server\\share\\labs.csv", "path"),
    ("file:///x", "path"),
    ("db01.internal", "machine"),
    ("192.168.1.20", "machine"),
    ("first onset 2013-04-17", "exact date"),
    ("first onset 17/04/2013", "exact date"),
    ("first onset 17.04.2013", "exact date"),
]

GOOD = [
    "prevalence 1.50 % (1.34-1.68), 300 of 20,000 people, 12,345,678 records",
    "0.7863241098,0.1234567891,7.861234567e-05,4512345",
    "0.9434765919",
    "-0.9434765919,9434765919e-3",
    "on 2018-12-31, between 2008 and 2019, E83.59, LOINC 2731-8, OMOP 40481089",
    "numpy 2.4.1, lifelines 0.30.3, Python 3.11",
    "hazard ratio 1.30 (1.21-1.39), p = 0.000012",
    "doi.org/10.1016/j.kint.2019.01.011",
    "born of the idea that 555 people and 1234 records agree",
    "PTH 543 pg/mL, 57.6 pmol/L; Ca 2.55 mmol/L; 0-30-60-90 days",
    "sha256 " + hashlib.sha256(b"a").hexdigest() + " and " + "1234567890" * 4,
    "10,000 20,000 30,000 and 1 000 000",
    "unit=mmol/L and centre medians",
    "flow/attrition////s1/excluded//primary//1",
    "at day 1826.25, 3652.5 days; x = 1:100000",
]


@pytest.mark.parametrize(("line", "rule"), BAD)
def test_an_identifier_is_found_on_its_line(line, rule) -> None:
    found = scan_text("report.html", f"<p>first</p>\n<p>{line}</p>\n", DATES)
    table = scan_text("estimates.csv", f"a,b\n{line}\n", DATES)
    assert any(rule in finding.rule and finding.line == 2 for finding in (*found, *table))


@pytest.mark.parametrize("line", GOOD)
def test_results_are_not_identifiers(line) -> None:
    assert scan_text("report.html", f"<p>{line}</p>", DATES) == []


def test_ten_digits_are_an_nhs_number_by_their_checksum() -> None:
    """943 476 5919 is the number printed as an example by the NHS data dictionary."""
    assert nhs_number_is_valid("943 476 5919")
    assert not nhs_number_is_valid("943 476 5918")
    assert not nhs_number_is_valid("111 111 1111")
    valid = [last for last in range(10) if nhs_number_is_valid(f"943476591{last}")]
    assert valid == [9]


def test_the_name_of_this_machine_is_found(monkeypatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "ward-server-3")
    assert scan_text("a.txt", "made on ward-server-3", DATES)[0].rule == "name of a machine"


def test_a_drawing_is_not_mistaken() -> None:
    random.seed(1)
    figure = Figure()
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    axes.plot([random.random() * 1e6 for _ in range(3000)], label="onset")
    axes.set_title("Cumulative incidence")
    axes.legend()
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    assert scan_text("figures/onset.svg", out.getvalue(), DATES) == []
    dated = io.StringIO()
    figure.savefig(dated, format="svg", metadata={"Date": "2026-11-22T10:00:00"})
    assert [f.rule for f in scan_text("a.svg", dated.getvalue(), DATES)] == [
        "exact date that is not the protocol's"
    ]


def test_the_text_of_a_drawing_is_read() -> None:
    drawing = '<svg><path d="M 943476 5919 L 9434765919 1"/>\n<text x="1">9434765919</text></svg>'
    found = scan_text("a.svg", drawing, DATES)
    assert {finding.line for finding in found} == {2}


def test_an_embedded_font_is_no_text_and_lines_stay_true() -> None:
    page = "<style>src: url(data:font/woff2;base64,AAAA\n943476591999\n@x.yz) </style>\na@b.org"
    page = page.replace("@x.yz", "")
    assert [finding.line for finding in scan_text("a.html", page, DATES)] == [4]


def test_the_dates_of_the_protocol_and_of_the_declarations_may_stand(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("2018-12-31\n2018-12-30\n", "utf-8")
    assert [f.line for f in scan(tmp_path, ["a.txt"], '{"end": "2018-12-31"}')] == [2]
    assert "2019-12-31" in declared_dates()


def test_thousands_of_released_numbers_raise_no_alarm() -> None:
    random.seed(2)
    lines = [f"{random.random():.10g},{random.randrange(5_000_000)},x" for _ in range(20_000)]
    assert scan_text("estimates.csv", "\n".join(lines), DATES) == []
