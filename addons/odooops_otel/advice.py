"""What the page of telemetry's health says of each finding: what is wrong, and what to do."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# The codes of tools.health_findings: a title and what to do. Values are those of the finding; ``names`` are its
# processes.
ADVICE = {
    "nothing_records": (
        _lt("No process of this machine records"),
        _lt(
            "Put odooops_otel into server_wide_modules of odoo.conf, check that OTEL_SDK_DISABLED is not set and that "
            "Odoo may write its telemetry directory, and restart Odoo."
        ),
    ),
    "stuck": (
        _lt("%(names)s: telemetry does not run"),
        _lt(
            "Its threads have told nothing for a minute. Look for 'Telemetry' in Odoo's log; a worker that is ended "
            "(kill -INT and its process id) is replaced by one that runs."
        ),
    ),
    "undelivered": (
        _lt("%(signal)s cannot be delivered to %(endpoint)s"),
        _lt(
            "%(problem)s. Check that the receiver runs and that the address is right; what waits is sent again by "
            "itself, for five minutes."
        ),
    ),
    "silent": (
        _lt("%(names)s: no metrics have arrived for minutes"),
        _lt("Nothing says why. Look for 'Telemetry' in Odoo's log, and run: setup/cli doctor"),
    ),
    "rules_refused": (
        _lt("Rules of redaction are not in force: %(rules)s"),
        _lt(
            "They were stored by another version, or before a check became stricter: what they look for leaves. "
            "OdooOps → Configuration → Redaction says what is wrong with each; correct it, or archive it."
        ),
    ),
    "rules_not_in_force": (
        _lt("%(names)s: rules of redaction or sampling are not in force"),
        _lt(
            "Could not be read of: %(databases)s. Found no room, as databases of one process have too many together, "
            "or would not be taken today: %(items)s names, patterns and rules. Look for 'Telemetry' in Odoo's log; put "
            "rules together, give repetitions a lower limit, archive what is not needed, or serve fewer databases by "
            "one Odoo."
        ),
    ),
    "queue_filling": (
        _lt("%(names)s: the queue of %(signal)s is nearly full"),
        _lt(
            "More is kept than is sent: sample less (OTEL_TRACES_SAMPLER_ARG), look for a route whose every request "
            "fails, or raise OTEL_BSP_MAX_QUEUE_SIZE."
        ),
    ),
    "overflow": (
        _lt("%(attribute)s of %(metric)s has too many values"),
        _lt(
            'More than %(limit)s: further ones are counted together as "other", such as %(example)s. Look for what '
            "makes a new value each time, such as an id, a date or a name of a person in it, and have the module leave "
            "it out: a route, for instance, is declared with a parameter (/shop/<int:order_id>) in place of the id."
        ),
    ),
}
# Why a process records in Python, by the reasons of telemetry.compiled.absence(), and what to do.
RECORDERS = {
    "missing": _lt(
        "%(names)s: the recorder in Python runs. The compiled one does the same at less cost: in a checkout of "
        "OdooOps, with Odoo's Python, run pip install ./native, and restart Odoo."
    ),
    "off": _lt(
        "%(names)s: the recorder in Python runs, as ODOOOPS_NATIVE=false says. The compiled one does the same at less "
        "cost: unset the variable, and restart Odoo."
    ),
    "other_version": _lt(
        "%(names)s: the recorder in Python runs, as the compiled one that is installed is of another version. Install "
        "it anew: in the checkout of this version, with Odoo's Python, run pip install ./native, and restart Odoo."
    ),
}
# Of "losing": by why the processes ended that lost something, as far as that is known.
LOSING = _lt("%(names)s: %(items)s requests and jobs are in no metrics that arrived")
LOSSES = {
    "killed": _lt(
        "Processes took along what they had recorded since their last delivery. Find out who kills them: "
        "limit_time_real, the kernel for want of memory, or somebody."
    ),
    "shutdown": _lt(
        "Processes ended as they should, when Odoo was stopped or a worker recycled, while the receiver was away or "
        "slow: what they had recorded since their last delivery went with them. Nobody killed them; see that the "
        "receiver runs before Odoo is stopped."
    ),
    "unknown": _lt(
        "So many since the first start, and some of them within a quarter of an hour. Why is not known: the report of "
        "the process has not been written yet, or is of an older version."
    ),
}
# Of "dropping" by reason.
DROPPING = _lt("%(names)s: %(items)s items of %(signal)s have been dropped")
REASONS = {
    "queue_full": _lt(
        "The queue was full: sample less (OTEL_TRACES_SAMPLER_ARG), or raise OTEL_BSP_MAX_QUEUE_SIZE."
    ),
    "refused": _lt("The receiver does not accept it and never will: its log says why."),
    "expired": _lt("The receiver was away or slow for more than five minutes."),
    "shutdown": _lt(
        "A process ended before it could send: the receiver was away or slow when Odoo was stopped or a worker "
        "recycled (limit_request, limit_memory_soft). See that it runs."
    ),
    "error": _lt("It could not be encoded, which is a fault of ours: report it with the line of Odoo's log."),
    "record_full": _lt("A single request or job made more than a record holds."),
    "killed": _lt(
        "It waited in a process that was killed: by limit_time_real, the kernel for want of memory, or somebody."
    ),
}
