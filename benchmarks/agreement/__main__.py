"""Our numbers beside R's and the peers': ``python -m benchmarks.agreement`` from the root.

Prints a table in Markdown; ends with 1 where R is missed by more than its tolerance, or where a
disagreement with a peer has no explanation that could be verified on the same data.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.agreement import explained
from benchmarks.agreement.compare import allowed, cell, label
from benchmarks.agreement.data_sets import Job, jobs
from benchmarks.agreement.exchange import PEERS, Peer, ask, write_jobs
from benchmarks.agreement.ours import answers

ROWS = {
    "kaplan_meier": ["estimate", "std_error"],
    "aalen_johansen": ["estimate", "std_error", "jackknife"],
    "cox": ["coefficients", "std_error", "robust"],
    "fine_gray": ["coefficients", "naive", "robust", "std_error"],
    "firth": ["coefficients", "std_error"],
}


class Table:
    """Lines as they come, and what must be said below them."""

    def __init__(self, peers: list[Peer]) -> None:
        self.peers = peers
        self.lines: list[list[str]] = []
        self.notes: list[str] = []
        self.missed: list[str] = []

    def note(self, sentence: str) -> str:
        if sentence not in self.notes:
            self.notes.append(sentence)
        return f" [{self.notes.index(sentence) + 1}]"

    def add(self, job: Job, table, ours: dict | str) -> None:
        for quantity in ROWS[job.work]:
            if isinstance(ours, str) and quantity != "coefficients":
                continue
            if quantity == "robust" and job.work == "cox" and not job.cluster:
                continue
            where = f"{job.work.replace('_', ' ')}, {job.data}"
            row = [where, label(job.work, quantity) if isinstance(ours, dict) else ours]
            row += [self._cell(job, table, ours, peer, quantity) for peer in self.peers]
            if any(text not in {"absent", "not offered"} for text in row[2:]):
                self.lines.append(row)

    def _cell(self, job: Job, table, ours: dict | str, peer: Peer, quantity: str) -> str:
        theirs = peer.answers.get(job.name) if not peer.absent else None
        found = cell(ours, theirs, quantity)
        same = found.apart is not None and found.apart <= allowed(job.work, quantity, peer.name)
        if same or found.text in {"absent", "not offered"}:
            return found.text
        if peer.name == "R" and isinstance(ours, dict):
            self.missed.append(f"{job.name} {quantity}: {found.text} from R")
            return f"**{found.text}**"
        why = explained.verified(explained.Case(job, table, peer, quantity, self.peers))
        if why is None:
            self.missed.append(f"{job.name} {quantity}: {found.text} from {peer.name}, unexplained")
            return f"**{found.text}**"
        return found.text + self.note(why)

    def show(self) -> None:
        heads = ["model, data", "quantity", *(PEERS[peer.name] for peer in self.peers)]
        rule = ["---"] * len(heads)
        for line in (heads, rule, *self.lines):
            print("| " + " | ".join(line) + " |")
        print()
        for number, sentence in enumerate(self.notes, 1):
            print(f"{number}. {sentence}")


def main() -> int:
    every = jobs()
    with tempfile.TemporaryDirectory() as folder:
        write_jobs(Path(folder), every)
        peers = [ask(name, Path(folder)) for name in PEERS]
    table = Table(peers)
    for job, rows in every:
        table.add(job, rows, answers(job, rows))
    table.show()
    print()
    for peer in peers:
        print(
            f"- {PEERS[peer.name]}: " + (f"absent: {peer.absent}" if peer.absent else peer.version)
        )
    for line in table.missed:
        print(f"MISSED {line}")
    verdict = "missed" if table.missed else "every reference is met"
    if peers[0].absent and not table.missed:
        verdict = "R is absent; its stored results are compared with by the tests"
    print(f"agreement: {verdict}")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
