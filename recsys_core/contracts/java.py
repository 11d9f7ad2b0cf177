"""Options of the Java that Spark runs in, and which jobs are short; the jobs and the DAGs that submit them agree."""

from typing import Final

SHORT_JOB_ROWS: Final = 2_000_000
"""Rows up to which a job ends before code that is optimised further pays for its compilation."""
ROW_BYTES: Final = 100
"""Lower estimate of a row's bytes as text, so that a file never counts fewer rows than it has."""
PACKED: Final = 5
"""Estimate of the bytes of text in a byte of a compressed file."""
SHORT_JOB: Final = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:ReservedCodeCacheSize=240m",
    "-XX:MetaspaceSize=256m",
)
"""Java options of a short job. With one compiler Java reserves 48 MB for code, and compiles no more once it is full."""
