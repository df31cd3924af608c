/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

/* Whether it is on and whether the kernel does it are two things, and both are said. */
static void add_restriction(Table *table, const json_t *status) {
        bool enabled = show_is_true(status, "Enabled"), active = show_is_true(status, "Active");
        const char *string;
        Color color;

        if (!enabled) {
                string = active ? "off, but there are rules in the kernel" : "off";
                color = active ? COLOR_YELLOW : COLOR_NONE;
        } else if (!active) {
                string = "on, but NOT in the kernel: nobody is kept from connecting";
                color = COLOR_RED;
        } else if (show_is_true(status, "Observe")) {
                string = "observing, in the kernel: all may connect, attempts are counted";
                color = COLOR_YELLOW;
        } else {
                string = "on, in the kernel";
                color = COLOR_GREEN;
        }

        table_add(table, COLOR_BOLD, "Restriction");
        table_add(table, color, string);
}

static void add_ports(Table *table, const json_t *ports) {
        CLEANUP(text_done) Text text = {};
        const char *port;
        json_t *verdict;

        json_object_foreach((json_t *) ports, port, verdict) text_append_format(
                        &text,
                        "%s%s %s",
                        text.size > 0 ? ", " : "",
                        port,
                        json_string_value(verdict) ?: "?");

        table->failed = table->failed || text.failed;
        table_add(table, COLOR_BOLD, "Ports");
        table_add(table, COLOR_NONE, text.data);
}

static void add_mtas(Table *table, const json_t *mtas) {
        json_t *mta;
        size_t i;

        json_array_foreach((json_t *) mtas, i, mta) {
                const char *version = show_string(mta, "Version");
                const json_t *listens = json_object_get(mta, "Listens");
                CLEANUP(freep) char *ports = show_value(listens);

                table->failed = table->failed || !ports;
                table_add(table, COLOR_BOLD, i == 0 ? "MTA" : "");
                table_add_format(
                                table,
                                COLOR_NONE,
                                "%s%s%s, %s%s",
                                show_string(mta, "Name") ?: "?",
                                version && *version ? " " : "",
                                version ?: "",
                                json_array_size(listens) > 0 ? "listens on " : "listens nowhere",
                                json_array_size(listens) > 0 ? ports : "");
        }
}

static void add_exim(Table *table, const json_t *status) {
        const char *layout = show_string(status, "EximLayout");
        const char *config = show_string(status, "EximConfig");

        if (!layout)
                return;

        table_add(table, COLOR_BOLD, "Exim");
        if (string_equal(layout, "none"))
                table_add(table, COLOR_NONE, "none: mail limits cannot be set");
        else
                table_add_format(
                                table,
                                COLOR_NONE,
                                "%s%s%s",
                                layout,
                                config && *config ? ", " : "",
                                config ?: "");
}

static void add_limits(Table *table, const json_t *limits) {
        CLEANUP(text_done) Text text = {};
        const char *key;
        json_t *value;

        if (!json_is_object(limits))
                return;

        json_object_foreach((json_t *) limits, key, value) {
                CLEANUP(freep) char *string = show_value(value);

                text_append_format(&text, "%s%s %s", text.size > 0 ? ", " : "", key, string ?: "?");
        }

        table->failed = table->failed || text.failed;
        table_add(table, COLOR_BOLD, "Mail limits");
        table_add(table, COLOR_NONE, text.data ?: "none of ours");
}

static void add_counters(Table *table, const json_t *status) {
        if (!json_object_get(status, "Rejected"))
                return;

        table_add(table, COLOR_BOLD, "Attempts");
        table_add_format(
                        table,
                        COLOR_NONE,
                        "%lld rejected, %lld redirected, %lld observed",
                        show_number(status, "Rejected"),
                        show_number(status, "Redirected"),
                        show_number(status, "Observed"));
}

static void add_last_change(Table *table, const json_t *change) {
        const char *user = show_string(change, "User");
        const char *outcome = show_string(change, "Outcome");
        CLEANUP(freep) char *time = NULL;

        if (show_number(change, "When") <= 0)
                return;

        time = show_time(show_number(change, "When"));
        table->failed = table->failed || !time;

        table_add(table, COLOR_BOLD, "Last change");
        table_add_format(
                        table,
                        COLOR_NONE,
                        "%s, %s by %s (uid %lld): %s",
                        time ?: "",
                        show_string(change, "Action") ?: "?",
                        user && *user ? user : "?",
                        show_number(change, "Uid"),
                        outcome && *outcome ? outcome : "?");
}

/* Everybody is told until when; the rest is for who may inspect. */
static void add_trial(Table *table, const json_t *status) {
        const json_t *trial = json_object_get(status, "Try");
        const char *id = show_string(trial, "Id"), *user = show_string(trial, "User");
        CLEANUP(freep) char *left = NULL, *time = NULL, *changes = NULL;
        long long deadline = show_number(status, "TryDeadline");

        if (deadline == 0)
                return;

        left = show_left(deadline);
        time = show_time(deadline);
        changes = show_changes(json_object_get(trial, "Changes"));
        table->failed = table->failed || !left || !time || !changes;

        table_add(table, COLOR_BOLD, "On trial");
        table_add_format(
                        table,
                        COLOR_YELLOW,
                        "taken back in %s, at %s, unless confirmed",
                        left ?: "?",
                        time ?: "?");
        if (!id)
                return;

        table_add(table, COLOR_BOLD, "");
        table_add_format(
                        table,
                        COLOR_NONE,
                        "%s by %s (smtp-restrictionsctl confirm %s)",
                        changes ?: "?",
                        user && *user ? user : "?",
                        id);
}

static void add_health(Table *table, const json_t *status) {
        const char *health = show_string(status, "Health") ?: "?";
        size_t problems = (size_t) show_number(status, "ProblemCount");
        CLEANUP(freep) char *count = show_count(problems, "problem");
        Color color = string_equal(health, "ok")       ? COLOR_GREEN
                      : string_equal(health, "failed") ? COLOR_RED
                                                       : COLOR_YELLOW;

        table->failed = table->failed || !count;
        table_add(table, COLOR_BOLD, "Health");
        table_add_format(
                        table,
                        color,
                        "%s%s%s%s",
                        health,
                        problems > 0 ? ", " : "",
                        problems > 0 && count ? count : "",
                        show_is_true(status, "Busy") ? "; a change is being carried out" : "");
}

void show_status(const json_t *status, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 2 }, note = { .columns = 1 };
        const json_t *problems = json_object_get(status, "Problems");

        add_restriction(&table, status);
        add_ports(&table, json_object_get(status, "PortVerdicts"));
        if (json_object_get(status, "AllowedCount")) {
                table_add(&table, COLOR_BOLD, "Allowed");
                table_add_format(
                                &table,
                                COLOR_NONE,
                                "%lld users (smtp-restrictionsctl allowed)",
                                show_number(status, "AllowedCount"));
        }
        add_mtas(&table, json_object_get(status, "Mtas"));
        add_exim(&table, status);
        add_limits(&table, json_object_get(status, "MailLimits"));
        add_counters(&table, status);
        add_trial(&table, status);
        add_last_change(&table, json_object_get(status, "LastChange"));
        add_health(&table, status);
        table_append_to(&table, style, text);

        if (json_array_size(problems) > 0) {
                text_append_string(text, "\n");
                show_problems(problems, style, text);
        }

        if (!show_is_true(status, "Complete")) {
                text_append_string(text, "\n");
                table_add(&note,
                          COLOR_NONE,
                          "This is what everybody may see. Root, and who is authorized to inspect, "
                          "sees more.");
                table_append_to(&note, style, text);
        }
}
