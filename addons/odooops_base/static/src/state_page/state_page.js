import { Component, useState } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { normalizedMatch } from "@web/core/l10n/utils/normalize";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { usePolling } from "../polling";
import { ComponentCard, STATES } from "./component_card";

const { DateTime } = luxon;

const NO_ANSWER = _t(
    "Odoo does not answer. setup/cli status shows its processes; this page asks again every 15 seconds.",
);

/** The page that shows the state of every part of the platform. */
export class StatePage extends Component {
    static template = "odooops_base.StatePage";
    static components = { ComponentCard, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.polling = usePolling("odooops.component", "get_status", NO_ANSWER);
        this.state = useState({ search: "" });
    }

    get status() {
        return this.polling.answer;
    }

    clearSearch() {
        this.state.search = "";
    }

    get banner() {
        return STATES[this.status.summary.state];
    }

    get checkedAt() {
        const checkedAt = deserializeDateTime(this.status.checked_at);
        return checkedAt.toLocaleString(DateTime.TIME_WITH_SECONDS);
    }

    get lastFound() {
        return _t("Below is what was found at %(time)s.", { time: this.checkedAt });
    }

    /** What matches the search, as sorted by the server; of equal state, those with figures stand together. */
    get components() {
        const found = this.status.components.filter((component) => this.matchesSearch(component));
        const states = Object.keys(STATES);
        const rank = ({ state, figures }) => 2 * states.indexOf(state) + !figures.length;
        return found.sort((one, other) => rank(one) - rank(other));
    }

    matchesSearch({ title, name, purpose, message, version, listen, state }) {
        const search = this.state.search.trim();
        const text = [title, name, purpose, message, version, listen, STATES[state].label].join(" ");
        return !search || normalizedMatch(text, search).match;
    }
}

registry.category("actions").add("odooops_base.state_page", StatePage);
