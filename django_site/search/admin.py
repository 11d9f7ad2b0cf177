from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.query import ListingQuery
from recsys_core.serving import NoLiveReleaseError, open_live, shipped_synonyms
from recsys_core.workspace import Workspace
from search.models import SynonymList, UnansweredSearch


class SynonymForm(forms.ModelForm):
    class Meta:
        model = SynonymList
        fields = ("text",)
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 40, "cols": 100, "spellcheck": "false"})}


@admin.register(SynonymList)
class SynonymListAdmin(admin.ModelAdmin):
    """The one list of the shop, opened at once."""

    form = SynonymForm
    readonly_fields = ("changed",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The shipped list of the live release's language, which counts until there is one."""
        try:
            language = open_live(Workspace(settings.RECSYS_WORKSPACE)).language
        except NoLiveReleaseError:
            return {}
        return {"text": shipped_synonyms(language).text}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SynonymList.objects.exists()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        only = SynonymList.objects.order_by("-changed").first()
        if only is not None:
            return HttpResponseRedirect(reverse("admin:search_synonymlist_change", args=[only.pk]))
        if self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:search_synonymlist_add"))
        return super().changelist_view(request, extra_context)


@admin.register(UnansweredSearch)
class UnansweredSearchAdmin(admin.ModelAdmin):
    """Searches that found nothing, or nothing with all words; the most frequent first."""

    list_display = ("text", "times", "found", "unknown", "last", "try_it")
    list_filter = ("found", "last")
    search_fields = ("text", "unknown")
    date_hierarchy = "last"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("search.view_unansweredsearch")

    @admin.display(description="now")
    def try_it(self, search: UnansweredSearch) -> SafeString:
        address = ListingQuery(text=search.text).address(reverse("search:results"))
        return format_html('<a href="{}">Search again</a>', address)
