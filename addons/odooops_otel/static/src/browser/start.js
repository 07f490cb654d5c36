/**
 * What every page of the backend has of the browser's telemetry: nothing, unless the server asks for reports and this
 * page load is among those that are drawn. Then errors and calls are noted from the beginning, and the rest is loaded
 * when the page has come to rest.
 */
import { loadBundle } from "@web/core/assets";
import { ConnectionAbortedError, ConnectionLostError, RPCError, rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

export const BUNDLE = "odooops_otel.assets_browser";
/** Milliseconds that the page has after its load event before anything more is asked of it. */
export const REST = 1000;
/** Things that happened before the rest was loaded; more are let go. */
export const MAX_EARLY = 200;

/**
 * What the page shows, or is about to show: calls that are made for an action bear it before it is there, and it is
 * filled in when it is.
 */
let shown = {};
/** What it has shown first. */
export const first = {};

const early = [];
let listener = (happened) => early.length < MAX_EARLY && early.push(happened);

/**
 * Hands over what has happened so far and what is going to happen: `{kind, at, …}`, `at` in ms since the page began.
 *
 * @param {(happened: Object) => void} receive
 */
export function listen(receive) {
    listener = receive;
    early.splice(0).forEach(note);
}

function note(happened) {
    try {
        listener(happened);
    } catch {
        // The page goes on as if nobody looked.
    }
}

// What the business logic refuses is an outcome and no failure; so is a session that has ended.
const OUTCOMES = /^odoo\.(exceptions|http)\.(?!.*(?:CacheMiss|ConcurrencyError)$)/;

/** What went wrong with a call; nothing when the server answered as it should. */
export function rpcError(error) {
    if (!error) {
        return undefined;
    }
    if (error instanceof ConnectionLostError) {
        return "connection_lost";
    }
    if (error instanceof ConnectionAbortedError) {
        return "aborted";
    }
    return OUTCOMES.test(error.exceptionName || "") ? undefined : "server";
}

/** Whether an error is one that a call ended with: it is told as that of the call. */
export function isOfCall(error) {
    return [RPCError, ConnectionLostError, ConnectionAbortedError].some((kind) => error instanceof kind);
}

/** An action by its XML id, and the type of its view; what they lack is undefined. */
export function shownOf(controller) {
    return { action: controller?.action?.xml_id || undefined, view: controller?.view?.type };
}

const shownService = {
    dependencies: ["action"],
    start(env, { action }) {
        env.bus.addEventListener("ACTION_MANAGER:UPDATE", () => {
            shown = {};
        });
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", () => {
            Object.assign(shown, shownOf(action.currentController));
            first.shown ||= shown;
        });
    },
};

function begin() {
    registry.category("services").add("odooops_browser_shown", shownService);
    const now = () => performance.now();
    rpcBus.addEventListener("RPC:REQUEST", ({ detail: { data, url } }) =>
        note({ kind: "request", at: now(), id: data.id, url, shown }),
    );
    rpcBus.addEventListener("RPC:RESPONSE", ({ detail: { data, error } }) =>
        note({ kind: "response", at: now(), id: data.id, error: rpcError(error) }),
    );
    window.addEventListener("error", ({ error, message }) =>
        note({ kind: "error", at: now(), error: error || message }),
    );
    window.addEventListener("unhandledrejection", ({ reason }) =>
        note({ kind: "error", at: now(), error: reason }),
    );
    const later = () => setTimeout(() => loadBundle(BUNDLE).catch(() => {}), REST);
    if (document.readyState === "complete") {
        later();
    } else {
        window.addEventListener("load", later, { once: true });
    }
}

if (session.odooops_browser && Math.random() < session.odooops_browser.ratio) {
    begin();
}
