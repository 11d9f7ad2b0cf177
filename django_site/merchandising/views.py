"""The staff pages that show no model: articles, and what other rules would change."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from merchandising.articles import article_page, find_articles
from merchandising.rules_form import WhatIfForm
from merchandising.what_if import Answer, Question, open_runs, read_answer, read_answers
from ops import airflow
from recsys_core.workspace import Workspace
from releases.middleware import ShopRequest, without_release

log = logging.getLogger(__name__)
MAX_TEXT_LENGTH = 120
ARTICLES_PER_PAGE = 50

may_view_articles = permission_required("merchandising.view_articles", raise_exception=True)
may_try_rules = permission_required("merchandising.try_rules", raise_exception=True)


@require_safe
@may_view_articles
def articles(request: ShopRequest) -> HttpResponse:
    """Articles by text or number; without either, what sells best."""
    typed = request.GET.get("q", "").replace("\x00", " ").strip()[:MAX_TEXT_LENGTH]
    page = Paginator(find_articles(request.release, typed), ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "Articles",
        "typed": typed,
        "page": page,
        "articles": request.release.catalogue.articles(page.object_list),
        "release": request.release,
    }
    return _page(request, "merchandising/articles.html", context)


@require_safe
@may_view_articles
def article(request: ShopRequest, article_id: str) -> HttpResponse:
    """All that is known of one article."""
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise Http404("no such article")
    page = article_page(request.release, idx)
    context = {"title": page.article.prod_name, "page": page, "article": page.article, "release": request.release}
    return _page(request, "merchandising/article.html", context)


@require_safe
@may_try_rules
def rules(request: ShopRequest) -> HttpResponse:
    """Table of the rules: whether each acts on the live release's lists, why, and how much it dropped."""
    context = {"title": "Business rules", "ledger": request.release.ledger, "release": request.release}
    return _page(request, "merchandising/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@without_release
@may_try_rules
def what_if(request: HttpRequest) -> HttpResponse:
    """Form that asks for the effects of other rules, and the answers so far."""
    form = WhatIfForm(request.POST if request.method == "POST" else None)
    command = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        username = request.user.get_username()
        question = Question.new(form.changes(), given["label_start"], given["label_days"], username)
        log.info("what-if %s asked for by %s: %s", question.name, username, ", ".join(question.changes))
        if airflow.is_configured() and _asked(request, question):
            return HttpResponseRedirect(reverse("merchandising:what-if"))
        command = question.command(_workspace())
    answers = read_answers(_workspace())
    context = {
        "title": "What if other rules applied?",
        "form": form,
        "command": command,
        "is_configured": airflow.is_configured(),
        "answers": answers,
        "runs": _open_runs(request, answers) if airflow.is_configured() else [],
        "folder": _workspace().what_if,
    }
    return _page(request, "merchandising/what_if.html", context, status=422 if form.errors else 200)


@require_safe
@without_release
@may_try_rules
def what_if_answer(request: HttpRequest, name: str) -> HttpResponse:
    """One answer: both rule sets side by side."""
    found = read_answer(_workspace(), name)
    if found is None:
        raise Http404("no such answer")
    return _page(request, "merchandising/what_if_answer.html", {"title": f"What if: {name}", "answer": found})


def _asked(request: HttpRequest, question: Question) -> bool:
    """True if Airflow took the question; the asker is told either way."""
    try:
        run = question.ask()
    except (OSError, KeyError) as error:
        log.warning("what-if %s could not be queued: %s", question.name, error)
        messages.error(
            request, f"Airflow at {airflow.shown_address()} did not take it: {error}. Run it by hand instead."
        )
        return False
    messages.success(request, f"{question.name} is queued (run {run}). Its answer will stand below in a few minutes.")
    return True


def _open_runs(request: HttpRequest, answers: list[Answer]) -> list[dict[str, Any]]:
    try:
        return open_runs(answers)
    except (OSError, KeyError) as error:
        messages.warning(request, f"Airflow at {airflow.shown_address()} cannot say what is under way: {error}")
        return []


def _workspace() -> Workspace:
    return Workspace(settings.RECSYS_WORKSPACE)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Renders a page within the frame of the admin's pages."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)
