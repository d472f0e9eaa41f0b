"""A folder of photos on one page, to look at and to choose thresholds by.

The page is one file that needs nothing else: no network, no script.  Nothing here reads a photo.
"""
