"""Pages of the documentation that are generated from the declarations.

Declarations in, Markdown out.
A test compares each page with its source.
"""
