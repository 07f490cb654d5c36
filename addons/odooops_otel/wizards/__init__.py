from . import odooops_sampling_explanation
