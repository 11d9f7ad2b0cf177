"""The link that withdraws the notices of an address, signed: who has a mail needs no login."""

from typing import Final
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse

SALT: Final = "stock_notices.withdrawal"
PARAMETER: Final = "notices"
"""In the query, as no log line holds it; a path is logged."""


def signed(address: str) -> str:
    return signing.dumps(address, salt=SALT)


def address_of(text: str) -> str:
    """The address that ``text`` was made of; raises BadSignature if it was not made here."""
    return str(signing.loads(text, salt=SALT))


def withdrawal_link(address: str, origin: str) -> str:
    return f"{origin}{reverse('stock_notices:withdraw')}?{urlencode({PARAMETER: signed(address)})}"
