from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ops import selectors
from releases.middleware import without_release


@require_safe
@never_cache
@without_release
def healthz(request: HttpRequest) -> HttpResponse:
    """Answers as long as the process runs."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@without_release
def readyz(request: HttpRequest) -> JsonResponse:
    """Answers 200 if the database is migrated and a release is live, so that this process may get shoppers."""
    checks = selectors.readiness()
    ready = set(checks.values()) == {"ok"}
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
