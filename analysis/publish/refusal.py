"""Refusal of a release: one line with place and rule, never what was found."""

from __future__ import annotations

from analysis.store import StoreError


class PublishError(StoreError):
    """A staging folder that may not be released; the release in place is as it was."""
