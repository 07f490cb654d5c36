import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFigure, formatLatency } from "./figures";

/** A figure this near to its limit is coloured: there is still time to act. */
const NEAR_LIMIT = 0.8;

/** In the order of the page. */
export const STATES = {
    failing: { label: _t("Needs attention"), color: "danger", icon: "fa-exclamation-triangle" },
    warning: { label: _t("Warning"), color: "warning", icon: "fa-exclamation-triangle" },
    unknown: { label: _t("Not known"), color: "warning", icon: "fa-question-circle" },
    healthy: { label: _t("Healthy"), color: "success", icon: "fa-check-circle" },
};

/** One part of the platform: its state, what to do, and its figures. */
export class ComponentCard extends Component {
    static template = "odooops_base.ComponentCard";
    static props = { component: Object };

    get display() {
        return STATES[this.props.component.state];
    }

    get titleId() {
        return `odooops_component_${this.props.component.name}`;
    }

    get latency() {
        const latency = this.props.component.latency_ms;
        return latency === false ? "" : formatLatency(latency);
    }

    get figures() {
        return this.props.component.figures.map((figure) => {
            const share = figure.limit ? Math.min(figure.value / figure.limit, 1) : 0;
            return {
                label: figure.label,
                text: formatFigure(figure),
                percent: figure.limit ? Math.round(share * 100) : null,
                color: share >= NEAR_LIMIT ? "warning" : "info",
            };
        });
    }
}
