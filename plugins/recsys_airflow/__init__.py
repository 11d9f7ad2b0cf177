"""Building blocks of the DAG files: assets, a DAG factory, operators and the settings they share.

Stages run outside the scheduler's process, so nothing here imports Spark, TensorFlow or
the library's own code.
"""
