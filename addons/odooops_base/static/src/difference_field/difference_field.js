import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const CLASSES = { "+": "text-success", "-": "text-danger" };

/** A text whose lines begin with "+" (new), "-" (old) or a space, in the colours of a patch. */
export class DifferenceField extends Component {
    static template = "odooops_base.DifferenceField";
    static props = { ...standardFieldProps };

    get lines() {
        const text = (this.props.record.data[this.props.name] || "").replace(/\n$/, "");
        return text.split("\n").map((line) => ({ line, color: CLASSES[line[0]] || "text-muted" }));
    }
}

export const differenceField = {
    component: DifferenceField,
    displayName: _t("Difference"),
    supportedTypes: ["text"],
};

registry.category("fields").add("odooops_difference", differenceField);
