"""Queries that every page asks, written as SQL once a process."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

PLACEHOLDER_USER_ID: Final = -1
"""Holds a user's place in the SQL; nobody has this id."""


class OfUser:
    """The rows that a queryset of values finds for one user: ``OfUser(queryset_of)(user_id)``.

    Django writes the SQL of a queryset anew each time, which takes ten times as long as a small database needs to
    answer it. Values come as the database gives them: for texts and numbers, not for dates or JSON.
    """

    def __init__(self, queryset_of: Callable[[int], "QuerySet[Any, Any]"]) -> None:
        self._queryset_of = queryset_of

    def __call__(self, user_id: int) -> list[tuple[Any, ...]]:
        sql, params = self._statement
        with connection.cursor() as cursor:
            cursor.execute(sql, [user_id if each == PLACEHOLDER_USER_ID else each for each in params])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        return self._queryset_of(PLACEHOLDER_USER_ID).query.sql_with_params()
