import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryText } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, makeServerError, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { REFRESH_INTERVAL } from "@odooops_base/polling";
import "@odooops_otel/health_page/health_page";
import { formatMicroseconds, formatShare } from "@odooops_otel/health_page/health_figures";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

const SIGNAL = { failed_at: "", delivered_at: "2026-11-23 20:31:00", problem: "" };

function process(name, values = {}) {
    return {
        name,
        kind: "http",
        pid: 4711,
        state: "recording",
        recorder: "compiled",
        host: "here",
        instance: `here:8069/${name}`,
        since: "2026-11-23 20:00:00",
        records: 1200,
        lost: 0,
        sent: 9999,
        dropped: {},
        failed: 0,
        waiting: 0,
        completeness: 1,
        delivered_at: "2026-11-23 20:31:00",
        memory: 150e6,
        overhead_us: 31.4,
        background_us: 42.1,
        background_share: 0.00119,
        cpu_share: 0.00619,
        signals: { traces: SIGNAL, metrics: SIGNAL, logs: SIGNAL },
        ...values,
    };
}

function health(values = {}) {
    return {
        summary: { state: "healthy", title: "Telemetry works: 2 processes record" },
        findings: [],
        hints: [],
        processes: [process("http-10"), process("http-2")],
        totals: {
            recording: 2,
            sent: 19998,
            dropped: {},
            failed: 0,
            waiting: 3,
            recorded: 5000,
            lost: 0,
            completeness: 1,
            counted: 1,
            overhead_us: 31.4,
            background_us: 42.1,
            background_share: 0.00119,
            cpu_share: 0.00619,
            memory: 300e6,
        },
        cardinality: [],
        store: { state: "known", message: "", completeness: 0.9951, processes: [] },
        checked_at: "2026-11-23 20:31:05",
        ...values,
    };
}

let getHealth;

beforeEach(() => {
    getHealth = () => health();
    onRpc("odooops.telemetry", "get_health", () => {
        expect.step("get_health");
        return getHealth();
    });
});

async function openPage() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "odooops_otel.health_page" });
    await animationFrame();
}

function tile(name) {
    return queryAllTexts(`.o_odooops_tile[data-name=${name}] dd div`);
}

test("all well: a green banner, figures, and the processes in the order of their numbers", async () => {
    await openPage();

    expect(".o_odooops_banner").toHaveClass("alert-success");
    expect(".o_odooops_findings").toHaveCount(0);
    expect(tile("completeness")).toEqual(["100%", "19,998 items sent, 0 dropped"]);
    expect(tile("stored")[0]).toBe("99.51%");
    expect(tile("cost")).toEqual([
        "31.4 µs",
        "while it runs; counting and sending take 0.11% of a processor",
    ]);
    expect(tile("cpu")[0]).toBe("0.61%");
    expect(queryAllTexts(".o_odooops_processes tbody tr th").map((text) => text.split("\n")[0])).toEqual([
        "http-2",
        "http-10",
    ]);
    expect(".o_odooops_tile .text-warning").toHaveCount(0);
    expect(".o_odooops_cardinality").toHaveCount(0);
    expect(".o_odooops_others").toHaveCount(0);
    expect.verifySteps(["get_health"]);
});

test("what needs attention comes with what to do and a runbook", async () => {
    const finding = {
        code: "undelivered",
        severity: "failing",
        title: "traces cannot be delivered to http://collector:4318/v1/traces",
        advice: "HTTP 503. Check that the receiver runs.",
        runbook: "https://example.com/OdooTelemetryExportFailing.md",
        processes: ["http-0"],
        last_at: "",
    };
    const failing = { failed_at: "2026-11-23 20:31:01", delivered_at: "", problem: "HTTP 503" };
    getHealth = () =>
        health({
            summary: { state: "failing", title: "Telemetry: 1 thing needs attention" },
            findings: [finding],
            processes: [process("http-0", { signals: { traces: failing, metrics: SIGNAL, logs: SIGNAL } })],
        });
    await openPage();

    expect(".o_odooops_banner").toHaveClass("alert-danger");
    expect(".o_odooops_finding").toHaveText(/traces cannot be delivered/);
    expect(".o_odooops_finding a").toHaveAttribute("href", finding.runbook);
    expect(".o_odooops_last_at").toHaveCount(0);
    expect(".o_odooops_processes tbody td .text-danger").toHaveText("HTTP 503");
    expect.verifySteps(["get_health"]);
});

test("what was lost is coloured, with its reasons; who ended comes last", async () => {
    const lost = process("http-0", {
        state: "killed",
        pid: 0,
        completeness: 0.5,
        dropped: { expired: 3, new_one: 2, killed: 1000 },
        recorder: "",
        memory: 0,
        overhead_us: false,
        background_us: false,
        cpu_share: false,
    });
    const totals = { ...health().totals, completeness: 0.99899, dropped: { killed: 1003 } };
    getHealth = () => health({ processes: [lost, process("http-1")], totals });
    await openPage();

    expect(tile("completeness")[0]).toBe("99.89%");
    expect(".o_odooops_tile[data-name=completeness] .text-warning").toHaveCount(1);
    expect(".o_odooops_processes tbody tr[data-name=http-1] th .small").toHaveText("here, process 4711");
    const cells = queryAllTexts(".o_odooops_processes tbody tr[data-name=http-0] td");
    expect(cells[0]).toBe("Was killed");
    expect(cells[6]).toBe("process killed: 1,000, too late: 3, new_one: 2");
    expect(cells.slice(-3)).toEqual(["–", "–", "–"]);
    expect(queryText(".o_odooops_processes tbody tr:last-child th")).toMatch(/^http-0/);
    expect.verifySteps(["get_health"]);
});

test("what was lost is told with the moment of the last loss", async () => {
    const finding = {
        code: "losing",
        severity: "warning",
        title: "http-0: 7 requests and jobs are in no metrics that arrived",
        advice: "Find out who kills them.",
        runbook: "https://example.com/OdooTelemetryIncomplete.md",
        processes: ["http-0"],
        last_at: "2019-03-11 08:30:00",
    };
    const summary = { state: "warning", title: "Telemetry: 1 thing needs attention" };
    getHealth = () => health({ summary, findings: [finding] });
    await openPage();

    expect(".o_odooops_last_at").toHaveText("last at 9:30:00 AM");
    expect.verifySteps(["get_health"]);
});

test("each process says whether the compiled recorder runs, with a hint where it does not", async () => {
    const hint = {
        advice: "http-1: the recorder in Python runs.",
        page: "https://example.com/native/README.md",
        processes: ["http-1"],
    };
    const processes = [process("http-0"), process("http-1", { recorder: "python" })];
    getHealth = () => health({ processes, hints: [hint] });
    await openPage();

    expect(queryAllTexts(".o_odooops_recorder")).toEqual(["Compiled", "Python"]);
    expect(".o_odooops_banner").toHaveClass("alert-success");
    expect(".o_odooops_hint").toHaveText(/http-1: the recorder in Python runs/);
    expect(".o_odooops_hint a").toHaveAttribute("href", hint.page);
    expect.verifySteps(["get_health"]);
});

test("an attribute over its limit is red and shows an example", async () => {
    const row = { metric: "m", attribute: "http.route", values: 1000, limit: 1000, example: "/x/1" };
    const series = { metric: "n", attribute: "otel.metric.overflow", values: 5, limit: 10000, example: "" };
    getHealth = () => health({ cardinality: [row, series] });
    await openPage();

    expect(queryAllTexts(".o_odooops_cardinality tbody tr:eq(0) td")).toEqual([
        "http.route",
        "1,000",
        "1,000",
        "",
        "/x/1",
    ]);
    expect(".o_odooops_cardinality tbody tr:eq(0) .progress-bar").toHaveClass("bg-danger");
    expect(".o_odooops_cardinality tbody tr:eq(1) td:eq(0)").toHaveText("all together");
    expect(".o_odooops_cardinality tbody tr:eq(1) .progress-bar").toHaveClass("bg-info");
    expect.verifySteps(["get_health"]);
});

test("where nothing has recorded, it says how to begin", async () => {
    const totals = {
        ...health().totals,
        completeness: false,
        counted: false,
        overhead_us: false,
        cpu_share: false,
    };
    getHealth = () => health({ processes: [], totals });
    await openPage();

    expect(".o_odooops_no_processes").toHaveText(/server_wide_modules/);
    expect(tile("completeness")[0]).toBe("–");
    expect(tile("cost")[1]).toBe("known after 100 requests of a process");
    expect.verifySteps(["get_health"]);
});

test("processes of other machines are shown by Prometheus", async () => {
    const other = {
        instance: "there:8069/http-0",
        kind: "http",
        records: 7,
        sent: 5,
        dropped: {},
        failed: 0,
        waiting: 0,
        completeness: 1,
        cost_us: 50,
        cpu_share: 0.005,
        memory: 1e8,
    };
    getHealth = () => health({ store: { ...health().store, processes: [other] } });
    await openPage();

    expect(".o_odooops_others tbody th").toHaveText("there:8069/http-0");
    expect.verifySteps(["get_health"]);
});

test("the page looks again when asked", async () => {
    await openPage();
    await click(".o_odooops_refresh");
    await animationFrame();
    expect.verifySteps(["get_health", "get_health"]);
});

test("requests a second are known when the page has looked twice at the same process", async () => {
    await openPage();
    const requests = ".o_odooops_processes tbody tr:eq(0) td:eq(2)";
    expect(requests).toHaveText("1,200");

    getHealth = () =>
        health({ processes: [process("http-2", { records: 1230 })], checked_at: "2026-11-23 20:31:20" });
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();
    expect(requests).toHaveText(/1,230\s*2\/s/);

    getHealth = () =>
        health({
            processes: [process("http-2", { pid: 4712, records: 3 })],
            checked_at: "2026-11-23 20:31:35",
        });
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();
    expect(requests).toHaveText("3");
    expect.verifySteps(["get_health", "get_health", "get_health"]);
});

test("an error is shown in the page, with what was known before", async () => {
    await openPage();
    getHealth = () => {
        throw makeServerError({ type: "AccessError", message: "for OdooOps viewers" });
    };
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();

    expect(".o_odooops_error").toHaveText(/for OdooOps viewers/);
    expect(".o_odooops_processes").toHaveCount(1);
    expect(".modal").toHaveCount(0);
    expect.verifySteps(["get_health", "get_health"]);
});

describe("figures", () => {
    test("a share is never rounded up to all", () => {
        expect(formatShare(0.99999)).toBe("99.99%");
        expect(formatShare(1)).toBe("100%");
        expect(formatShare(0)).toBe("0%");
        expect(formatShare(false)).toBe("–");
    });

    test("costs are told in microseconds", () => {
        expect(formatMicroseconds(73.54)).toBe("73.5 µs");
        expect(formatMicroseconds(false)).toBe("–");
    });
});
