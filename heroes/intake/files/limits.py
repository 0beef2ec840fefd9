"""How much a reader takes in: bounds against damaged and hostile files, far above what a trial delivers."""

MEGABYTE = 1024 * 1024
LARGEST_FILE = 100 * MEGABYTE
"""Bytes of one file, as delivered."""
LARGEST_UNPACKED = 100 * MEGABYTE
"""Bytes of a compressed dataset once unpacked."""
LARGEST_ARCHIVE = 200 * MEGABYTE
"""Bytes of all files of one archive together, once unpacked."""
LARGEST_RATIO = 200
"""How many times a compressed dataset may grow; columns of a trial grow 10 to 60 times."""
RATIO_FREE = 4 * MEGABYTE
"""Below this unpacked size any growth is harmless."""
MOST_FILES = 500
"""Files of one delivery, or of one archive."""
MOST_DATASETS = 500
"""Datasets of one file: sheets of a workbook, item groups of an ODM document."""
MOST_COLUMNS = 5_000
"""Columns of one dataset."""
MOST_CELLS = 10_000_000
"""Cells of one dataset in a format that can say "the same again a billion times" in a few bytes."""
LONGEST_CELL = 1_000_000
"""Characters of one cell."""
DEEPEST_XML = 100
"""Elements within elements of an XML document; ODM nests about ten."""
