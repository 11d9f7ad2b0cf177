"""Words of the text search that staff look after: synonyms, and searches that the shop could not answer."""

from django.core.exceptions import ValidationError
from django.db import models

from catalog.query import MAX_TEXT_LENGTH
from recsys_core.serving import SynonymError, Synonyms


class SynonymList(models.Model):
    """The shop's list of synonyms: one text in Solr's format. While there is none the shipped list counts."""

    text = models.TextField(
        "synonyms",
        blank=True,
        help_text=(
            "One group a line. “jumper, sweater” means the same both ways; “tank => tank top, vest top” reads the "
            "first as the others; “clothes =>” says nothing about which clothes. Values of colour, product type, "
            "pattern, collection and department act as filters. # begins a comment. Search, spelling and suggestions "
            "follow within seconds."
        ),
    )
    changed = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        verbose_name = "list of synonyms"
        verbose_name_plural = "synonyms"

    def __str__(self) -> str:
        return f"Synonyms for {len(self.synonyms.alternatives):,} words and phrases"

    def clean(self) -> None:
        try:
            Synonyms.of(self.text)
        except SynonymError as error:
            raise ValidationError({"text": str(error)}) from None

    @property
    def synonyms(self) -> Synonyms:
        return Synonyms(self.text)


class UnansweredSearch(models.Model):
    """A search that no article answers as a whole, with how often it was asked. Nothing is kept of who asked."""

    class Found(models.TextChoices):
        NOTHING = "nothing", "nothing at all"
        SOME_WORDS = "some-words", "articles with some of the words"
        WITHOUT_WORDS = "without-words", "articles, but words were left out"

    text = models.CharField("words", max_length=MAX_TEXT_LENGTH, unique=True)
    found = models.CharField(max_length=16, choices=Found)
    unknown = models.CharField("words left out", max_length=MAX_TEXT_LENGTH, blank=True)
    times = models.PositiveIntegerField(default=1)
    first = models.DateTimeField("first time", auto_now_add=True)
    last = models.DateTimeField("last time", auto_now=True, db_index=True)

    class Meta:
        ordering = ("-times", "text")
        verbose_name = "search without an answer"
        verbose_name_plural = "searches without an answer"

    def __str__(self) -> str:
        return self.text
