"""Study design: time zero, entry, what is known when, and the ways out, from the protocol."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.blocks import Drawing
from reports.figures import style
from reports.metadata import Metadata
from reports.wording.labels import upper_first

START, ENTRY, END = 1.1, 1.8, 4.1


def draw(metadata: Metadata) -> Drawing:
    """Always drawn: every study has a time zero and a way out."""
    people = _people(metadata)
    labs = bool(metadata.protocol["exposures"]["labs"])
    size = (style.WIDTH, 0.85 + 0.42 * len(people) + (0.55 if labs else 0))
    caption = "Design, schematic: one line a person, followed where solid; time runs to the right."
    return style.drawing(
        "design", caption, _alt(metadata), size, lambda f: _paint(f, metadata, people, labs)
    )


def _people(metadata: Metadata) -> list[tuple[str, str, bool, float]]:
    """(name, how follow-up ends, entered late, end)."""
    late = metadata.population["late_entry"]
    ends = ["onset", *metadata.outcome["competing"]]
    people = [(_end_name(end, metadata), end, False, END - 0.35 * k) for k, end in enumerate(ends)]
    if late:
        people.insert(1, ("Late entry", "onset", True, END))
    return [*people, ("Still followed", "end", False, END)]


def _end_name(end: str, metadata: Metadata) -> str:
    if end != "onset":
        return upper_first(end)
    if metadata.is_calcinosis:
        return "Onset"
    return "Death" if metadata.is_death else "Event"


def _paint(
    figure: Figure, metadata: Metadata, people: list[tuple[str, str, bool, float]], labs: bool
) -> None:
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    entry = ENTRY if metadata.population["entry_after_days"] else START
    bottom = height - 0.32
    _line_down(
        axes, START, bottom, upper_first(metadata.time_zero), "right" if entry > START else "center"
    )
    if entry > START:
        _line_down(
            axes, entry, bottom, f"day {metadata.population['entry_after_days']}: entry", "left"
        )
    for place, (name, end, late, stop) in enumerate(people):
        y = 0.6 + 0.42 * place
        axes.text(START - 0.2, y, name, ha="right", va="center", fontsize=8)
        begin = entry + 0.95 if late else entry
        axes.plot([START, begin], [y, y], color=style.RULE, lw=1.2, ls=(0, (2, 2)))
        axes.plot([begin, stop], [y, y], color=style.INK, lw=1.4)
        _way_out(axes, metadata, end, (stop, y))
        if late:
            axes.plot(begin, y, "|", color=style.INK, ms=9)
            axes.text(begin + 0.06, y - 0.1, "registry entry", fontsize=7, color=style.MUTED)
    if labs:
        _labs(axes, metadata, entry, 0.62 + 0.42 * len(people))
    axes.annotate("", (END + 0.3, bottom), (START, bottom), arrowprops=_arrow())
    axes.text((START + END) / 2, height - 0.1, "time", ha="center", fontsize=7.5)


def _arrow() -> dict:
    return {"arrowstyle": "->", "color": style.MUTED, "lw": 0.7}


def _line_down(axes: Axes, x: float, bottom: float, text: str, ha: str) -> None:
    axes.plot([x, x], [0.34, bottom], color=style.RULE, lw=0.8)
    shift = {"right": 0.1, "left": -0.02, "center": 0}[ha]
    axes.text(x + shift, 0.22, text, ha=ha, va="center", fontsize=8)


def _way_out(axes: Axes, metadata: Metadata, end: str, at: tuple[float, float]) -> None:
    x, y = at
    if end == "end":
        axes.plot(x, y, ">", color=style.INK, ms=5)
        axes.text(x + 0.12, y, "censored", va="center", fontsize=7.5, color=style.MUTED)
        return
    colour = style.event_colour(end, metadata)
    axes.plot(x, y, "o", color=colour, ms=6)


def _labs(axes: Axes, metadata: Metadata, entry: float, y: float) -> None:
    exposures = metadata.protocol["exposures"]
    axes.text(START - 0.2, y, "Lab values", ha="right", va="center", fontsize=8)
    for x, length in ((entry + 0.15, 0.75), (entry + 0.9, 0.6), (entry + 1.75, 0.6)):
        axes.plot(
            [x, x + length], [y, y], color=style.MUTED, lw=5, solid_capstyle="butt", alpha=0.4
        )
        axes.plot(x, y, "|", color=style.INK, ms=9)
    text = f"each holds from the day after, at most {exposures['valid_days']} days"
    axes.text(entry + 0.15, y + 0.22, text, fontsize=7, color=style.MUTED, va="center")


def _alt(metadata: Metadata) -> str:
    text = f"Time runs from {metadata.time_zero}."
    days = metadata.population["entry_after_days"]
    if days:
        text += f" Follow-up starts at day {days}"
        text += " or at registry entry, if later." if metadata.population["late_entry"] else "."
    ends = [metadata.outcome["label"], *metadata.outcome["competing"], "end of data"]
    text += f" It ends at {', '.join(ends[:-1])} or {ends[-1]}."
    if metadata.protocol["exposures"]["labs"]:
        text += (
            " A laboratory value holds for at most "
            f"{metadata.protocol['exposures']['valid_days']} days."
        )
    return text
