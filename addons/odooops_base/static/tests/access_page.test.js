import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import "@odooops_base/access_page/access_page";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

const TABLE = {
    models: [
        {
            model: "odooops.event",
            title: "Event",
            operations: { read: ["operator", "auditor"], write: [], create: [], unlink: [] },
            rules: ["Events: operators see those of their environments"],
        },
        {
            model: "odooops.environment",
            title: "Environment",
            operations: { read: ["viewer"], write: ["admin"], create: ["admin"], unlink: ["Other / Group"] },
            rules: [],
        },
    ],
    methods: [
        {
            model: "odooops.component",
            method: "get_status",
            role: "viewer",
            everywhere: false,
            summary: "States.",
        },
        {
            model: "odooops.secret",
            method: "rotate_secrets",
            role: "admin",
            everywhere: true,
            summary: "Turns.",
        },
        { model: "odooops.event", method: "forgotten", role: "", everywhere: false, summary: "" },
    ],
    routes: [{ path: "/odooops/schema", verbs: ["GET"], auth: "public", role: "everybody" }],
};

async function openPage() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "odooops_base.access_page" });
    await animationFrame();
}

beforeEach(() => {
    onRpc("odooops.access", "get_access_table", () => TABLE);
});

test("roles stand in words, and a dash for nobody", async () => {
    await openPage();

    expect(queryAllTexts(".o_odooops_models tbody tr:eq(0) .badge")).toEqual(["Operator", "Auditor"]);
    expect(queryAllTexts(".o_odooops_models tbody tr:eq(0) td").slice(1)).toEqual([
        "–",
        "–",
        "–",
        "Events: operators see those of their environments",
    ]);
    expect(".o_odooops_models tbody tr:eq(1) td:eq(3)").toHaveText("Other / Group");
    expect(".o_odooops_models tbody tr:eq(1) td:eq(4)").toHaveText("All");
});

test("a method without a role is conspicuous", async () => {
    await openPage();

    expect(".o_odooops_methods .text-bg-dark").toHaveText("Nobody said");
    expect(".o_odooops_methods tbody tr:eq(1)").toHaveText(/in all environments/);
    expect(".o_odooops_routes tbody td:eq(1)").toHaveText("Everybody");
});

test("the search finds by name and by role, and says when it finds nothing", async () => {
    await openPage();
    await click("input[role=searchbox]");
    await edit("auditor");
    await animationFrame();
    expect(".o_odooops_models tbody tr").toHaveCount(1);
    expect(".o_odooops_methods").toHaveCount(0);

    await edit("nonsense");
    await animationFrame();
    expect(".o_odooops_no_match").toHaveCount(1);
    await click(".o_odooops_no_match button");
    await animationFrame();
    expect(".o_odooops_methods tbody tr").toHaveCount(3);
});
