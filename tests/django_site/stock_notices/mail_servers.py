"""Mail servers that do what real ones do at times."""

from collections.abc import Callable, Sequence
from smtplib import SMTPRecipientsRefused
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend


class RefusesOne(EmailBackend):
    """Takes no mail to one address."""

    address = "gone@shop.example"

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if self.address in messages[0].to:
            raise SMTPRecipientsRefused({self.address: (550, b"no such mailbox")})
        return super().send_messages(messages)


class Slow(EmailBackend):
    """While it takes its first mail, ``meanwhile`` happens."""

    meanwhile: ClassVar[list[Callable[[], object]]] = []

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().send_messages(messages)
