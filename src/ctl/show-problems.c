/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

static Color severity_color(const char *severity) {
        if (string_equal(severity, "error"))
                return COLOR_RED;
        if (string_equal(severity, "warning"))
                return COLOR_YELLOW;

        return COLOR_NONE;
}

static void append_problem(const json_t *problem, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 1, .indent = 2 };
        const char *severity = show_string(problem, "Severity");
        const char *hint = show_string(problem, "Hint");
        long long since = show_number(problem, "Since");
        CLEANUP(freep) char *time = since > 0 ? show_time(since) : NULL;

        paint_append(text, style, severity_color(severity), severity ? severity : "problem");
        text_append_string(text, " ");
        paint_append(text, style, COLOR_BOLD, show_string(problem, "Id") ?: "");
        if (time)
                text_append_format(text, ", since %s", time);
        text_append_string(text, "\n");

        if (show_string(problem, "Text"))
                table_add(&table, COLOR_NONE, show_string(problem, "Text"));
        if (hint && *hint)
                table_add_format(&table, COLOR_NONE, "What to do: %s", hint);
        table_append_to(&table, style, text);
}

void show_problems(const json_t *problems, const Style *style, Text *text) {
        json_t *problem;
        size_t i;

        json_array_foreach((json_t *) problems, i, problem) append_problem(problem, style, text);
}
