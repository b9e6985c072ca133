"""A study of PTH in multiples of its assay's limit, from the extract to the release."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import cohort, disclose, estimates, ingest, publish, simulate, store
from analysis.study import PROTOCOLS, Study, read_study
from reports import run as write_pages

PEOPLE = 700


def in_multiples() -> Study:
    """The simulated study with ``pth_uln`` in place of ``pth``, its other labs left as they are."""
    raw = read_study(PROTOCOLS / "simulated.toml").model_dump()
    raw["exposures"]["labs"] = ("pth_uln", "calcium_corrected")
    raw["missing"]["method"] = "complete"
    term = {"name": "log2_pth_uln", "variable": "pth_uln", "transform": "log2"}
    term["label"] = "PTH over its upper limit, per doubling"
    raw["models"] = [{"name": "multiples", "label": "Multiples", "causes": ["death"]}]
    raw["models"][0]["terms"] = [term]
    return Study.model_validate(raw)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, study = tmp_path_factory.mktemp("multiples"), in_multiples()
    simulate.run(study, PEOPLE, 5, folder / "extract", folder / "truth")
    ingest.run(study, folder / "extract", folder / "ingest", threads=1)
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    provenance = {"extract": {}, "n": PEOPLE, "seed": 5}
    estimates.run(study, folder / "cohort", folder / "estimates", None, provenance)
    disclose.run(study, folder / "estimates", folder / "disclose")
    write_pages(folder / "disclose", folder / "staging")
    publish.run(study, folder / "staging", folder / "release", folder / "ledger.jsonl")
    return folder


def test_the_ratio_of_multiples_is_released(release: Path) -> None:
    rows = pd.read_csv(release / "release" / "estimates.csv")
    ratio = rows[(rows["measure"] == "hazard_ratio") & (rows["term"] == "log2_pth_uln")]
    assert (ratio["outcome"] == "death").all()
    assert len(ratio)
    assert ratio["status"].isin(["ok", "flagged"]).all()
    assert ((ratio["lower"] < ratio["estimate"]) & (ratio["estimate"] < ratio["upper"])).all()


def test_the_page_says_what_a_multiple_is_and_what_was_corrected(release: Path) -> None:
    page = (release / "release" / "report.html").read_text("utf-8")
    assert "each result over the upper limit of its own assay" in page
    assert "PTH over its upper limit, per doubling" in page
    assert "Computed here: total calcium + 0.02 × (40 − albumin)" in page


def test_multiples_do_not_depend_on_the_unit_that_a_centre_sends(release: Path) -> None:
    """Centres of both unit systems: the same level of multiples, though values differ ninefold."""
    labs = store.read_frame(release / "ingest" / "labs" / "0000.parquet")
    pth = labs[(labs["analyte"] == "pth") & labs["assay_upper_limit"].notna()]
    level = (pth["value"] / pth["assay_upper_limit"]).groupby(pth["unit"].astype(str)).median()
    assert {"pg/mL", "pmol/L"} <= set(level.index)
    sent = pth["value"].groupby(pth["unit"].astype(str)).median()
    assert sent["pg/mL"] / sent["pmol/L"] > 6
    assert 0.7 < level["pg/mL"] / level["pmol/L"] < 1.4
