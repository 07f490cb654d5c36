import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { ConnectionAbortedError, ConnectionLostError, RPCError } from "@web/core/network/rpc";

import { isOfCall, rpcError, shownOf } from "@odooops_otel/browser/start";
import { Calls, MAX_OPEN } from "@odooops_otel/browser/watch/calls";
import { describe as describeError, Errors, MAX_ERRORS } from "@odooops_otel/browser/watch/errors";
import { loadOf, makePage, pathOf, traceOf } from "@odooops_otel/browser/watch/page";
import { INTERVAL, LONGEST_INTERVAL, Reporter } from "@odooops_otel/browser/watch/reporter";
import { Vitals } from "@odooops_otel/browser/watch/vitals";

describe.current.tags("headless");

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const PATH = "/web/dataset/call_kw/res.partner/read";

function entry(values) {
    return { serverTiming: [{ name: "traceparent", description: TRACE }], ...values };
}

function serverError(exceptionName) {
    return Object.assign(new RPCError("Odoo Server Error"), { exceptionName });
}

describe("calls", () => {
    test("a call has its time, and the trace that the server named", () => {
        const calls = new Calls();
        calls.begin({ id: 1, url: `${PATH}?debug=1`, at: 100 });
        calls.end({ id: 1, at: 160 });
        calls.addEntry(entry({ name: `http://odoo${PATH}`, startTime: 101, responseEnd: 159 }));

        expect(calls.take()).toEqual([{ path: PATH, at: 100, duration: 60, trace: TRACE }]);
        expect(calls.take()).toEqual([]);
    });

    test("a call bears what the page was about to show, once it is known", () => {
        const [calls, shown] = [new Calls(), {}];
        calls.begin({ id: 1, url: PATH, at: 100, shown });
        calls.begin({ id: 2, url: PATH, at: 101, shown: {} });
        for (const id of [1, 2]) {
            calls.end({ id, at: 160 });
        }
        Object.assign(shown, { action: "base.action_res_users", view: undefined });

        const [call, other] = calls.take();
        expect(call.shown).toEqual({ action: "base.action_res_users" });
        expect("shown" in other).toBe(false);
    });

    test("an action is told by its XML id, and a view by its type", () => {
        const action = { id: 7, xml_id: "base.action_res_users", name: "Users of Anna" };

        expect(shownOf({ action, view: { type: "list" } })).toEqual({
            action: "base.action_res_users",
            view: "list",
        });
        expect(shownOf({ action: { id: 8, xml_id: "" } })).toEqual({ action: undefined, view: undefined });
        expect(shownOf(null)).toEqual({ action: undefined, view: undefined });
    });

    test("a trace is one call's, and of its path and time", () => {
        const calls = new Calls();
        for (const [id, at, url] of [
            [1, 100, PATH],
            [2, 100, PATH],
            [3, 500, PATH],
            [4, 100, "/web/action/load"],
        ]) {
            calls.begin({ id, url, at });
            calls.end({ id, at: at + 60 });
        }
        calls.addEntry(entry({ name: `http://odoo${PATH}`, startTime: 101, responseEnd: 159 }));

        expect(calls.take().map(({ trace }) => trace)).toEqual([TRACE, undefined, undefined, undefined]);
    });

    test("an answer of which nobody knows the question is none", () => {
        const calls = new Calls();
        calls.end({ id: 7, at: 100 });

        expect(calls.take()).toEqual([]);
    });

    test("what waits is bounded", () => {
        const calls = new Calls();
        for (let id = 0; id < 3 * MAX_OPEN; id++) {
            calls.begin({ id, url: PATH, at: id });
            calls.addEntry(entry({ name: PATH, startTime: 0, responseEnd: 1 }));
        }

        expect(calls.open.size).toBe(MAX_OPEN);
        expect(calls.traces.length).toBe(MAX_OPEN);
    });

    test("what the business logic refuses is no error of a call", () => {
        expect(rpcError(undefined)).toBe(undefined);
        expect(rpcError(serverError("odoo.exceptions.UserError"))).toBe(undefined);
        expect(rpcError(serverError("odoo.http.SessionExpiredException"))).toBe(undefined);
        expect(rpcError(serverError("builtins.KeyError"))).toBe("server");
        expect(rpcError(serverError("odoo.exceptions.ConcurrencyError"))).toBe("server");
        expect(rpcError(new ConnectionLostError("/x"))).toBe("connection_lost");
        expect(rpcError(new ConnectionAbortedError())).toBe("aborted");
    });
});

describe("errors", () => {
    test("an error is told with its class and stack, that which was thrown first", () => {
        const cause = new TypeError("boom");
        const { type, message, stack, at } = describeError(new Error("outside", { cause }), 5);

        expect([type, message, at]).toEqual(["TypeError", "boom", 5]);
        expect(stack).toInclude("TypeError: boom");
    });

    test("of what is no error only a text is told", () => {
        expect(describeError("a text", 1)).toEqual({ type: "Error", message: "a text", stack: "", at: 1 });
        expect(describeError({ password: "x" }, 1).message).toBe("object");
        expect(describeError(undefined, 1).message).toBe("undefined");
    });

    test("the same error is told once, and not more than some", () => {
        const [errors, same] = [new Errors(), new Error("same")];
        errors.add({ error: same, at: 1 });
        errors.add({ error: same, at: 2 });
        for (let number = 0; number < 2 * MAX_ERRORS; number++) {
            errors.add({ error: new Error(`number ${number}`), at: 3 });
        }

        expect(errors.take().length).toBe(MAX_ERRORS);
    });

    test("an error of a call is told as that of the call", () => {
        expect(isOfCall(serverError("builtins.KeyError"))).toBe(true);
        expect(isOfCall(new ConnectionLostError("/x"))).toBe(true);
        expect(isOfCall(new Error("boom"))).toBe(false);
        expect(isOfCall(undefined)).toBe(false);
    });
});

describe("page", () => {
    test("a page has a number of its own, a path without query, and the trace it was answered in", () => {
        const page = makePage(entry({ name: "http://odoo/odoo/contacts?token=x#y" }));

        expect(page.id).toMatch(/^[0-9a-f]{32}$/);
        expect(page.path).toBe("/odoo/contacts");
        expect(page.trace).toBe(TRACE);
        expect(makePage(undefined).id).not.toBe(page.id);
        expect("trace" in makePage(undefined)).toBe(false);
        expect(traceOf({ serverTiming: [] })).toBe(undefined);
        expect(pathOf("http://[")).toBe("/");
    });

    test("a load is told when it is done", () => {
        const navigation = {
            type: "reload",
            responseStart: 1,
            responseEnd: 2,
            domInteractive: 3,
            duration: 4,
        };

        expect(loadOf(undefined)).toBe(undefined);
        expect(loadOf({ ...navigation, loadEventEnd: 0 })).toBe(undefined);
        expect(loadOf({ ...navigation, loadEventEnd: 4 })).toEqual({
            type: "reload",
            response_start: 1,
            response_end: 2,
            dom_interactive: 3,
            duration: 4,
        });
        expect(loadOf({ ...navigation, loadEventEnd: 4 }, { view: "list" }).shown).toEqual({ view: "list" });
    });
});

describe("vitals", () => {
    test("without entries there is the first byte alone", () => {
        expect(new Vitals({ responseStart: 80 }).values()).toEqual([{ name: "ttfb", value: 80 }]);
        expect(new Vitals().values()).toEqual([]);
    });

    test("the last largest paint counts", () => {
        const vitals = new Vitals();
        vitals.addEntry({ entryType: "paint", name: "first-contentful-paint", startTime: 300 });
        vitals.addEntry({ entryType: "largest-contentful-paint", startTime: 400 });
        vitals.addEntry({ entryType: "largest-contentful-paint", startTime: 900 });

        expect(vitals.values()).toEqual([
            { name: "fcp", value: 300 },
            { name: "lcp", value: 900 },
            { name: "cls", value: 0 },
        ]);
    });

    test("shifts add up within a session, and the worst session counts", () => {
        const vitals = new Vitals();
        const shift = (startTime, value, hadRecentInput = false) =>
            vitals.addEntry({ entryType: "layout-shift", startTime, value, hadRecentInput });
        shift(0, 0.1);
        shift(900, 0.1);
        shift(2000, 0.15);
        shift(2100, 5, true); // somebody has clicked: that was expected

        expect(vitals.cls).toBe(0.2);
    });

    test("a session of shifts ends after five seconds", () => {
        const vitals = new Vitals();
        for (let second = 0; second < 10; second++) {
            vitals.addEntry({ entryType: "layout-shift", startTime: second * 900, value: 0.125 });
        }

        expect(vitals.cls).toBe(0.75);
    });

    test("the longest interaction counts, but for one in fifty", () => {
        const vitals = new Vitals();
        for (let id = 1; id <= 60; id++) {
            vitals.addEntry({ entryType: "event", interactionId: id, duration: 10 * id });
        }
        vitals.addEntry({ entryType: "event", interactionId: 60, duration: 8 });
        vitals.addEntry({ entryType: "event", interactionId: 0, duration: 9999 });

        expect(vitals.inp()).toBe(590);
        expect(vitals.inp(10)).toBe(600);
        expect(new Vitals().inp()).toBe(undefined);
    });
});

describe("reporter", () => {
    let answers, sent, now;

    beforeEach(() => {
        [answers, sent, now] = [[], [], 1000];
    });

    function makeReporter() {
        return new Reporter(
            { id: "1", path: "/odoo" },
            {
                now: () => now,
                async fetch(_route, { body }) {
                    sent.push(JSON.parse(body));
                    const status = answers.shift() ?? 204;
                    if (status === "offline") {
                        throw new TypeError("Failed to fetch");
                    }
                    return { status };
                },
                sendBeacon: (_route, blob) => sent.push(blob),
            },
        );
    }

    test("nothing is sent when there is nothing to tell", async () => {
        await makeReporter().send();

        expect(sent).toEqual([]);
    });

    test("what was told is not told again", async () => {
        const reporter = makeReporter();
        reporter.add({ load: { type: "navigate" }, rpcs: [{ at: 1 }] });
        await reporter.send();
        await reporter.send();

        expect(sent).toEqual([
            {
                version: 1,
                now: 1000,
                page: { id: "1", path: "/odoo" },
                load: { type: "navigate" },
                rpcs: [{ at: 1 }],
            },
        ]);
    });

    for (const failure of ["offline", 429, 502]) {
        test(`after ${failure} it is told later, less often`, async () => {
            const reporter = makeReporter();
            answers = [failure];
            reporter.add({ rpcs: [{ at: 1 }], errors: [{ at: 2 }] });
            await reporter.send();
            reporter.add({ rpcs: [{ at: 3 }] });

            expect(reporter.interval).toBe(2 * INTERVAL);
            await reporter.send();
            expect(sent[1].rpcs).toEqual([{ at: 1 }, { at: 3 }]);
            expect(sent[1].errors).toEqual([{ at: 2 }]);
            expect(reporter.interval).toBe(INTERVAL);
        });
    }

    test("patience has a limit, and so has what waits", async () => {
        const reporter = makeReporter();
        for (let round = 0; round < 20; round++) {
            answers = ["offline"];
            reporter.add({ rpcs: Array.from({ length: 30 }, () => ({ at: 1 })) });
            await reporter.send();
        }

        expect(reporter.interval).toBe(LONGEST_INTERVAL);
        expect(sent.at(-1).rpcs.length).toBe(100);
    });

    for (const status of [0, 400, 403, 410]) {
        test(`after ${status} it is silent`, async () => {
            const reporter = makeReporter();
            answers = [status];
            reporter.add({ rpcs: [{ at: 1 }] });
            await reporter.send();
            reporter.add({ rpcs: [{ at: 2 }] });
            await reporter.send();
            reporter.sendLast();

            expect(sent.length).toBe(1);
        });
    }

    test("what is too old is not told", async () => {
        const reporter = makeReporter();
        reporter.add({ load: { type: "navigate" }, rpcs: [{ at: 1 }] });
        now = 3_600_000;
        await reporter.send();

        expect(sent).toEqual([]);
    });

    test("a report is not larger than the server takes", async () => {
        const reporter = makeReporter();
        const stack = "é".repeat(5000);
        reporter.add({ errors: Array.from({ length: 10 }, (_each, at) => ({ at, stack })) });
        await reporter.send();

        expect(new Blob([JSON.stringify(sent[0])]).size).toBeLessThan(60_000);
        expect(sent[0].errors.at(-1).at).toBe(9);
    });

    test("the last report is JSON, which no other origin may send unasked", async () => {
        const reporter = makeReporter();
        reporter.add({ vitals: [{ name: "cls", value: 0 }] });
        reporter.sendLast();

        expect(sent[0].type).toBe("application/json");
        expect(JSON.parse(await sent[0].text()).vitals).toEqual([{ name: "cls", value: 0 }]);
    });
});
