import { pathOf, shownOrNothing, traceOf, withoutUndefined } from "./page";

/** Calls without an answer, and traces without a call, that are remembered. */
export const MAX_OPEN = 200;
/** ms by which the browser's timeline and our own notes may differ. */
const TOLERANCE = 50;

/**
 * Calls of the server: from what the page says of its requests and answers, and the browser's own timeline, which has
 * the trace that the server names. No request is touched.
 */
export class Calls {
    open = new Map();
    ended = [];
    traces = [];

    /** @param {{id: number, url: string, at: number, shown?: Object}} request */
    begin({ id, url, at, shown }) {
        if (this.open.size >= MAX_OPEN) {
            this.open.delete(this.open.keys().next().value);
        }
        this.open.set(id, { path: pathOf(url), at, shown });
    }

    /** @param {{id: number, at: number, error?: string}} response */
    end({ id, at, error }) {
        const call = this.open.get(id);
        if (call && this.open.delete(id) && this.ended.length < MAX_OPEN) {
            this.ended.push(withoutUndefined({ ...call, duration: at - call.at, error }));
        }
    }

    /** @param {PerformanceResourceTiming} entry */
    addEntry(entry) {
        const trace = traceOf(entry);
        if (trace) {
            this.traces.push({
                path: pathOf(entry.name),
                at: entry.startTime,
                end: entry.responseEnd,
                trace,
            });
            this.traces.splice(0, this.traces.length - MAX_OPEN);
        }
    }

    /** The calls that have ended since the last time, each with its trace if the server keeps it. */
    take() {
        return this.ended.splice(0).map((call) =>
            withoutUndefined({
                ...call,
                shown: shownOrNothing(call.shown),
                trace: this._claim(call),
            }),
        );
    }

    /** The trace of a call: of the same path, within its time, and no other call's. */
    _claim({ path, at, duration }) {
        const index = this.traces.findIndex(
            (found) =>
                found.path === path && found.at >= at - TOLERANCE && found.end <= at + duration + TOLERANCE,
        );
        return index < 0 ? undefined : this.traces.splice(index, 1)[0].trace;
    }
}
