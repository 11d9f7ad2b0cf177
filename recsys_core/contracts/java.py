"""Options of the Java that Spark runs in; the jobs and the DAGs that submit them agree on these."""

from typing import Final

SHORT_JOB_ROWS: Final = 2_000_000
"""Rows up to which a job ends before code that is optimised further pays for its compilation."""
SHORT_JOB: Final = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:ReservedCodeCacheSize=240m",
    "-XX:MetaspaceSize=256m",
)
"""Java options of a short job. With one compiler Java reserves 48 MB for code, and compiles no more once it is full."""
