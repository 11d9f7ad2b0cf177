"""The record of experiments and the registry of models: the only package that imports MLflow.

``MLFLOW_TRACKING_URI`` names the server; without it the runs go to the workspace's own SQLite store, which
``make serve`` shows.
"""
