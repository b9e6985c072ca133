"""How numbers, dates and names read: one way each, everywhere.

Rows and metadata in, text out.
The same row has the same digits in every form.
"""
