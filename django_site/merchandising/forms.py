"""The forms of pins and boosts: what is typed is held against the live release, and errors say what to do."""

from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError

from merchandising.models import Boost, Pin
from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts

Fieldset = tuple[str | None, "_FieldOpts"]

MAX_BOOSTED_ARTICLES: Final = 500
MAX_NAMED_IDS: Final = 5
WHO_AND_WHEN: Final[tuple[Fieldset, ...]] = (
    ("For whom", {"fields": ("audience", "age_interval")}),
    ("When", {"fields": ("starts", "ends"), "description": "Changes reach every web process within seconds."}),
    (None, {"fields": ("note",)}),
)
"""The fieldsets that both kinds of placement end with."""


def live_release() -> Release | None:
    """The release that the shop shows now; None without one."""
    try:
        return open_live(Workspace(settings.RECSYS_WORKSPACE))
    except (OSError, ValueError, KeyError):
        return None


class ArticleNumbers(forms.Field):
    """Article numbers, one a line, kept as a list, each once. Lines of several numbers are taken apart later."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 40})

    def to_python(self, value: Any) -> list[str]:
        lines = (line.strip() for line in str(value or "").replace("\r", "\n").split("\n"))
        return list(dict.fromkeys(filter(None, lines)))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


class PinForm(forms.ModelForm):
    class Meta:
        model = Pin
        fields = ("article_id", "position", *flatten_fieldsets(WHO_AND_WHEN))

    def clean_article_id(self) -> str:
        article_id: str = self.cleaned_data["article_id"]
        _refuse_unknown([article_id])
        return article_id


class PromotionForm(forms.ModelForm):
    article_ids = ArticleNumbers(
        label="Article numbers",
        required=False,
        help_text=f"Instead of a kind: up to {MAX_BOOSTED_ARTICLES} numbers, separated by lines, spaces or commas.",
    )

    class Meta:
        model = Boost
        fields = ("label", "facet", "value", "article_ids", "positions", *flatten_fieldsets(WHO_AND_WHEN))

    def clean_article_ids(self) -> list[str]:
        lines: list[str] = self.cleaned_data["article_ids"]
        article_ids = _numbers_of(lines) if lines else []
        if len(article_ids) > MAX_BOOSTED_ARTICLES:
            raise ValidationError(
                f"{len(article_ids)} numbers: {MAX_BOOSTED_ARTICLES} at most, or choose a kind instead."
            )
        if article_ids:
            _refuse_unknown(article_ids)
        return article_ids

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        facet, value = cleaned.get("facet"), cleaned.get("value")
        if bool(facet) != bool(value):
            self.add_error("value" if facet else "facet", "A kind and its value go together: department and Knitwear.")
        elif facet and value:
            self._refuse_unknown_value(facet, value)
        if bool(facet or value) == bool(cleaned.get("article_ids")) and "article_ids" not in self.errors:
            raise ValidationError("Choose the articles either by a kind and its value or by their numbers.")
        return cleaned

    def _refuse_unknown_value(self, facet: str, value: str) -> None:
        values = _release_to_check(value).catalogue.facet_values(facet)
        if value not in values:
            kind = dict(Boost._meta.get_field("facet").flatchoices)[facet]
            said = f"No article of the live release has the {kind} {value!r}"
            self.add_error("value", f"{said}: {_nearest(value, values)}")


def _release_to_check(value: str) -> Release:
    release = live_release()
    if release is None:
        remedy = "publish one first (make demo, or recsys run)"
        raise ValidationError(f"There is no live release to look {value!r} up in: {remedy}.")
    return release


def _numbers_of(lines: list[str]) -> list[str]:
    """Article numbers of the lines: a line that is none of the live release may hold several."""
    catalogue = _release_to_check(lines[0]).catalogue
    numbers = (
        [line] if catalogue.index_of(line) is not None else line.replace(",", " ").split() or [line] for line in lines
    )
    return list(dict.fromkeys(chain.from_iterable(numbers)))


def _refuse_unknown(article_ids: list[str]) -> None:
    release = _release_to_check(article_ids[0])
    unknown = [article_id for article_id in article_ids if release.catalogue.index_of(article_id) is None]
    if unknown:
        more = f" and {len(unknown) - MAX_NAMED_IDS} more" if len(unknown) > MAX_NAMED_IDS else ""
        said = f"{', '.join(unknown[:MAX_NAMED_IDS])}{more}: not in the live release {release.id}"
        remedy = "numbers count with their leading zeros; the page Articles finds them by name"
        raise ValidationError(f"{said}; {remedy}.")


def _nearest(value: str, values: list[str]) -> str:
    by_lower = {each.lower(): each for each in values}
    near = get_close_matches(value.lower(), by_lower, n=3, cutoff=0.5)
    return (
        f"did you mean {', or '.join(by_lower[each] for each in near)}?" if near else "copy it from the shop's filters."
    )
