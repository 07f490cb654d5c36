import { describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import "@odooops_base/setting_value/setting_value";

describe.current.tags("desktop");
defineMailModels();

const YES_NO = [
    ["true", "Yes"],
    ["false", "No"],
];
const SOURCES = ["environment", "record", "default"].map((source) => [source, source]);

class Setting extends models.Model {
    _name = "odooops.setting";
    name = fields.Char();
    value = fields.Char();
    default_value = fields.Char();
    source = fields.Selection({ selection: SOURCES });
    choices = fields.Json();
    is_pinned = fields.Boolean();

    _records = [
        { id: 1, name: "browser.enabled", value: "false", default_value: "false", source: "default" },
        { id: 2, name: "drift", value: "true", default_value: "true", source: "record" },
        {
            id: 3,
            name: "pinned",
            value: "true",
            default_value: "false",
            source: "environment",
            is_pinned: true,
        },
    ].map((record) => ({ ...record, choices: YES_NO }));
}
defineModels([Setting]);

/** Values are written in the order of the steps: what is sent is what the server is to store. */
async function openList(...records) {
    Setting._records.push(...records);
    onRpc("odooops.setting", "web_save", ({ args }) => {
        expect.step(args[1]);
    });
    await mountView({
        type: "list",
        resModel: "odooops.setting",
        arch: `<list editable="bottom">
            <field name="is_pinned" column_invisible="1" />
            <field name="name" readonly="1" />
            <field name="value" widget="odooops_setting_value" readonly="is_pinned" />
        </list>`,
    });
}

async function openMenu(row) {
    await click(`.o_data_row:eq(${row}) .o_data_cell[name=value]`);
    await animationFrame();
    await click(".o_data_row [name=value] .o_select_menu_toggler");
    await animationFrame();
}

async function choose(row, label) {
    await openMenu(row);
    await click(`.o_select_menu_item:contains(/^${label}$/)`);
    await animationFrame();
}

test("a yes or no is shown in words", async () => {
    await openList();
    expect(queryAllTexts(".o_data_cell[name=value]")).toEqual(["No", "Yes", "Yes"]);
});

test("what nobody has set is the default, and can be set to the same", async () => {
    await openList();
    await openMenu(0);
    expect(".o_select_menu_toggler").toHaveValue("Default (No)");
    expect(queryAllTexts(".o_select_menu_item")).toEqual(["Default (No)", "Yes", "No"]);
    await click(".o_select_menu_item:contains(/^No$/)");
    await animationFrame();
    expect(".o_select_menu_toggler").toHaveValue("No");
    await contains(".o_list_button_save").click();
    expect.verifySteps([{ value: "false" }]);
});

test("to choose the default is to set nothing", async () => {
    await openList();
    await choose(1, "Default \\(Yes\\)");
    expect(".o_select_menu_toggler").toHaveValue("Default (Yes)");
    await contains(".o_list_button_save").click();
    expect.verifySteps([{ value: false }]);
});

test("what is locked is no menu", async () => {
    await openList();
    await click(".o_data_row:eq(2) .o_data_cell[name=value]");
    await animationFrame();
    expect(".o_select_menu_toggler").toHaveCount(0);
    expect(".o_data_row:eq(2) [name=value]").toHaveText("Yes");
});

test("a setting of any other kind is typed", async () => {
    await openList({
        id: 4,
        name: "days",
        value: "90",
        default_value: "90",
        source: "default",
        choices: false,
    });
    expect(".o_data_row:eq(3) [name=value]").toHaveText("90");
    await contains(".o_data_row:eq(3) [name=value]").click();
    await contains(".o_data_row:eq(3) [name=value] input").click();
    await edit("30");
    await animationFrame();
    await contains(".o_list_button_save").click();
    expect.verifySteps([{ value: "30" }]);
});
