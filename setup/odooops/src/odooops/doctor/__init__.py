"""What ``odooops doctor`` looks at: a module each for the machine, Odoo, the way of each signal, alerting."""
