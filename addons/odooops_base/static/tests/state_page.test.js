import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred, mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, makeServerError, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { REFRESH_INTERVAL } from "@odooops_base/polling";
import { formatBytes, formatDuration, formatFigure } from "@odooops_base/state_page/figures";
import "@odooops_base/state_page/state_page";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

function part(name, values = {}) {
    return {
        name,
        title: name[0].toUpperCase() + name.slice(1),
        purpose: `Does what ${name} does`,
        state: "healthy",
        message: "",
        version: "1.2.3",
        listen: "127.0.0.1:9090",
        latency_ms: 1.5,
        checked_at: "2026-11-23 20:31:05",
        figures: [],
        ...values,
    };
}

const HEALTHY = {
    summary: { state: "healthy", title: "All 2 parts are healthy", message: "" },
    components: [part("nginx"), part("prometheus")],
    checked_at: "2026-11-23 20:31:05",
};
const FAILING = {
    summary: {
        state: "failing",
        title: "1 of 2 parts needs attention",
        message: "See Prometheus for what to do.",
    },
    components: [
        part("prometheus", { state: "failing", message: "Nothing listens there.", latency_ms: false }),
        part("nginx"),
    ],
    checked_at: "2026-11-23 20:31:20",
};

let getStatus;

beforeEach(() => {
    getStatus = () => HEALTHY;
    onRpc("odooops.component", "get_status", () => {
        expect.step("get_status");
        return getStatus();
    });
});

async function openPage() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "odooops_base.state_page",
        name: "State",
    });
    await animationFrame();
}

test("healthy parts: a green banner and a card for each part", async () => {
    await openPage();

    expect(".o_odooops_banner").toHaveClass("alert-success");
    expect(".o_odooops_banner").toHaveText("All 2 parts are healthy");
    expect(queryAllTexts(".o_odooops_card h2")).toEqual(["Nginx", "Prometheus"]);
    expect(queryAllTexts(".o_odooops_badge")).toEqual(["Healthy", "Healthy"]);
    expect(queryAllTexts(".o_odooops_card:first footer .text-break")).toEqual([
        "1.2.3",
        "127.0.0.1:9090",
        "1.5 ms",
    ]);
    expect(".o_odooops_message").toHaveCount(0);
    expect.verifySteps(["get_status"]);
});

test("a failing part says what to do, without a time to answer", async () => {
    getStatus = () => FAILING;
    await openPage();

    expect(".o_odooops_banner").toHaveClass("alert-danger");
    expect(".o_odooops_card:first").toHaveClass("o_odooops_failing");
    expect(".o_odooops_card:first .o_odooops_badge").toHaveText("Needs attention");
    expect(".o_odooops_card:first .o_odooops_message").toHaveText("Nothing listens there.");
    expect(".o_odooops_card:first .fa-clock-o").toHaveCount(0);
    expect.verifySteps(["get_status"]);
});

test("figures are shown with their unit, and near a limit in another colour", async () => {
    const figures = [
        { label: "Size", value: 29834599, unit: "By" },
        { label: "Connections", value: 90, limit: 100 },
        { label: "Queue", value: 1, limit: 100 },
    ];
    getStatus = () => ({ ...HEALTHY, components: [part("postgresql", { figures })] });
    await openPage();

    expect(queryAllTexts(".o_odooops_figures dt")).toEqual(["Size", "Connections", "Queue"]);
    expect(queryAllTexts(".o_odooops_figures dd")).toEqual(["29.8 MB", "90 of 100", "1 of 100"]);
    expect(".progress").toHaveCount(2);
    expect(".progress-bar:first").toHaveClass("bg-warning");
    expect(".progress-bar:last").toHaveClass("bg-info");
    expect.verifySteps(["get_status"]);
});

test("within a state, the parts with figures stand together", async () => {
    const figures = [{ label: "Queue", value: 1 }];
    const components = [
        part("alertmanager", { state: "failing" }),
        part("nginx"),
        part("odoo", { figures }),
        part("loki"),
        part("postgresql", { figures }),
    ];
    getStatus = () => ({ ...FAILING, components });
    await openPage();

    const titles = ["Alertmanager", "Odoo", "Postgresql", "Nginx", "Loki"];
    expect(queryAllTexts(".o_odooops_card h2")).toEqual(titles);
    expect.verifySteps(["get_status"]);
});

test("a placeholder is shown until the first answer", async () => {
    const answer = new Deferred();
    getStatus = () => answer;
    await openPage();
    expect(".o_odooops_skeleton").toHaveCount(1);
    expect(".o_odooops_refresh").toHaveAttribute("disabled");

    answer.resolve(HEALTHY);
    await animationFrame();
    expect(".o_odooops_skeleton").toHaveCount(0);
    expect(".o_odooops_card").toHaveCount(2);
    expect.verifySteps(["get_status"]);
});

test("the page looks again by itself, and when asked", async () => {
    await openPage();
    getStatus = () => FAILING;
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();
    expect(".o_odooops_banner").toHaveClass("alert-danger");
    expect.verifySteps(["get_status", "get_status"]);

    getStatus = () => HEALTHY;
    await click(".o_odooops_refresh");
    await animationFrame();
    expect(".o_odooops_banner").toHaveClass("alert-success");
    expect.verifySteps(["get_status"]);
});

test("the search finds by title, message and state, and can be cleared", async () => {
    getStatus = () => FAILING;
    await openPage();
    for (const search of ["PROMETH", "nothing listens", "needs attention"]) {
        await click(".o_searchview_input");
        await edit(search);
        await animationFrame();
        expect(queryAllTexts(".o_odooops_card h2")).toEqual(["Prometheus"]);
    }

    await click(".o_searchview_input");
    await edit("no such part");
    await animationFrame();
    expect(".o_odooops_card").toHaveCount(0);
    expect(".o_odooops_no_match p").toHaveText("No part matches your search");

    await click(".o_odooops_no_match button");
    await animationFrame();
    expect(".o_odooops_card").toHaveCount(2);
    expect.verifySteps(["get_status"]);
});

test("an error is shown in the page, with what was known before, until it works again", async () => {
    await openPage();
    getStatus = () => {
        throw makeServerError({ type: "AccessError", message: "for OdooOps viewers" });
    };
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();
    expect(".o_odooops_error").toHaveText(/for OdooOps viewers/);
    expect(".o_odooops_error").toHaveText(/Below is what was found at/);
    expect(".o_odooops_card").toHaveCount(2);
    expect(".modal").toHaveCount(0);

    getStatus = () => HEALTHY;
    await advanceTime(REFRESH_INTERVAL);
    await animationFrame();
    expect(".o_odooops_error").toHaveCount(0);
    expect.verifySteps(["get_status", "get_status", "get_status"]);
});

test("an Odoo that is gone is reported in plain words", async () => {
    const gone = () => new Response("", { status: 502 });
    onRpc("/web/dataset/call_kw/odooops.component/get_status", gone, { pure: true });
    await openPage();

    expect(".o_odooops_error").toHaveText(/Odoo does not answer/);
    expect(".o_odooops_error").not.toHaveText(/Below is what was found/);
});

describe("figures", () => {
    test("bytes are shown in the unit that suits them", () => {
        expect(formatBytes(0)).toBe("0 bytes");
        expect(formatBytes(999)).toBe("999 bytes");
        expect(formatBytes(1500)).toBe("1.5 kB");
        expect(formatBytes(3_000_000_000_000)).toBe("3 TB");
        expect(formatBytes(2e18)).toBe("2,000 PB");
    });

    test("durations are shown in their two largest units", () => {
        expect(formatDuration(0)).toBe("0 sec");
        expect(formatDuration(59.6)).toBe("1 min");
        expect(formatDuration(3600)).toBe("1 hr");
        expect(formatDuration(93_784)).toBe("1 day, 2 hr");
    });

    test("other figures are shown as they are", () => {
        expect(formatFigure({ value: "odoo" })).toBe("odoo");
        expect(formatFigure({ value: 1234567 })).toBe("1,234,567");
        expect(formatFigure({ value: 12.34, unit: "{span}/s" })).toBe("12.3 {span}/s");
        expect(formatFigure({ value: 1.5, unit: "ms" })).toBe("1.5 ms");
        expect(formatFigure({ value: 5, limit: 0 })).toBe("5");
        mockTimeZone(2);
        mockDate("2026-12-01 08:00:00");
        expect(formatFigure({ value: "2026-11-30 07:52:10", unit: "datetime" }).replace(/\s/g, " ")).toBe(
            "Nov 30, 9:52 AM",
        );
    });
});
