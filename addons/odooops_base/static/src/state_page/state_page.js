import { Component, onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { normalizedMatch } from "@web/core/l10n/utils/normalize";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ComponentCard, STATES } from "./component_card";

const { DateTime } = luxon;

/** Milliseconds between two looks while the page is visible. */
export const REFRESH_INTERVAL = 15000;
/** Milliseconds: the server takes 1.5 s at most, so that one that takes this long hangs. */
export const ANSWER_LIMIT = 10000;

const NO_ANSWER = _t(
    "Odoo does not answer. setup/cli status shows its processes; this page asks again every 15 seconds.",
);

/** The page that shows the state of every part of the platform. */
export class StatePage extends Component {
    static template = "odooops_base.StatePage";
    static components = { ComponentCard, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ status: null, error: "", isLoading: false, search: "" });
        useExternalListener(document, "visibilitychange", this.onVisibilityChange);
        onMounted(() => this.refresh());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    async refresh() {
        if (this.state.isLoading) {
            return;
        }
        browser.clearTimeout(this.timer);
        this.state.isLoading = true;
        try {
            this.state.status = await this.fetchStatus();
            this.state.error = "";
        } catch (error) {
            // Shown in the page: it asks again and again, and a dialog each time would bury it.
            this.state.error = error.data?.message || NO_ANSWER;
        }
        this.state.isLoading = false;
        this.schedule();
    }

    async fetchStatus() {
        let timer;
        const limit = new Promise((_, reject) => {
            timer = browser.setTimeout(() => reject(new Error()), ANSWER_LIMIT);
        });
        try {
            return await Promise.race([this.orm.silent.call("odooops.component", "get_status"), limit]);
        } finally {
            browser.clearTimeout(timer);
        }
    }

    schedule() {
        browser.clearTimeout(this.timer);
        if (!document.hidden) {
            this.timer = browser.setTimeout(() => this.refresh(), REFRESH_INTERVAL);
        }
    }

    onVisibilityChange() {
        if (document.hidden) {
            browser.clearTimeout(this.timer);
        } else {
            this.refresh();
        }
    }

    clearSearch() {
        this.state.search = "";
    }

    get banner() {
        return STATES[this.state.status.summary.state];
    }

    get checkedAt() {
        const checkedAt = deserializeDateTime(this.state.status.checked_at);
        return checkedAt.toLocaleString(DateTime.TIME_WITH_SECONDS);
    }

    get lastFound() {
        return _t("Below is what was found at %(time)s.", { time: this.checkedAt });
    }

    /** What matches the search, as sorted by the server; of equal state, those with figures stand together. */
    get components() {
        const found = this.state.status.components.filter((component) => this.matchesSearch(component));
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
