import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

/** What of everything has to arrive; below it a share is coloured. */
export const GOAL = 0.999;

/**
 * A share as per cent. Rounded down: what is shown as 100 % is all of it.
 *
 * @param {number|false} share from 0 to 1
 */
export function formatShare(share) {
    if (share === false) {
        return "–";
    }
    const options = { style: "percent", maximumFractionDigits: 2 };
    return new Intl.NumberFormat(user.lang, options).format(Math.floor(share * 1e4) / 1e4);
}

/** @param {number|false} value */
export function formatCount(value) {
    return value === false ? "–" : new Intl.NumberFormat(user.lang).format(Math.round(value));
}

/** @param {number|false} microseconds */
export function formatMicroseconds(microseconds) {
    if (microseconds === false) {
        return "–";
    }
    const number = new Intl.NumberFormat(user.lang, { maximumFractionDigits: 1 }).format(microseconds);
    return `${number} µs`;
}

/** @param {number} perSecond */
export function formatRate(perSecond) {
    const number = new Intl.NumberFormat(user.lang, { maximumFractionDigits: 1 }).format(perSecond);
    return _t("%(number)s/s", { number });
}

/** @param {Object.<string, number>} dropped */
export function sum(dropped) {
    return Object.values(dropped).reduce((total, items) => total + items, 0);
}

const REASONS = {
    queue_full: _t("queue full"),
    refused: _t("refused"),
    expired: _t("too late"),
    shutdown: _t("process ended"),
    error: _t("not encoded"),
    record_full: _t("record full"),
    killed: _t("process killed"),
};

/**
 * Reasons in words, the most frequent first.
 *
 * @param {Object.<string, number>} dropped
 */
export function formatReasons(dropped) {
    return Object.entries(dropped)
        .sort(([, one], [, other]) => other - one)
        .map(([reason, items]) => `${REASONS[reason] || reason}: ${formatCount(items)}`)
        .join(", ");
}
