"""The truth of a simulated registry, gathered block by block and written outside the extract."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from analysis.simulate import exits
from analysis.simulate.parameters import assumptions
from analysis.simulate.people import FAR, Window
from analysis.simulate.pilot import Block, expected_cases
from analysis.study import Study

SAYS = {
    "expected": "People on dialysis with the disease when coverage begins, and the expected onsets "
    "of the others while covered: the sum of their cumulative hazards",
    "realised": "People with onset, seen or not",
    "detectable": "People on dialysis and covered on some day with the disease",
    "recorded": "People whom the case definition (definite or probable) finds",
}


def people_frame(block: Block, ids: pa.Array, window: Window) -> pa.Table:
    """One row a person: what is true of them. Days count from first dialysis; null: never."""
    course, people, found = block.course, block.course.people, block.detection

    def since(day: np.ndarray) -> pa.Array:
        return pa.array((day - people.first_day).astype(np.int32), mask=day >= FAR)

    def date(day: np.ndarray) -> pa.Array:
        return pa.array(np.where(day >= FAR, 0, day).astype("datetime64[D]"), mask=day >= FAR)

    return pa.table(
        {
            "patient_id": ids,
            "first_dialysis_date": date(people.first_day),
            "entry_day": since(people.entry_day),
            "onset_day": since(course.onset_day),
            "onset_date": date(course.onset_day),
            "detected_day": since(found.detected_day),
            "detected_date": date(found.detected_day),
            "detectable": found.detectable,
            "resolved_day": since(block.resolved_day),
            "operation_day": since(course.operation_day),
            "exit_day": since(course.exit_day[0]),
            "exit_cause": pa.array([exits.CAUSE_NAMES[k] for k in course.exit_cause[0].tolist()]),
            "severity": course.latent.severity,
            "look_alike": people.excluded,
            "expected_onsets": expected_cases(block, window),
            "expected_onsets_followed": course.risk_hazard[0],
            "expected_onsets_second_episode": course.risk_hazard[1],
        }
    )


def counts(block: Block, window: Window) -> dict[str, float]:
    """What is summed over blocks."""
    course, found = block.course, block.detection
    onset, entry = course.onset_day, course.people.entry_day
    recorded = found.detected_day < FAR
    return {
        "people": len(onset),
        "expected": float(expected_cases(block, window).sum()),
        "realised": int((onset < FAR).sum()),
        "detectable": int(found.detectable.sum()),
        "recorded": int(recorded.sum()),
        "recorded_without_disease": int((recorded & (onset >= FAR)).sum()),
        "expected_incident": float(course.risk_hazard.sum()),
        "expected_incident_first_episode": float(course.risk_hazard[0].sum()),
        "recorded_incident": int((recorded & (found.detected_day > entry)).sum()),
        "recorded_incident_first_episode": int(
            (
                recorded & (found.detected_day > entry) & (found.detected_day <= course.exit_day[0])
            ).sum()
        ),
        "recorded_incident_ill_at_entry": int(
            (recorded & (found.detected_day > entry) & (onset <= entry)).sum()
        ),
        "parathyroidectomies": int(
            (
                (course.operation_day < FAR) & (course.operation_day >= course.people.registry_day)
            ).sum()
        ),
    }


def truth_document(
    study: Study,
    n: int,
    seed: int,
    sums: Counter,
    incidence: dict[float, float],
    scale: float,
    dirt: Counter,
) -> dict:
    """``truth.json``: what was assumed and what came of it."""
    simulation = study.simulation
    assert simulation is not None
    rows = [
        {"name": a.name, "value": a.value, "unit": a.unit, "says": a.says, "source": a.source}
        for a in assumptions(simulation.preset)
    ]
    rows.append(
        {
            "name": "baseline_cumulative_hazard",
            "value": scale,
            "unit": "at 1 year, at the reference",
            "says": "Cumulative baseline hazard of onset",
            "source": "assumed: solved in a pilot so that the recorded prevalence is the "
            "protocol's prevalence_target",
        }
    )
    return {
        "scenario": simulation.scenario,
        "preset": simulation.preset,
        "n": n,
        "seed": seed,
        "assumed": rows,
        "log_hazard_ratios": dict(sorted(simulation.log_hazard_ratios.items())),
        "prevalence": {
            name: {"numerator": sums[name], "denominator": sums["people"], "says": says}
            for name, says in SAYS.items()
        },
        "onsets": {
            name: sums[name]
            for name in (
                "expected_incident",
                "expected_incident_first_episode",
                "recorded_incident",
                "recorded_incident_first_episode",
                "recorded_incident_ill_at_entry",
                "recorded_without_disease",
            )
        },
        "parathyroidectomies": sums["parathyroidectomies"],
        "cumulative_incidence": {f"{y:g}": value for y, value in incidence.items()},
        "cumulative_incidence_says": "True onset (not its detection) since first dialysis, among "
        "people free of it at entry on day 90, with death, transplantation and recovery "
        "competing, and nobody lost",
        "statements": STATEMENTS,
        "dirt": dict(sorted(dirt.items())),
    }


STATEMENTS = [
    "Scenario A: the hazard of onset is 0 until PTH, calcium with albumin, and phosphate are all "
    "recorded, and again from a parathyroidectomy or a return to dialysis until they are "
    "recorded anew. It then follows the last recorded values, in force after their day.",
    "Scenarios B to D: the hazard follows the underlying values as of the last visit, centre and "
    "season included, assay and day-to-day noise excluded; it is 0 from a parathyroidectomy to "
    "the next visit.",
    "A person with a look-alike (connective tissue disease, sarcoidosis, cancer) has no onset.",
    "Those registered after first dialysis are the ones of everyone who started dialysis then that "
    "were still on dialysis; what happened before is simulated and not in the extract.",
    "Death, transplantation, recovery and loss depend on age, time and underlying labs only.",
]
