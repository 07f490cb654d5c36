import { Component } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { usePolling } from "@odooops_base/polling";
import { formatBytes } from "@odooops_base/state_page/figures";
import {
    formatCount,
    formatMicroseconds,
    formatRate,
    formatReasons,
    formatShare,
    GOAL,
    sum,
} from "./health_figures";

const { DateTime } = luxon;

const STATES = {
    failing: { color: "danger", icon: "fa-exclamation-triangle" },
    warning: { color: "warning", icon: "fa-exclamation-circle" },
    healthy: { color: "success", icon: "fa-check-circle" },
};
const PROCESS_STATES = {
    recording: { label: _t("Records"), color: "success" },
    killed: { label: _t("Was killed"), color: "warning" },
    free: { label: _t("Ended"), color: "secondary" },
};
const RECORDERS = { compiled: _t("Compiled"), python: _t("Python") };
/** The name under which all attributes of a metric together are told. */
const SERIES = "otel.metric.overflow";
const NEAR_LIMIT = 0.8;
const STORE_GOAL = 0.98;

/** How telemetry itself is: its processes, what arrived, what it costs, and how many series it makes. */
export class HealthPage extends Component {
    static template = "odooops_otel.HealthPage";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.polling = usePolling("odooops.telemetry", "get_health");
        Object.assign(this, {
            formatBytes,
            formatCount,
            formatMicroseconds,
            formatReasons,
            formatShare,
            sum,
        });
    }

    get health() {
        return this.polling.answer;
    }

    get banner() {
        return STATES[this.health.summary.state];
    }

    get checkedAt() {
        return this.formatTime(this.health.checked_at);
    }

    /** The figures that matter, each with what stands below it, and a colour where it is not as it should be. */
    get tiles() {
        const { totals, store } = this.health;
        return [
            {
                name: "completeness",
                label: _t("Arrived"),
                value: formatShare(totals.completeness),
                note: _t("%(sent)s items sent, %(dropped)s dropped", {
                    sent: formatCount(totals.sent),
                    dropped: formatCount(sum(totals.dropped)),
                }),
                color: this.shareColor(totals.completeness),
            },
            {
                name: "counted",
                label: _t("Counted"),
                value: formatShare(totals.counted),
                note: _t("of %(recorded)s requests and jobs %(lost)s are in no metrics that arrived", {
                    recorded: formatCount(totals.recorded),
                    lost: formatCount(totals.lost),
                }),
                color: this.shareColor(totals.counted),
            },
            {
                name: "stored",
                label: _t("Stored, about"),
                value: formatShare(store.completeness),
                note: store.message || _t("of the requests and jobs of the last hour are in Prometheus"),
                color: this.storeColor,
            },
            {
                name: "waiting",
                label: _t("Waiting"),
                value: formatCount(totals.waiting),
                note: _t("items in queues; %(failed)s attempts to send have failed", {
                    failed: formatCount(totals.failed),
                }),
            },
            {
                name: "cost",
                label: _t("Cost of a request"),
                value: formatMicroseconds(totals.overhead_us),
                note:
                    totals.overhead_us === false
                        ? _t("known after 100 requests of a process")
                        : this.costNote,
            },
            {
                name: "cpu",
                label: _t("Share of CPU time"),
                value: formatShare(totals.cpu_share),
                note: _t("of the processes that record, since they began"),
            },
        ];
    }

    get costNote() {
        const share = this.health.totals.background_share;
        return share === false
            ? _t("while it runs")
            : _t("while it runs; counting and sending take %s of a processor", formatShare(share));
    }

    /** Prometheus tells increases that it has extrapolated: they are not exact. */
    get storeColor() {
        const { state, completeness } = this.health.store;
        const isShort = completeness !== false && completeness < STORE_GOAL;
        return state === "failing" || isShort ? "warning" : "";
    }

    shareColor(share) {
        return share === false || share >= GOAL ? "" : "warning";
    }

    /** Those that record first; then those that left something behind. */
    get processes() {
        const states = Object.keys(PROCESS_STATES);
        return [...this.health.processes].sort(
            (one, other) =>
                states.indexOf(one.state) - states.indexOf(other.state) ||
                one.name.localeCompare(other.name, undefined, { numeric: true }),
        );
    }

    place({ host, pid }) {
        return _t("%(host)s, process %(pid)s", { host, pid });
    }

    processState({ state }) {
        return PROCESS_STATES[state];
    }

    recorder({ recorder }) {
        return RECORDERS[recorder] || "–";
    }

    problem({ signals }) {
        return Object.values(signals).find(({ failed_at, delivered_at }) => failed_at > delivered_at)
            ?.problem;
    }

    cost({ overhead_us }) {
        return formatMicroseconds(overhead_us);
    }

    /** Requests a second since the page looked last; empty until it has looked twice at the same process. */
    rate({ name, pid, records }) {
        const before = this.polling.previous?.processes.find(
            (other) => other.name === name && other.pid === pid,
        );
        return pid && before && this.elapsed ? formatRate((records - before.records) / this.elapsed) : "";
    }

    /** Seconds between the last two looks. */
    get elapsed() {
        const at = ({ checked_at }) => deserializeDateTime(checked_at).toSeconds();
        return at(this.health) - at(this.polling.previous);
    }

    attributeLabel({ attribute }) {
        return attribute === SERIES ? _t("all together") : attribute;
    }

    fullness({ values, limit, example }) {
        const share = Math.min(values / limit, 1);
        const color = example ? "danger" : share >= NEAR_LIMIT ? "warning" : "info";
        return { percent: Math.round(share * 100), color };
    }

    /** The time of day of a moment of today, else the day as well. */
    formatTime(moment) {
        if (!moment) {
            return "–";
        }
        const at = deserializeDateTime(moment);
        const isToday = at.hasSame(DateTime.now(), "day");
        return at.toLocaleString(isToday ? DateTime.TIME_WITH_SECONDS : DateTime.DATETIME_SHORT);
    }
}

registry.category("actions").add("odooops_otel.health_page", HealthPage);
