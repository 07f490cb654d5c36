import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

const { Duration } = luxon;

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"];

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
function formatNumber(value, options = {}) {
    return new Intl.NumberFormat(user.lang, { maximumFractionDigits: 1, ...options }).format(value);
}

/** @param {number} bytes */
export function formatBytes(bytes) {
    const power = Math.floor(Math.log10(Math.max(Math.abs(bytes), 1)) / 3);
    const unit = BYTE_UNITS[Math.min(power, BYTE_UNITS.length - 1)];
    const value = bytes / 1000 ** BYTE_UNITS.indexOf(unit);
    return formatNumber(value, { style: "unit", unit, unitDisplay: power ? "short" : "long" });
}

/**
 * The two largest units: who sees "3 days" does not ask for seconds.
 *
 * @param {number} seconds
 */
export function formatDuration(seconds) {
    const units = ["days", "hours", "minutes", "seconds"];
    const parts = Duration.fromObject({ seconds: Math.round(seconds) }, { locale: user.lang }).shiftTo(
        ...units,
    );
    const found = units.findIndex((unit) => parts[unit]);
    const largest = found < 0 ? units.length - 1 : found;
    const kept = units.slice(largest, largest + 2).filter((unit, index) => parts[unit] || !index);
    const shown = Object.fromEntries(kept.map((unit) => [unit, parts[unit] || 0]));
    return Duration.fromObject(shown, { locale: user.lang }).toHuman({ unitDisplay: "short" });
}

/** @param {number} milliseconds */
export function formatLatency(milliseconds) {
    return formatNumber(milliseconds, { style: "unit", unit: "millisecond" });
}

/**
 * @param {number|string} value
 * @param {string} [unit]
 */
function formatValue(value, unit) {
    if (unit === "datetime") {
        return toLocaleDateTimeString(deserializeDateTime(value), { showSeconds: false });
    }
    if (typeof value !== "number") {
        return unit ? `${value} ${unit}` : String(value);
    }
    switch (unit) {
        case "By":
            return formatBytes(value);
        case "s":
            return formatDuration(value);
        case "ms":
            return formatLatency(value);
        default:
            return unit ? `${formatNumber(value)} ${unit}` : formatNumber(value);
    }
}

/**
 * A figure as `odooops.component` gives it, in the user's language.
 *
 * @param {{value: number|string, unit?: string, limit?: number}} figure
 */
export function formatFigure({ value, unit, limit }) {
    const shown = formatValue(value, unit);
    return limit ? _t("%(value)s of %(limit)s", { value: shown, limit: formatValue(limit, unit) }) : shown;
}
