/** The page itself: what it is called, and how it was loaded. */

/** The span in which the server has answered, of an entry of the browser's timeline; undefined when it is not kept. */
export function traceOf(entry) {
    return entry?.serverTiming?.find(({ name }) => name === "traceparent")?.description;
}

/** A path as it may be sent: without query, and of no other signs than a path has. */
export function pathOf(url) {
    try {
        return new URL(url, location.origin).pathname.slice(0, 500);
    } catch {
        return "/";
    }
}

/** Members that are undefined are none. */
export function withoutUndefined(object) {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** What the page showed, for a report; undefined when that is nothing with a name. */
export function shownOrNothing(shown) {
    const told = withoutUndefined(shown || {});
    return Object.keys(told).length ? told : undefined;
}

/** A number of its own for this load of the page, and the server's span that answered it. */
export function makePage(navigation) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return withoutUndefined({
        id: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
        path: pathOf(navigation?.name || location.href),
        trace: traceOf(navigation),
    });
}

/**
 * How the page was loaded, in ms; undefined while it is still loading.
 *
 * @param {PerformanceNavigationTiming} [navigation]
 * @param {Object} [shown] what the page has shown first
 */
export function loadOf(navigation, shown) {
    if (!navigation || !navigation.loadEventEnd) {
        return undefined;
    }
    return withoutUndefined({
        type: navigation.type,
        response_start: navigation.responseStart,
        response_end: navigation.responseEnd,
        dom_interactive: navigation.domInteractive,
        duration: navigation.duration,
        shown: shownOrNothing(shown),
    });
}
