import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { ANSWER_LIMIT, REFRESH_INTERVAL, usePolling } from "@odooops_base/polling";
import { registry } from "@web/core/registry";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

let polling, getNumber, asked;

class Page extends Component {
    static template = xml`
        <button class="refresh" t-att-disabled="polling.isLoading" t-on-click="polling.refresh"/>
        <p class="answer" t-out="polling.answer"/>
        <p class="previous" t-out="polling.previous"/>
        <p class="error" t-out="polling.error"/>`;
    static props = ["*"];

    setup() {
        this.polling = usePolling("res.partner", "get_number", "Nobody is there.");
        polling = this.polling;
    }
}

class Elsewhere extends Component {
    static template = xml`<p class="elsewhere"/>`;
    static props = ["*"];
}

beforeEach(() => {
    asked = 0;
    getNumber = () => asked;
    onRpc("res.partner", "get_number", () => {
        asked++;
        expect.step("get_number");
        return getNumber();
    });
    registry.category("actions").add("page", Page, { force: true });
    registry.category("actions").add("elsewhere", Elsewhere, { force: true });
});

async function open(tag) {
    await getService("action").doAction({ type: "ir.actions.client", tag });
    await animationFrame();
}

async function openPage() {
    await mountWithCleanup(WebClient);
    await open("page");
}

async function pass(milliseconds) {
    await advanceTime(milliseconds);
    await animationFrame();
}

function setHidden(hidden) {
    patchWithCleanup(document, {
        get hidden() {
            return hidden;
        },
    });
    document.dispatchEvent(new Event("visibilitychange"));
}

test("a page asks by itself, and at once when it is told to", async () => {
    await openPage();
    expect(".answer").toHaveText("1");
    expect(".previous").toHaveText("");
    await pass(REFRESH_INTERVAL / 2);
    expect.verifySteps(["get_number"]);
    await pass(REFRESH_INTERVAL / 2);
    expect(".answer").toHaveText("2");
    expect(".previous").toHaveText("1");
    expect.verifySteps(["get_number"]);

    await click(".refresh");
    await animationFrame();
    expect(".answer").toHaveText("3");
    expect.verifySteps(["get_number"]);
    await pass(REFRESH_INTERVAL / 2);
    expect.verifySteps([]);
});

test("a hidden page does not ask; it does when it is seen again", async () => {
    await openPage();
    setHidden(true);
    await pass(10 * REFRESH_INTERVAL);
    expect.verifySteps(["get_number"]);

    setHidden(false);
    await animationFrame();
    expect.verifySteps(["get_number"]);
});

test("a page that was left asks no more", async () => {
    await openPage();
    await open("elsewhere");
    expect(".elsewhere").toHaveCount(1);
    await pass(10 * REFRESH_INTERVAL);
    expect.verifySteps(["get_number"]);
});

test("a page that was left while it waited for an answer asks no more", async () => {
    getNumber = () => new Deferred();
    await openPage();
    await open("elsewhere");
    await pass(ANSWER_LIMIT);
    // Odoo lets nothing out of a page that is gone: to ask would end in an error.
    polling.error = "";
    await pass(REFRESH_INTERVAL);
    await pass(ANSWER_LIMIT);
    expect(polling.error).toBe("");
    expect.verifySteps(["get_number"]);
});

test("nothing is asked while an answer is awaited", async () => {
    const answer = new Deferred();
    getNumber = () => answer;
    await openPage();
    expect(".refresh").toHaveAttribute("disabled");
    setHidden(false);
    await animationFrame();
    expect.verifySteps(["get_number"]);

    answer.resolve(7);
    await animationFrame();
    expect(".answer").toHaveText("7");
    expect(".refresh").not.toHaveAttribute("disabled");
});

test("an error stands beside what was known before, without a dialog, until it works again", async () => {
    await openPage();
    getNumber = () => {
        throw makeServerError({ type: "AccessError", message: "for OdooOps viewers" });
    };
    await pass(REFRESH_INTERVAL);
    expect(".error").toHaveText("for OdooOps viewers");
    expect(".answer").toHaveText("1");
    expect(".modal").toHaveCount(0);

    getNumber = () => asked;
    await pass(REFRESH_INTERVAL);
    expect(".error").toHaveText("");
    expect(".answer").toHaveText("3");
    expect.verifySteps(["get_number", "get_number", "get_number"]);
});

test("an Odoo that is gone is told in the words of the page", async () => {
    const gone = () => new Response("", { status: 502 });
    onRpc("/web/dataset/call_kw/res.partner/get_number", gone, { pure: true });
    await openPage();

    expect(".error").toHaveText("Nobody is there.");
});

test("an Odoo that does not answer is told, and asked again", async () => {
    getNumber = () => new Deferred();
    await openPage();
    await pass(ANSWER_LIMIT);
    expect(".error").toHaveText("Nobody is there.");
    expect(".refresh").not.toHaveAttribute("disabled");

    getNumber = () => asked;
    await pass(REFRESH_INTERVAL);
    expect(".error").toHaveText("");
    expect(".answer").toHaveText("2");
    expect.verifySteps(["get_number", "get_number"]);
});
