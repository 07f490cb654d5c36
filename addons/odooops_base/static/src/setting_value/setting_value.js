import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { CharField } from "@web/views/fields/char/char_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What stands for "as the default says" in the menu. */
const UNSET = "";

/** The value of a setting: a menu where it has few values (yes or no, a list of words), else a text to type. */
export class SettingValueField extends Component {
    static template = "odooops_base.SettingValueField";
    static components = { CharField, SelectMenu };
    static props = { ...standardFieldProps };

    get choices() {
        return this.props.record.data.choices || [];
    }

    /** The default first: to choose it is to set nothing. */
    get options() {
        const value = this.label(this.props.record.data.default_value);
        return [
            { value: UNSET, label: _t("Default (%(value)s)", { value }) },
            ...this.choices.map(([value, label]) => ({ value, label })),
        ];
    }

    get text() {
        return this.label(this.props.record.data[this.props.name]);
    }

    /** What is chosen: the field holds what counts, also where that is the default and nobody chose it. */
    get chosen() {
        const { data, dirty } = this.props.record;
        return dirty || data.source === "record" ? data[this.props.name] || UNSET : UNSET;
    }

    label(value) {
        return this.choices.find(([choice]) => choice === value)?.[1] ?? value;
    }

    onSelect(value) {
        this.props.record.update({ [this.props.name]: value || false });
    }
}

export const settingValueField = {
    component: SettingValueField,
    displayName: _t("Value of a Setting"),
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "choices", type: "json" },
        { name: "default_value", type: "char" },
        { name: "source", type: "selection" },
    ],
};

registry.category("fields").add("odooops_setting_value", settingValueField);
