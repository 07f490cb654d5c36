/** Errors of a page that are told; the same one only once a page. */
export const MAX_ERRORS = 10;
// More than the server shows: it redacts before it cuts, and half a secret is not recognised.
const MAX_MESSAGE = 1000;
const MAX_STACK = 2000;
const CLASS = /^[A-Za-z_$][\w$.]{0,99}$/;

/** The innermost error: Owl and Odoo wrap what was thrown. */
export function causeOf(error) {
    for (let depth = 0; depth < 10 && error instanceof Error && error.cause instanceof Error; depth++) {
        error = error.cause;
    }
    return error;
}

/**
 * An error as it is told. What was thrown may be no Error: then only a text is told, and of anything else its kind.
 *
 * @param {any} thrown
 * @param {number} at ms since the page began
 */
export function describe(thrown, at) {
    const error = causeOf(thrown);
    if (!(error instanceof Error)) {
        const message = typeof error === "string" ? error : typeof error;
        return { type: "Error", message: message.slice(0, MAX_MESSAGE), stack: "", at };
    }
    const name = String(error.name);
    return {
        type: CLASS.test(name) ? name : "Error",
        message: String(error.message).slice(0, MAX_MESSAGE),
        stack: String(error.stack || "").slice(0, MAX_STACK),
        at,
    };
}

export class Errors {
    seen = new Set();
    found = [];

    /** @param {{error: any, at: number}} happened */
    add({ error, at }) {
        const described = describe(error, at);
        const key = `${described.type} ${described.message} ${described.stack}`;
        if (this.seen.size < MAX_ERRORS && !this.seen.has(key)) {
            this.seen.add(key);
            this.found.push(described);
        }
    }

    take() {
        return this.found.splice(0);
    }
}
