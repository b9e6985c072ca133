"""Onset, death and transplantation together, numbers under the curve, the case and the claim."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import curves, marks, style
from reports.metadata import Metadata
from reports.rows import Rows, is_held
from reports.text.incidence import starting_day
from reports.wording import numbers
from reports.wording.labels import event_name, short_event

ORDER = ("onset", "death", "transplant", "recovery")
RARE = 0.25  # onset below this share of the highest curve is drawn again, enlarged


@dataclass(frozen=True)
class Content:
    points: dict[str, list[Estimate]]
    naive: list[Estimate]
    ignoring: list[Estimate]
    since: float
    claim: Estimate | None
    case: Estimate | None
    metadata: Metadata

    @property
    def end(self) -> float:
        return max((line[-1].time or 0) / DAYS_A_YEAR for line in self.points.values())

    @property
    def highest(self) -> float:
        return max(row.estimate or 0 for line in self.points.values() for row in line)

    @property
    def enlarged(self) -> bool:
        onset = self.points.get("onset", [])
        if not onset or len(self.points) == 1:
            return False
        return (onset[-1].estimate or 0) < RARE * self.highest


def draw(rows: Rows, metadata: Metadata) -> Drawing | None:
    """None where no curve of the outcome was released."""
    points = {one: rows.curve("cumulative_incidence", one) for one in ORDER}
    points = {one: line for one, line in points.items() if line}
    if not points:
        return None
    claims = {row.term: row for row in rows.where(question="how_soon", measure="published")}
    shown = claims if metadata.is_calcinosis else {}
    naive = rows.curve("naive_one_minus_km", "onset")
    ignoring = rows.curve("ignoring_late_entry", "onset")
    since = starting_day(rows) / DAYS_A_YEAR
    published = (shown.get("claim"), shown.get("case"))
    content = Content(points, naive, ignoring, since, *published, metadata)
    below = 0.62 + 0.167 * (len(points) + 1)
    above = 4.3 if content.enlarged else 2.6
    size = (style.WIDTH, above + below)
    caption = _caption(content)
    return style.drawing(
        "cumulative_incidence",
        caption,
        _alt(content),
        size,
        lambda f: _paint(f, content, below),
        chain(*points.values(), naive, ignoring, shown.values()),
    )


def _paint(figure: Figure, content: Content, below: float) -> None:
    height = figure.get_size_inches()[1]
    left, right, bottom = 0.19, 0.80, below / height
    room = 1 - bottom - 0.1 / height
    if not content.enlarged:
        axes = figure.add_axes((left, bottom, right - left, room))
        _together(axes, content)
        _published(axes, content)
    else:
        gap = 0.22 / height
        upper = figure.add_axes((left, bottom + (room + gap) / 2, right - left, (room - gap) / 2))
        axes = figure.add_axes((left, bottom, right - left, (room - gap) / 2))
        _together(upper, content)
        upper.tick_params(labelbottom=False)
        _enlarged(axes, content)
    axes.set_xlabel(f"Years since {content.metadata.time_zero}")
    _numbers(axes, content)


def _axis(axes: Axes, content: Content, top: float, label: str) -> None:
    axes.set_xlim(0, content.end)
    axes.set_xticks(curves.year_ticks(content.end))
    axes.set_ylim(0, top or 1.0)  # without an event there is no top
    style.percent_axis(axes.yaxis, label)
    style.light_grid(axes)


def _together(axes: Axes, content: Content) -> None:
    tops = [row.upper or row.estimate or 0 for line in content.points.values() for row in line]
    _axis(axes, content, 105 * max(tops), "Cumulative incidence")
    ends = []
    for event, line in content.points.items():
        colour = style.EVENT[event]
        curves.curve(axes, line, colour, 0.0, content.since)
        x, y = curves.years_of(line)[-1], 100 * (line[-1].estimate or 0)
        ends.append((x, y, style.wrapped(short_event(event, content.metadata), 13), colour))
    curves.label_ends(axes, ends)


def _enlarged(axes: Axes, content: Content) -> None:
    onset = content.points["onset"]
    end = onset[-1].time or 0
    wrong = [("Naive", content.naive, "-"), ("No late entry", content.ignoring, ":")]
    wrong = [(name, [r for r in line if (r.time or 0) <= end], dash) for name, line, dash in wrong]
    tops = [r.upper or r.estimate or 0 for r in onset]
    tops += [r.estimate or 0 for _, line, _ in wrong for r in line]
    _axis(axes, content, 112 * max(tops), "Onset, enlarged")
    _published(axes, content)
    ends = [(curves.years_of(onset)[-1], 100 * (onset[-1].estimate or 0), "Onset", _colour())]
    for name, line, dash in wrong:
        if line:
            _faint(axes, line, dash)
            y = 100 * (line[-1].estimate or 0)
            ends.append((curves.years_of(line)[-1], y, name, style.MUTED))
    curves.curve(axes, onset, _colour(), 0.0, content.since)
    curves.label_ends(axes, ends)


def _faint(axes: Axes, line: list[Estimate], dash: str) -> None:
    """A curve that is there to be seen as wrong."""
    y = [100 * (row.estimate or 0) for row in line]
    x = curves.years_of(line)
    marks.steps(axes, x, y, style.MUTED, linewidth=0.9, alpha=0.7, linestyle=dash)


def _colour() -> str:
    return style.EVENT["onset"]


def _published(axes: Axes, content: Content) -> None:
    high = axes.get_ylim()[1]
    if content.claim is not None:
        low, up = content.claim.lower or 0, content.claim.upper or 0
        axes.axvspan(low, up, color=style.BAND, lw=0, zorder=0)
        middle = (low + up) / 2
        text = f"claimed {numbers.bounds(content.claim)} years"
        axes.text(
            middle, high * 0.985, text, ha="center", va="top", color=style.PUBLISHED, fontsize=7
        )
    onset = content.points.get("onset")
    if content.case is None or not onset:
        return
    at = curves.last_before(onset, content.case.estimate or 0)
    x, y = content.case.estimate or 0, 100 * ((at.estimate or 0) if at else 0)
    marks.points(axes, [x], [y], style.PUBLISHED, size=4, marker="D", zorder=5)
    axes.annotate(
        "the case",
        (x, y),
        xytext=(-3, 7),
        textcoords="offset points",
        ha="center",
        color=style.PUBLISHED,
        fontsize=7,
    )


def _numbers(axes: Axes, content: Content) -> None:
    ticks = curves.year_ticks(content.end)
    any_line = max(content.points.values(), key=len)
    lines = [("At risk", style.INK, curves.at_risk_texts(any_line, ticks))]
    for event, line in content.points.items():
        name = "Event" if event == "onset" and not content.metadata.is_calcinosis else event
        lines.append((name.capitalize(), style.EVENT[event], curves.event_texts(line, ticks)))
    curves.counts_below(axes, ticks, lines, 40)


def _caption(content: Content) -> str:
    events = [event_name(event, content.metadata) for event in content.points]
    text = f"Cumulative incidence of {', '.join(events)}, each competing with the others"
    if content.since > 0:
        day = f"{content.since * DAYS_A_YEAR:g}"
        text += f", conditional on being event-free and followed on day {day}"
    text += ", with 95% bands. Under the axis: people at risk and events so far."
    if content.enlarged and content.naive:
        text += " Grey: one minus Kaplan–Meier, which treats competing events as censoring"
        text += _ignoring(content)
    if any(is_held(row) for line in content.points.values() for row in line):
        text += " A curve stays flat until enough new events may be shown."
    return text


def _ignoring(content: Content) -> str:
    said = "; dotted, the curve that counts people as followed before they entered"
    return f"{said if content.ignoring else ''}."


def _alt(content: Content) -> str:
    metadata = content.metadata
    said = []
    for event, line in content.points.items():
        last = line[-1]
        years = (last.time or 0) / DAYS_A_YEAR
        said.append(
            f"{event_name(event, metadata)} reaches {numbers.estimate(last)} at {years:.1f} years"
        )
    text = f"Curves since {metadata.time_zero}: {'; '.join(said)}."
    if content.claim is not None:
        text += f" A pale strip marks the claimed {numbers.bounds(content.claim)} years."
    if content.case is not None:
        text += f" One point marks the published case at {numbers.estimate(content.case)} years."
    return text
