"""Sentences, each written from rows."""
