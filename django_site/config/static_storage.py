"""Static files with hashed names once ``collectstatic`` ran, and under their own names until then."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedOnceCollected(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Static files by hashed names, where ``collectstatic`` made one.

    A file that the manifest of the last ``collectstatic`` lacks keeps its plain name, which WhiteNoise finds in the
    apps (without far-future caching), so that a forgotten ``collectstatic`` costs speed, not the site.
    """

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        if content is None and not self.exists(filename or name):
            return name
        return str(super().hashed_name(name, content, filename))
