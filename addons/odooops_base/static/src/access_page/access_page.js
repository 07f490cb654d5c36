import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { normalizedMatch } from "@web/core/l10n/utils/normalize";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** What a role, or what stands for one, is called, and the colour of its badge. */
export const ROLES = {
    viewer: { label: _t("Viewer"), color: "secondary" },
    operator: { label: _t("Operator"), color: "warning" },
    auditor: { label: _t("Auditor"), color: "info" },
    admin: { label: _t("Administrator"), color: "danger" },
    everybody: { label: _t("Everybody"), color: "light" },
    records: { label: _t("As on records"), color: "light" },
    "": { label: _t("Nobody said"), color: "dark" },
};

/** The table of who may do what. */
export class AccessPage extends Component {
    static template = "odooops_base.AccessPage";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.operations = [
            ["read", _t("Read")],
            ["write", _t("Change")],
            ["create", _t("Create")],
            ["unlink", _t("Delete")],
        ];
        this.state = useState({ search: "" });
        onWillStart(async () => {
            this.table = await this.orm.call("odooops.access", "get_access_table");
        });
    }

    display(role) {
        return ROLES[role] || { label: role, color: "dark" };
    }

    get models() {
        return this.table.models.filter(({ model, title, operations, rules }) =>
            this.matches([model, title, ...rules, ...this.labels(Object.values(operations).flat())]),
        );
    }

    get methods() {
        return this.table.methods.filter(({ model, method, role, summary }) =>
            this.matches([`${model}.${method}`, summary, ...this.labels([role])]),
        );
    }

    get routes() {
        return this.table.routes.filter(({ path, auth, role }) =>
            this.matches([path, auth, ...this.labels([role])]),
        );
    }

    get isEmpty() {
        return !this.models.length && !this.methods.length && !this.routes.length;
    }

    labels(roles) {
        return roles.map((role) => String(this.display(role).label));
    }

    matches(texts) {
        const search = this.state.search.trim();
        return !search || normalizedMatch(texts.join(" "), search).match;
    }

    clearSearch() {
        this.state.search = "";
    }
}

registry.category("actions").add("odooops_base.access_page", AccessPage);
