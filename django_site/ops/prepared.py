"""Queries that every page asks, written as SQL once a process."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet

Key = TypeVar("Key", bound=int | str)
PLACEHOLDER_USER_ID: Final = -1
"""Holds a user's place in the SQL; nobody has this id."""


class OfKey(Generic[Key]):
    """The rows that a queryset of values finds for one key: ``OfKey(queryset_of, placeholder)(key)``.

    Django writes the SQL of a queryset anew each time, which takes ten times as long as a small database needs to
    answer it. Values come as the database gives them: for texts and numbers, not for dates, JSON or yes and no.
    ``placeholder`` holds the key's place in the SQL; it must be no value that a row or the queryset has.
    """

    def __init__(self, queryset_of: Callable[[Key], "QuerySet[Any, Any]"], placeholder: Key) -> None:
        self._queryset_of = queryset_of
        self._placeholder = placeholder

    def __call__(self, key: Key) -> list[tuple[Any, ...]]:
        sql, params = self._statement
        with connection.cursor() as cursor:
            cursor.execute(sql, [key if each == self._placeholder else each for each in params])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        return self._queryset_of(self._placeholder).query.sql_with_params()


class OfUser(OfKey[int]):
    """The rows that a queryset of values finds for one user: ``OfUser(queryset_of)(user_id)``."""

    def __init__(self, queryset_of: Callable[[int], "QuerySet[Any, Any]"]) -> None:
        super().__init__(queryset_of, PLACEHOLDER_USER_ID)
