import { onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** Milliseconds between two looks while the page is visible. */
export const REFRESH_INTERVAL = 15000;
/** Milliseconds: the methods that pages ask take two seconds at most, so that a server that takes this long hangs. */
export const ANSWER_LIMIT = 10000;

/**
 * What a method of the server answers, asked again and again for as long as the page is there and visible.
 *
 * An error stands in the result, beside what was known before: a dialog each time would bury the page.
 *
 * @param {string} model
 * @param {string} method of the model, without arguments
 * @param {string} [noAnswer] the error when Odoo says nothing
 * @returns {{answer: any, previous: any, error: string, isLoading: boolean, refresh: () => Promise<void>}} reactive;
 *   `answer` is null before the first one, `previous` the one before the last, `refresh` asks at once
 */
export function usePolling(model, method, noAnswer = _t("Odoo does not answer. This page asks again.")) {
    const orm = useService("orm");
    const polling = useState({ answer: null, previous: null, error: "", isLoading: false, refresh });
    let timer,
        isGone = false;

    async function refresh() {
        if (polling.isLoading || isGone) {
            return;
        }
        browser.clearTimeout(timer);
        polling.isLoading = true;
        try {
            const answer = await withinLimit(orm.silent.call(model, method));
            Object.assign(polling, { answer, previous: polling.answer, error: "" });
        } catch (error) {
            polling.error = error.data?.message || noAnswer;
        }
        polling.isLoading = false;
        schedule();
    }

    function schedule() {
        browser.clearTimeout(timer);
        // What was asked before the page was left may be answered after it.
        if (!document.hidden && !isGone) {
            timer = browser.setTimeout(refresh, REFRESH_INTERVAL);
        }
    }

    function onVisibilityChange() {
        if (document.hidden) {
            browser.clearTimeout(timer);
        } else {
            refresh();
        }
    }

    useExternalListener(document, "visibilitychange", onVisibilityChange);
    onMounted(refresh);
    onWillUnmount(() => {
        isGone = true;
        browser.clearTimeout(timer);
    });
    return polling;
}

/** The answer, or an error when it takes too long. */
async function withinLimit(answer) {
    let timer;
    const limit = new Promise((_, reject) => {
        timer = browser.setTimeout(() => reject(new Error()), ANSWER_LIMIT);
    });
    try {
        return await Promise.race([answer, limit]);
    } finally {
        browser.clearTimeout(timer);
    }
}
