from . import (
    odooops_component,
    odooops_configuration,
    odooops_gauge,
    odooops_gauge_computation,
    odooops_gauge_result,
)
