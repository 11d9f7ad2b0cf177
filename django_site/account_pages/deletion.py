"""Deletion of an account, with what the shop's apps keep of it."""

from django.contrib.auth.models import User

from accounts.services import delete_account
from orders.selectors import customer_ids_of
from recsys_core.workspace import Workspace


def delete_everything_of(user: User, workspace: Workspace) -> None:
    delete_account(user, workspace, bought_as=customer_ids_of(user))
