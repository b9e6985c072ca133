"""What a data manager should see before anything is estimated; it stays in the room.

Typed tables and their account in, ``restricted/review.html`` out.
Also the list of every check, and the comparison of two vintages of an extract.
"""
