"""How catalogs look in lists."""

from django.utils.safestring import SafeString

from catalogs.models import Catalog
from connections.admin_base import label

_State = Catalog.PimState
_COLOURS = {
    _State.UNKNOWN: "",
    _State.DISABLED: "warning",
    _State.ENABLED: "success",
    _State.GONE: "danger",
}


def pim_state_label(catalog: Catalog) -> SafeString:
    state = _State(catalog.pim_state)
    return label(state.label, _COLOURS[state])
