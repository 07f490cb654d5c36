"""Reports: how long they take to make, how large they are, and what wkhtmltopdf says."""

from __future__ import annotations

import re

from odoo.addons.base.models import ir_actions_report
from odoo.addons.base.models.ir_actions_report import IrActionsReport

from ..tools import semconv
from . import faults, runtime
from .measuring import Measured, measure
from .patch import wrap

# A page of a PDF whose objects are not compressed, which those of wkhtmltopdf and PyPDF are not.
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
# Another name that was asked for is no report's.
_UNKNOWN = "_OTHER"


def instrument() -> None:
    for report_format in ("pdf", "html", "text"):
        wrap(IrActionsReport, f"_render_qweb_{report_format}", _render(report_format))
    wrap(ir_actions_report, "_run_wkhtmltopdf", _run_wkhtmltopdf)


def _render(report_format: str):
    def make(original):
        def render(self, report_ref, *args, **kwargs):
            if runtime.active is None:
                return original(self, report_ref, *args, **kwargs)
            name = _name(report_ref)
            attributes = {
                "odoo.report.name": name,
                "odoo.report.format": report_format,
                "db.namespace": self.env.cr.dbname,
            }
            with Measured(semconv.REPORT_DURATION, f"report {report_format} {name}", attributes) as measured:
                try:
                    result = original(self, report_ref, *args, **kwargs)
                except ValueError:
                    # Perhaps there is none of that name; it is not known which ValueError it is.
                    attributes["odoo.report.name"] = _UNKNOWN
                    measured.name = f"report {report_format} {_UNKNOWN}"
                    raise
                _note_output(result, attributes)
                return result

        return render

    return make


def _name(report_ref) -> str:
    """What the report was asked by, without a query of ours: its name, its XML id, or its number."""
    if isinstance(report_ref, str):
        return report_ref[:200]
    try:
        return f"ir.actions.report,{int(report_ref)}"
    except (TypeError, ValueError):
        return f"ir.actions.report,{report_ref.id}"


def _note_output(result, attributes: dict) -> None:
    try:
        content = result[0]
        if isinstance(content, str):
            content = content.encode()
        name, database = attributes["odoo.report.name"], attributes["db.namespace"]
        measure(semconv.REPORT_SIZE, name, attributes["odoo.report.format"], database, value=len(content))
        if content[:5] == b"%PDF-":
            pages = sum(1 for _page in _PAGE.finditer(content))
            measure(semconv.REPORT_PAGES, name, database, value=pages)
    except Exception:
        faults.report("Telemetry could not look at a report; it is not affected.")


def _run_wkhtmltopdf(original):
    def run(args):
        if runtime.active is None:
            return original(args)
        attributes: dict = {}
        with Measured(semconv.WKHTMLTOPDF_DURATION, "wkhtmltopdf", attributes):
            process = original(args)
            attributes["process.exit.code"] = code = process.returncode
            if code not in (0, 1):  # as Odoo sees it
                attributes["error.type"] = str(code)
            return process

    return run
