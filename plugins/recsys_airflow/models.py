"""Models of a run of ``recommend``: chosen by its first task, kept by all others, whatever is trained meanwhile."""

from typing import Final

CHOSEN: Final = "{{ ((ti.xcom_pull('refresh_retrievers') or {}).get('summary') or {}).get('models', '') }}"
"""Their key, as the first task of ``recommend`` reported it."""
OF_THE_LISTS: Final = (
    "{% for events in (triggering_asset_events or {}).values() %}{% if loop.last %}"
    "{{ (events[-1].extra.get('summary') or {}).get('models', '') }}{% endif %}{% endfor %}"
)
"""Their key, as the lists that started the run came with it; nothing for a run that was started by hand."""
