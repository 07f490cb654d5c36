from . import odooops_redaction_trial, odooops_sampling_explanation
