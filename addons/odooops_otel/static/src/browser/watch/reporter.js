import { withoutUndefined } from "./page";

export const ROUTE = "/odooops/browser";
/** ms between reports, and what it grows to while the server cannot be reached or asks for patience. */
export const INTERVAL = 10_000;
export const LONGEST_INTERVAL = 300_000;
/** Of a report; the server takes a little more. */
const MAX_BYTES = 60_000;
/** ms. The server takes nothing that is older than an hour. */
const MAX_AGE = 3_000_000;
const LIMITS = { rpcs: 100, errors: 10, vitals: 5 };

/** Sends what there is to tell: now and then, and a last time when the page is left. */
export class Reporter {
    interval = INTERVAL;
    /** Whether the server has said that it wants no reports. */
    isDone = false;
    waiting = { rpcs: [], errors: [], vitals: [] };

    /**
     * @param {Object} page see `makePage`
     * @param {{fetch: Function, sendBeacon: Function, now: () => number}} [ways]
     */
    constructor(page, ways = {}) {
        this.page = page;
        this.ways = {
            fetch: (...args) => window.fetch(...args),
            sendBeacon: (...args) => navigator.sendBeacon(...args),
            now: () => performance.now(),
            ...ways,
        };
    }

    /** Has things told with the next report: `{rpcs, errors, vitals}` are lists, `load` is told once. */
    add({ load, ...lists }) {
        this.load = this.load || load;
        for (const [name, items] of Object.entries(lists)) {
            this.waiting[name] = [...this.waiting[name], ...items].slice(-LIMITS[name]);
        }
    }

    /** Sends what waits. What the server could not be told is told later. */
    async send() {
        const report = this._take();
        if (!report || this.isDone) {
            return;
        }
        let status = 0;
        try {
            status = (await this.ways.fetch(ROUTE, this._request(report))).status;
        } catch {
            // Offline, or the server is away.
            status = 503;
        }
        this._settle(status, report);
    }

    /** Sends what waits, without hearing what becomes of it: the page may be gone before that. */
    sendLast() {
        const report = this.isDone ? undefined : this._take();
        if (report) {
            this.ways.sendBeacon(ROUTE, new Blob([JSON.stringify(report)], { type: "application/json" }));
        }
    }

    _request(report) {
        return {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(report),
            credentials: "same-origin",
            keepalive: true,
            redirect: "manual", // to the page to log in
        };
    }

    _settle(status, report) {
        if (status >= 200 && status < 300) {
            this.interval = INTERVAL;
        } else if (status === 429 || status >= 500) {
            this.interval = Math.min(2 * this.interval, LONGEST_INTERVAL);
            const { load, rpcs = [], errors = [], vitals = [] } = report;
            const newer = this.waiting;
            this.waiting = { rpcs, errors, vitals };
            this.add({ load, ...newer });
        } else {
            // Logged out, switched off, or not understood: there is no use in going on.
            this.isDone = true;
        }
    }

    /** The report of what waits; undefined when that is nothing. */
    _take() {
        const now = this.ways.now();
        const isNew = ({ at }) => at === undefined || now - at < MAX_AGE;
        const lists = Object.entries(this.waiting).map(([name, items]) => [name, items.filter(isNew)]);
        const load = now < MAX_AGE ? this.load : undefined;
        this.waiting = { rpcs: [], errors: [], vitals: [] };
        this.load = undefined;
        const told = Object.fromEntries(lists.filter(([, items]) => items.length));
        if (!load && !Object.keys(told).length) {
            return undefined;
        }
        return this._cut(withoutUndefined({ version: 1, now, page: this.page, load, ...told }));
    }

    /** As much of a report as the server takes: the first of each list goes. */
    _cut(report) {
        while (new Blob([JSON.stringify(report)]).size > MAX_BYTES) {
            for (const name of ["rpcs", "errors"]) {
                report[name] = report[name]?.slice(Math.ceil(report[name].length / 2));
            }
        }
        return report;
    }
}
