import { first, isOfCall, listen } from "../start";
import { Calls } from "./calls";
import { causeOf, Errors } from "./errors";
import { loadOf, makePage } from "./page";
import { Reporter } from "./reporter";
import { Vitals } from "./vitals";

const VITAL_TYPES = ["paint", "largest-contentful-paint", "layout-shift", "event", "first-input"];
/** ms, the least that browsers take; shorter interactions are good ones. */
const DURATION_THRESHOLD = 40;

/** Has entries of the browser's timeline handed over, past and future; a browser that does not know them has none. */
function observe(type, receive) {
    try {
        const observer = new PerformanceObserver((list) => list.getEntries().forEach(receive));
        observer.observe({ type, buffered: true, durationThreshold: DURATION_THRESHOLD });
        return () => observer.takeRecords().forEach(receive);
    } catch {
        return () => {};
    }
}

/** Looks at this page and reports, until it is gone. */
export function watch() {
    const [navigation] = performance.getEntriesByType("navigation");
    const reporter = new Reporter(makePage(navigation));
    const [calls, errors, vitals] = [new Calls(), new Errors(), new Vitals(navigation)];
    const flushes = VITAL_TYPES.map((type) => observe(type, (entry) => vitals.addEntry(entry)));
    flushes.push(observe("resource", (entry) => calls.addEntry(entry)));
    const receive = {
        request: (happened) => calls.begin(happened),
        response: (happened) => calls.end(happened),
        error: (happened) => isOfCall(causeOf(happened.error)) || errors.add(happened),
    };
    listen((happened) => receive[happened.kind](happened));

    let isLoadTold = false;
    const gather = () => {
        flushes.forEach((flush) => flush());
        const load = isLoadTold ? undefined : loadOf(navigation, first.shown);
        isLoadTold = isLoadTold || Boolean(load);
        reporter.add({ load, rpcs: calls.take(), errors: errors.take() });
    };
    const report = async () => {
        gather();
        await reporter.send();
        if (!reporter.isDone) {
            setTimeout(report, reporter.interval);
        }
    };
    let isLeft = document.visibilityState === "hidden"; // opened in the background: nobody has waited
    const leave = () => {
        gather();
        if (!isLeft) {
            reporter.add({ vitals: vitals.values() });
            isLeft = true;
        }
        reporter.sendLast();
    };
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
    window.addEventListener("pagehide", leave);
    setTimeout(report, reporter.interval);
}
