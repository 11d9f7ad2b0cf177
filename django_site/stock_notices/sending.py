"""Mails about articles that are back. Each is sent once, however many processes send at a time.

A process claims a notice by one UPDATE, sends its mail and deletes it. A claim ends after ``CLAIM``, should the process
die in between.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from smtplib import SMTPRecipientsRefused
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from catalog.addresses import url
from catalog.prices import shop_price, suit, written
from recsys_core.serving import Article, Release
from stock_notices.models import StockNotice
from stock_notices.services import drop_old_notices
from stock_notices.withdrawal import withdrawal_link

log = logging.getLogger(__name__)

CLAIM: Final = dt.timedelta(minutes=15)


def send_due_notices(release: Release) -> int:
    """Sends the mails about articles that are in stock in the release; returns their number.

    What the mail server does not take now waits for the next time.
    """
    drop_old_notices()
    suit(release)
    articles = _articles_back(release)
    if not articles:
        return 0
    sent = 0
    try:
        with get_connection() as connection:
            for article in articles:
                for notice in _claimed(article.article_id):
                    sent += _send(notice, article, connection)
    except OSError as error:
        log.warning("the mail server refuses (%s): notices of stock wait for the next time", _reason(error))
    log.info("%d notices of stock sent", sent)
    return sent


def _articles_back(release: Release) -> list[Article]:
    asked = StockNotice.objects.filter(_is_free()).order_by().values_list("article_id", flat=True).distinct()
    known = [idx for idx in map(release.catalogue.index_of, asked) if idx is not None]
    return [article for article in release.catalogue.articles(known) if article.in_stock]


def _claimed(article_id: str) -> Iterator[StockNotice]:
    """Open notices of an article, each claimed just before its turn."""
    for notice in StockNotice.objects.filter(_is_free(), article_id=article_id):
        if StockNotice.objects.filter(_is_free(), pk=notice.pk).update(claimed_at=timezone.now()):
            yield notice


def _is_free() -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM)


def _send(notice: StockNotice, article: Article, connection: BaseEmailBackend) -> bool:
    """True if the mail is sent; an address that gets none keeps nobody else's mail back.

    Raises
    ------
    OSError
        If the mail server cannot be reached, or refuses more than this recipient.
    """
    try:
        _mail(notice, article, connection).send()
    except (SMTPRecipientsRefused, ValueError):
        _give_back(notice)
        log.warning("no mail can be sent to the address of notice %d", notice.pk)
        return False
    except OSError:
        _give_back(notice)
        raise
    StockNotice.objects.filter(pk=notice.pk).delete()
    return True


def _give_back(notice: StockNotice) -> None:
    StockNotice.objects.filter(pk=notice.pk).update(claimed_at=None)


def _mail(notice: StockNotice, article: Article, connection: BaseEmailBackend) -> EmailMessage:
    withdrawal = withdrawal_link(notice.address, notice.origin)
    context = {
        "article": article,
        "price": written(shop_price(article.price)),
        "link": notice.origin + url("catalog:product", article.article_id),
        "withdrawal": withdrawal,
        "shop_name": settings.SHOP_NAME,
    }
    return EmailMessage(
        subject=" ".join(f"{article.prod_name} is back at {settings.SHOP_NAME}".split()),
        body=render_to_string("stock_notices/mail.txt", context),
        to=[notice.address],
        headers={"List-Unsubscribe": f"<{withdrawal}>"},
        connection=connection,
    )


def _reason(error: OSError) -> str:
    """Kind and code of an error; its text may hold an address."""
    return " ".join(filter(None, (type(error).__name__, str(getattr(error, "smtp_code", "")))))
