"""The walk of a block of people, visit by visit: labs, treatment, onset, operations, exits.

Each pass of the loop takes everyone still on dialysis from one visit to the next (30 days).
Hazards are constant between visits except for the baseline, which is a smooth function of time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.simulate import exits, labs, parathyroidectomy, sampling, severity, treatment
from analysis.simulate.course import SPELL_AFTER, Course, RowBuffer, blank_course, taken
from analysis.simulate.onset import onset_time
from analysis.simulate.people import FAR, PD, YEAR, SimulatedPeople
from analysis.simulate.setting import Setting


class Walk:
    """The state of a block between two visits."""

    def __init__(self, rng: np.random.Generator, people: SimulatedPeople, setting: Setting) -> None:
        n, p = len(people), setting.p
        self.rng, self.people, self.p = rng, people, p
        self.hazard, self.scenario, self.window = setting.hazard, setting.scenario, setting.window
        self.centres, self.horizons = setting.centres, setting.horizons
        self.latent = severity.draw_latent(rng, people, setting.centres, p)
        self.conventional = setting.centres.conventional[people.centre]
        self.next_day = people.first_visit.astype(np.int64)
        self.visit = np.zeros(n, dtype=np.int64)
        self.panel = np.ones(n, dtype=bool)
        self.slow = rng.standard_normal((3, n))
        self.last = np.full((3, n), np.nan)  # recorded PTH, corrected calcium, phosphate, SI
        self.on_drug = np.zeros((3, n), dtype=bool)
        self.drug_start = np.zeros((3, n), dtype=np.int64)
        self.calcium_binder = rng.random(n) < p["calcium_binder_share"]
        self.modality = people.modality.copy()
        self.spell_start = people.registry_day.copy()
        self.episode = np.zeros(n, dtype=np.int64)
        self.lab_rows, self.spell_rows, self.drug_rows = RowBuffer(), RowBuffer(), RowBuffer()
        self.budget = rng.standard_exponential(n)  # cumulative hazard until onset
        self.course = blank_course(people, self.latent, self.calcium_binder, len(self.horizons))
        self.registering = True  # until registry entry: no rows

    def approach(self) -> np.ndarray:
        """Those registered late, until then: nothing is written down, who leaves is not enrolled.

        Answers the places of the people enrolled.
        """
        while True:
            i = np.flatnonzero(self.next_day < self.people.registry_day)
            if not len(i):
                break
            self._step(i)
        self.registering = False
        late = self.people.late
        self.last[:, late] = np.nan
        self.panel[late], self.visit[late] = True, 0
        self.drug_start[:, late] = np.maximum(
            self.drug_start[:, late], self.people.registry_day[late]
        )
        self.spell_start = self.people.registry_day.copy()
        return np.flatnonzero(self.next_day < FAR)

    def keep(self, rows: np.ndarray, first: int) -> None:
        """Go on with these people only, numbered from ``first``."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[..., rows])
        self.latent = taken(self.latent, rows)
        number = np.arange(first, first + len(rows))
        self.people = replace(taken(self.people, rows), number=number)
        course = taken(self.course, rows)
        self.course = replace(course, people=self.people, latent=self.latent)
        at_once = np.flatnonzero(self.people.dies_at_once)
        day = self.people.first_day[at_once]
        self.next_day[at_once] = FAR
        self.course.exit_day[0, at_once], self.course.death_day[at_once] = day, day
        self.course.exit_cause[0, at_once] = exits.DEATH

    def run(self) -> Course:
        """From registry entry to the end of data."""
        while True:
            i = np.flatnonzero(self.next_day < self.window.end)
            if not len(i):
                break
            self._step(i)
        return self._finished()

    def _step(self, i: np.ndarray) -> None:
        day = self.next_day[i]
        days = day - self.people.first_day[i]
        underlying = self._underlying(i, day, days)
        self._take_labs(i, day, underlying)
        self._treat(i, day)
        calcinosis = self.course.onset_day[i] <= day
        rates = exits.exit_rates(
            days,
            self.people.age[i] + days / YEAR,
            underlying[0],
            underlying[2],
            calcinosis,
            self.p,
        )
        wait, cause = exits.first_exit(self.rng, rates)
        stop = np.minimum(day + int(self.p["visit_days"]), self.window.end)
        exit_day = day + wait
        operation_day = self._operate(i, day, np.minimum(stop, exit_day), calcinosis)
        self._switch(i, day, np.minimum(stop, exit_day))
        self._onset(i, day, np.minimum.reduce([stop, exit_day - 1, operation_day]), underlying)
        self.next_day[i] = np.where(stop < self.window.end, stop, FAR)
        self.visit[i] += 1
        self.panel[i] = operation_day < FAR
        leaves = exit_day <= stop
        self._leave(i[leaves], exit_day[leaves], cause[leaves])

    def _underlying(self, i: np.ndarray, day: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Underlying PTH, corrected calcium, phosphate in SI units: (3, people of the step)."""
        p, latent = self.p, self.latent
        slow = severity.next_slow(self.rng, self.slow[:, i], p["slow_correlation"])
        self.slow[:, i] = slow
        change = severity.drift(days.astype(float), p)
        drug = treatment.effects(self.on_drug[:, i], self.calcium_binder[i], p)
        operation = parathyroidectomy.effects((day - self.course.operation_day[i]).astype(float), p)
        wave = severity.season(day)
        sums = [change[k] + drug[k] + operation[k] for k in range(3)]
        log_pth = latent.log_pth[i] + p["log_pth_slow_sd"] * slow[0] + sums[0]
        log_pth = log_pth + p["pth_season"] * wave
        calcium = latent.calcium[i] + p["calcium_slow_sd"] * slow[1] + sums[1]
        calcium = calcium - p["calcium_season"] * wave
        log_phosphate = latent.log_phosphate[i] + p["log_phosphate_slow_sd"] * slow[2] + sums[2]
        return np.stack(
            [
                np.exp(log_pth) / labs.PTH_PER_PMOL,
                calcium / labs.CALCIUM_PER_MMOL,
                np.exp(log_phosphate) / labs.PHOSPHATE_PER_MMOL,
            ]
        )

    def _take_labs(self, i: np.ndarray, day: np.ndarray, underlying: np.ndarray) -> None:
        drawn = labs.due(self.visit[i], self.panel[i], self.p)
        peritoneal = self.modality[i] == PD
        if self.scenario == "D":
            age = self.people.age[i]
            drawn &= ~labs.missing(self.rng, self.last[0, i], peritoneal, age, self.p)
        assay = self.centres.assay[self.people.centre[i]]
        values = sampling.measured(
            self.rng, drawn, underlying, taken(self.latent, i), assay, self.p
        )
        si = {}
        for analyte, value in values.items():
            j = np.flatnonzero(drawn[analyte])
            steps, si[analyte] = labs.recorded(analyte, value, self.conventional[i[j]])
            if self.registering:
                continue
            self.lab_rows.add(
                person=i[j],
                day=day[j],
                analyte=np.full(len(j), analyte),
                steps=steps,
                peritoneal=peritoneal[j],
            )
        chemistry, pth = i[drawn[labs.CALCIUM]], i[drawn[labs.PTH]]
        self.last[0, pth] = si[labs.PTH]
        self.last[1, chemistry] = labs.corrected_calcium(si[labs.CALCIUM], si[labs.ALBUMIN])
        self.last[2, chemistry] = si[labs.PHOSPHATE]

    def _treat(self, i: np.ndarray, day: np.ndarray) -> None:
        before = self.on_drug[:, i]
        pth, calcium, phosphate = self.last[:, i]
        after = treatment.next_treatment(self.rng, before, pth, calcium, phosphate, self.p)
        for drug in range(3):
            started, stopped = after[drug] & ~before[drug], before[drug] & ~after[drug]
            self.drug_start[drug, i[started]] = day[started]
            self._drug_ends(drug, i[stopped], day[stopped])
        self.on_drug[:, i] = after

    def _drug_ends(self, drug: int, i: np.ndarray, day: np.ndarray) -> None:
        if self.registering:
            return
        self.drug_rows.add(
            person=i, drug=np.full(len(i), drug), start=self.drug_start[drug, i], end=day
        )

    def _operate(
        self, i: np.ndarray, day: np.ndarray, before: np.ndarray, calcinosis: np.ndarray
    ) -> np.ndarray:
        """Day of operation in this step, before its end or exit; FAR where none."""
        rate = parathyroidectomy.yearly_rate(
            self.last[0, i], self.last[1, i], self.people.age[i], calcinosis, self.p
        )
        wait = np.ceil(self.rng.standard_exponential(len(i)) / rate * YEAR)
        operation = day + np.minimum(wait, FAR).astype(np.int64)
        happens = (operation < before) & (self.course.operation_day[i] == FAR)
        operation = np.where(happens, operation, FAR)
        self.course.operation_day[i] = np.minimum(self.course.operation_day[i], operation)
        return operation

    def _switch(self, i: np.ndarray, day: np.ndarray, before: np.ndarray) -> None:
        wait, to = exits.switch(self.rng, self.modality[i], self.p)
        happens = day + wait < before
        j = i[happens]
        when = (day + wait)[happens]
        self._spell_ends(j, when)
        self.spell_start[j], self.modality[j] = when, to[happens]

    def _spell_ends(self, i: np.ndarray, day: np.ndarray) -> None:
        if self.registering:
            return
        self.spell_rows.add(person=i, start=self.spell_start[i], end=day, modality=self.modality[i])

    def _onset(
        self, i: np.ndarray, day: np.ndarray, stop: np.ndarray, underlying: np.ndarray
    ) -> None:
        """Spend the person's budget of cumulative hazard over (day, stop]."""
        people, course, first = self.people, self.course, self.people.first_day[i]
        ratio = self._ratio(i, underlying)
        ratio = ratio * (course.onset_day[i] == FAR)
        start, end = (
            (day - first).astype(float),
            np.maximum(stop - first, day - first).astype(float),
        )
        when = onset_time(self.hazard, start, ratio, np.maximum(self.budget[i], 0))
        happens = when <= end
        until = np.where(happens, when, end)
        self.budget[i] -= self._spent(start, until, ratio)
        covered = np.clip((people.coverage_start[i] - first).astype(float), start, until)
        entry = np.clip((people.entry_day[i] - first).astype(float), covered, until)
        close = np.clip((people.coverage_end[i] - first).astype(float), entry, until)
        course.history_hazard[i] += self._spent(start, covered, ratio)
        course.entry_hazard[i] += self._spent(covered, entry, ratio)
        course.risk_hazard[self.episode[i], i] += self._spent(entry, close, ratio)
        course.late_hazard[i] += self._spent(close, until, ratio)
        for row, horizon in enumerate(self.horizons):
            by_then = np.clip(float(horizon), entry, close)
            part = self._spent(entry, by_then, ratio) * (self.episode[i] == 0)
            course.horizon_hazard[row, i] += part
        j = i[happens]
        course.onset_day[j] = people.first_day[j] + np.ceil(when[happens]).astype(np.int64)

    def _spent(self, start: np.ndarray, end: np.ndarray, ratio: np.ndarray) -> np.ndarray:
        baseline = self.hazard.cumulative_baseline
        return ratio * (baseline(end) - baseline(start))

    def _ratio(self, i: np.ndarray, underlying: np.ndarray) -> np.ndarray:
        """Last recorded values in scenario A, 0 until all three are known; else the underlying."""
        values = self.last[:, i] if self.scenario == "A" else underlying
        known = ~np.isnan(values).any(axis=0)
        pth, calcium, phosphate = np.where(known, values, 1.0)
        ratio = self.hazard.ratio(pth, calcium, phosphate, self.people.age[i], self.people.male[i])
        return ratio * known * ~self.people.excluded[i]

    def _leave(self, i: np.ndarray, day: np.ndarray, cause: np.ndarray) -> None:
        if self.registering:
            self.next_day[i] = FAR
            return
        course, e = self.course, self.episode[i]
        course.exit_day[e, i], course.exit_cause[e, i] = day, cause
        self._spell_ends(i, day)
        for drug in range(3):
            on = self.on_drug[drug, i]
            self._drug_ends(drug, i[on], day[on])
        death, back = exits.after_exit(self.rng, day, cause, self.window.end, self.p)
        back = np.where(e == 0, back, FAR)
        course.death_day[i] = death
        spell = np.array([SPELL_AFTER.get(k, -1) for k in range(6)])[cause]
        keep = spell >= 0
        self.spell_rows.add(
            person=i[keep],
            start=day[keep],
            end=np.minimum(death, back)[keep],
            modality=spell[keep],
        )
        self._return(i, back)

    def _return(self, i: np.ndarray, back: np.ndarray) -> None:
        """A second episode of dialysis, with the original time zero and nothing known yet."""
        self.next_day[i] = np.where(back < FAR, back + 5, FAR)
        self.on_drug[:, i] = False
        self.last[:, i] = np.nan
        self.visit[i], self.panel[i], self.modality[i] = 0, True, 0
        j = i[back < FAR]
        self.episode[j] = 1
        self.spell_start[j] = back[back < FAR]
        self.course.episode_start[1, j] = back[back < FAR]

    def _finished(self) -> Course:
        """Close what is still open at the end of data: ends stay empty."""
        course = self.course
        last = np.where(course.episode_start[1] < FAR, 1, 0)
        everyone = np.arange(len(self.people))
        i = np.flatnonzero(course.exit_day[last, everyone] == FAR)
        self._spell_ends(i, np.full(len(i), FAR))
        for drug in range(3):
            on = i[self.on_drug[drug, i]]
            self._drug_ends(drug, on, np.full(len(on), FAR))
        course.labs = self.lab_rows.done("person", "day", "analyte", "steps", "peritoneal")
        course.spells = self.spell_rows.done("person", "start", "end", "modality")
        course.drugs = self.drug_rows.done("person", "drug", "start", "end")
        return course
