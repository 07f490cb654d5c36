/**
 * Web Vitals (https://web.dev/articles/vitals), as the pages that define them say and no more: five numbers when the
 * page is first left. The library `web-vitals` would add pages that come back from the cache, attribution and old
 * browsers, which the backend has no use for, at several times the size.
 */

/** A session of shifts ends after a second without one, or after five (https://web.dev/articles/cls). */
const GAP = 1000;
const SESSION = 5000;
/** Of so many interactions one may be left out as an exception (https://web.dev/articles/inp). */
const INTERACTIONS_AN_OUTLIER = 50;
const MAX_SLOW = 10;

export class Vitals {
    fcp = undefined;
    lcp = undefined;
    cls = 0;
    interactions = 0;
    /** The longest interactions, by their id. */
    slow = new Map();
    _session = { first: 0, last: -Infinity, sum: 0 };

    /** @param {PerformanceNavigationTiming} [navigation] */
    constructor(navigation) {
        this.navigation = navigation;
    }

    /** @param {PerformanceEntry} entry */
    addEntry(entry) {
        const add = {
            paint: this._addPaint,
            "largest-contentful-paint": this._addLargest,
            "layout-shift": this._addShift,
            event: this._addInteraction,
            "first-input": this._addInteraction,
        }[entry.entryType];
        add?.call(this, entry);
    }

    _addPaint({ name, startTime }) {
        if (name === "first-contentful-paint") {
            this.fcp = startTime;
        }
    }

    _addLargest({ startTime }) {
        this.lcp = startTime;
    }

    _addShift({ hadRecentInput, startTime, value }) {
        if (hadRecentInput) {
            return;
        }
        const session = this._session;
        if (startTime - session.last >= GAP || startTime - session.first >= SESSION) {
            Object.assign(session, { first: startTime, sum: 0 });
        }
        session.last = startTime;
        session.sum += value;
        this.cls = Math.max(this.cls, session.sum);
    }

    /** An interaction is several events of the same id; it took as long as the longest. */
    _addInteraction({ interactionId, duration }) {
        if (!interactionId) {
            return;
        }
        if (!this.slow.has(interactionId)) {
            this.interactions++;
        }
        this.slow.set(interactionId, Math.max(duration, this.slow.get(interactionId) || 0));
        if (this.slow.size > MAX_SLOW) {
            const [fastest] = [...this.slow].sort(([, one], [, other]) => one - other)[0];
            this.slow.delete(fastest);
        }
    }

    /** @param {number} [count] interactions of the page, when the browser tells */
    inp(count = this.interactions) {
        const longest = [...this.slow.values()].sort((one, other) => other - one);
        return longest[Math.min(longest.length - 1, Math.floor(count / INTERACTIONS_AN_OUTLIER))];
    }

    /** What is known now: `[{name, value}]`, in ms but for `cls`. */
    values() {
        const found = {
            ttfb: this.navigation?.responseStart,
            fcp: this.fcp,
            lcp: this.lcp,
            cls: this.fcp === undefined ? undefined : this.cls,
            inp: this.inp(performance.interactionCount),
        };
        return Object.entries(found)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => ({ name, value }));
    }
}
