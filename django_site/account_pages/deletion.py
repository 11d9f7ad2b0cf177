"""Deletion of an account, with what the shop's apps keep of it."""

from django.contrib.auth.models import User

from accounts.services import delete_account
from orders.selectors import customer_ids_of
from recsys_core.workspace import Workspace
from stock_notices.services import withdraw_notices


def delete_everything_of(user: User, workspace: Workspace) -> None:
    """The login goes last: should the process die in between, it can be deleted again."""
    withdraw_notices(user.email)
    delete_account(user, workspace, bought_as=customer_ids_of(user))
