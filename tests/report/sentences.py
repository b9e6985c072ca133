"""Sentences of a text and their length in words."""

from __future__ import annotations

import re

# a full stop, question or exclamation mark, or a colon before a new clause, then a new sentence
END = re.compile(r"(?<=[.?!])[”)]?\s+(?=[“(\[]?[A-Z0-9])")
WORD = re.compile(r"[^\W_]*[^\W\d_][^\W_]*(?:[’'-][^\W\d_]+)*")


def sentences(text: str) -> list[str]:
    """Sentences of running text; abbreviations with inner points do not end one."""
    plain = re.sub(r"\b(e\.g|i\.e|cf|vs|No)\.", r"\1", " ".join(text.split()))
    return [one for one in END.split(plain) if WORD.search(one)]


def words(sentence: str) -> int:
    """Words of a sentence; numbers, codes and signs are none."""
    return len(WORD.findall(sentence))


def average_words(texts: list[str]) -> float:
    """Mean number of words of the sentences of several texts; 0 without sentences."""
    counts = [words(one) for text in texts for one in sentences(text)]
    return sum(counts) / len(counts) if counts else 0.0


def prose(markdown: str) -> list[str]:
    """Paragraphs and list items of a Markdown page, without tables, code, headings and links."""
    text = re.sub(r"```.*?```", "", markdown, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    lines = [
        line for line in text.split("\n") if not line.lstrip().startswith(("|", "#", "<", "!"))
    ]
    joined = re.sub(r"\n\s*(?:[-*]|\d+\.)\s+", "\n\n", "\n".join(lines))
    return [block for block in re.split(r"\n\s*\n", joined) if WORD.search(block)]
