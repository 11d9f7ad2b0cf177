"""Manual changes of the home feed by staff: pinned articles, and boosted kinds of articles."""

import datetime as dt
from typing import Self, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.ages import age_range
from accounts.models import CustomerProfile
from catalog.query import FILTERS
from recsys_core.contracts.article_ids import MAX_LENGTH
from recsys_core.contracts.columns import AGE_INTERVALS
from recsys_core.serving import Article

LAST_POSITION = 60
MAX_BOOST_POSITIONS = 60


class Audience(models.TextChoices):
    EVERYONE = "everyone", "everyone"
    GUESTS = "guests", "guests"
    WITHOUT_LIST = "without-list", "customers without a list of their own"
    WITH_LIST = "with-list", "customers with a list of their own"


class State(models.TextChoices):
    RUNNING = "running"
    PLANNED = "planned"
    OVER = "over"


P = TypeVar("P", bound="Placement")


class PlacementQuerySet(models.QuerySet[P]):
    def in_state(self, state: State, now: dt.datetime) -> Self:
        begun, not_over = Q(starts__lte=now), Q(ends=None) | Q(ends__gt=now)
        which = {State.RUNNING: begun & not_over, State.PLANNED: ~begun, State.OVER: begun & ~not_over}
        return self.filter(which[state])

    def within(self, starts: dt.datetime, ends: dt.datetime | None) -> Self:
        """Selects the placements that run at some moment of ``starts <= t < ends``; None is no end."""
        found = self.filter(Q(ends=None) | Q(ends__gt=starts))
        return found if ends is None else found.filter(starts__lt=ends)


class Placement(models.Model):
    """Audience and period of a placement. It runs from ``starts`` until just before ``ends``."""

    audience = models.CharField(max_length=16, choices=Audience, default=Audience.EVERYONE)
    age_interval = models.CharField(
        "age",
        max_length=16,
        blank=True,
        choices=[(age, age_range(age)) for age in AGE_INTERVALS],
        help_text="Only customers of this age; nobody knows a guest's.",
    )
    starts = models.DateTimeField(default=timezone.now, help_text="From then on. UTC.")
    ends = models.DateTimeField(null=True, blank=True, help_text="No longer from then on; empty: until it is deleted.")
    note = models.CharField(max_length=200, blank=True, help_text="For colleagues; shoppers never see it.")

    objects = PlacementQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-starts", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gt=F("starts")), name="%(class)s_ends_after_its_start"
            ),
        )

    def clean(self) -> None:
        if self.starts and self.ends and self.ends <= self.starts:
            said = f"{_written(self.ends)} is not after the start, {_written(self.starts)}"
            raise ValidationError({"ends": f"{said}: choose a later end, or leave it empty."})
        if self.audience == Audience.GUESTS and self.age_interval:
            age = self.get_age_interval_display()
            raise ValidationError({"age_interval": f"{age}: nobody knows a guest's age; leave it out."})

    @property
    def state(self) -> State:
        return self.state_at(timezone.now())

    @property
    def is_running(self) -> bool:
        return self.state is State.RUNNING

    def state_at(self, now: dt.datetime) -> State:
        if now < self.starts:
            return State.PLANNED
        return State.RUNNING if self.ends is None or now < self.ends else State.OVER

    def is_for(self, customer: CustomerProfile | None, has_list: bool) -> bool:
        """True if a shopper (None: a guest) sees it while it runs."""
        if self.age_interval and (customer is None or customer.age_interval != self.age_interval):
            return False
        if self.audience == Audience.EVERYONE:
            return True
        if customer is None:
            return self.audience == Audience.GUESTS
        return self.audience == (Audience.WITH_LIST if has_list else Audience.WITHOUT_LIST)

    @property
    def breadth(self) -> int:
        """Breadth of the audience; placements for a narrower audience go first."""
        return (not self.age_interval) + (self.audience == Audience.EVERYONE)


class Pin(Placement):
    """An article at a position of the home feed, whatever the list says."""

    article_id = models.CharField("article number", max_length=MAX_LENGTH)
    position = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(LAST_POSITION)], help_text="1 is the first of the feed."
    )

    def __str__(self) -> str:
        return f"{self.article_id} at {self.position}"

    def clean(self) -> None:
        super().clean()
        if self.position and self.starts and (other := self._in_the_way()):
            until = f"until {_written(other.ends)}" if other.ends else "without an end"
            said = f"{self.position} is taken by article {other.article_id} from {_written(other.starts)} {until}"
            remedy = "choose another position or other dates, or end that pin first"
            raise ValidationError({"position": f"{said}, for the same audience: {remedy}."})

    def _in_the_way(self) -> "Pin | None":
        same = Pin.objects.filter(position=self.position, audience=self.audience, age_interval=self.age_interval)
        return same.exclude(pk=self.pk).within(self.starts, self.ends).first()


class Boost(Placement):
    """Articles of a kind, or named ones, moved up within the feed. What the feed does not hold stays out of it."""

    label = models.CharField(max_length=40, help_text="Said on the cards, such as “New knitwear”.")
    facet = models.CharField(
        max_length=40, blank=True, choices=[(each.column, each.title.lower()) for each in FILTERS], verbose_name="kind"
    )
    value = models.CharField(max_length=80, blank=True, help_text="As the shop's filters write it, such as Knitwear.")
    article_ids = models.JSONField("article numbers", default=list, blank=True)
    positions = models.PositiveSmallIntegerField(
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_BOOST_POSITIONS)],
        help_text="How many articles that are not boosted it passes.",
    )

    def __str__(self) -> str:
        return self.label

    def is_about(self, article: Article) -> bool:
        if self.facet:
            return bool(getattr(article, self.facet) == self.value)
        return article.article_id in self.article_ids

    @property
    def chosen_by(self) -> str:
        """Selection in words: "department: Knitwear", "3 articles"."""
        if self.facet:
            return f"{self.get_facet_display()}: {self.value}"
        return f"{len(self.article_ids)} article{'' if len(self.article_ids) == 1 else 's'}"


class StaffPage(models.Model):
    """Permissions of the staff pages that show no model. It has no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (("view_articles", "Can look at articles"), ("try_rules", "Can try other rules"))

    def __str__(self) -> str:
        return "staff page"


def _written(moment: dt.datetime) -> str:
    return f"{moment:%d %b %Y %H:%M}"
