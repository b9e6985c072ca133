"""Reads a page back: nesting, ids, text, and whatever could fetch something."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link", "source", "wbr"}
FETCHING_TAGS = ("script", "link", "iframe", "object", "embed")
FETCHING = ("src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href")


class PageReader(HTMLParser):
    """Collects what a test asks about; ``faults`` names every tag that does not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag}: never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag}: closed out of order")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.texts.append(data)

    def _seen(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(found["id"] or "")

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    @property
    def fetches(self) -> list[str]:
        """Attributes that would make a browser ask for something outside the page."""
        found = [
            f"{tag} {name}={value}"
            for tag, attributes in self.tags
            for name, value in attributes.items()
            if name in FETCHING or (name == "href" and not (value or "").startswith("#"))
        ]
        return found + [
            tag for tag, _ in self.tags if tag in ("script", "link", "iframe", "object")
        ]
