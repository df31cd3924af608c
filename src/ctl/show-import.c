/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

#define SUBJECTS_SHOWN_MAX 20 /* --json has all */

static void append_subjects(const json_t *subjects, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 2, .indent = 2 };
        size_t count = json_object_size(subjects), shown = 0;
        CLEANUP(freep) char *counted = show_count(count, "domain");
        const char *name;
        json_t *settings;

        if (count == 0)
                return;

        json_object_foreach((json_t *) subjects, name, settings) {
                CLEANUP(freep) char *changes = NULL;

                if (shown++ == SUBJECTS_SHOWN_MAX)
                        break;
                changes = show_changes(settings);
                table_add(&table, COLOR_BOLD, name);
                table_add(&table, COLOR_NONE, changes);
        }

        text_append_format(text, "\nLimits of their own, %s:\n", counted ?: "?");
        table_append_to(&table, style, text);
        if (count > SUBJECTS_SHOWN_MAX)
                text_append_format(text, "  and %zu more\n", count - SUBJECTS_SHOWN_MAX);
}

static void append_missing(const json_t *missing, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 2, .indent = 2 };
        const json_t *entry;
        size_t i;

        if (json_array_size(missing) == 0)
                return;

        text_append_string(text, "\nNot on this host, so left out:\n");
        json_array_foreach((json_t *) missing, i, entry) {
                table_add(&table, COLOR_NONE, show_string(entry, "Kind"));
                table_add(&table, COLOR_YELLOW, show_string(entry, "Name"));
        }
        table_append_to(&table, style, text);
}

static void append_remarks(const json_t *remarks, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 3, .indent = 2 };
        const json_t *remark;
        size_t i;

        if (json_array_size(remarks) == 0)
                return;

        text_append_string(text, "\nWithout an equal here:\n");
        json_array_foreach((json_t *) remarks, i, remark) {
                table_add(&table, COLOR_BOLD, show_string(remark, "Setting"));
                table_add(&table, COLOR_NONE, show_string(remark, "Value"));
                table_add(&table, COLOR_NONE, show_string(remark, "Text"));
        }
        table_append_to(&table, style, text);
}

void show_import(const json_t *import, const Style *style, Text *text) {
        const json_t *policy = json_object_get(import, "Policy");

        if (json_object_size(policy) > 0)
                show_policy(policy, style, text);
        else
                text_append_string(text, "Nothing in it has an equal here.\n");

        append_subjects(json_object_get(import, "Subjects"), style, text);
        append_missing(json_object_get(import, "Missing"), style, text);
        append_remarks(json_object_get(import, "Remarks"), style, text);
}
