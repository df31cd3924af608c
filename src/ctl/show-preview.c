/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

/* Names in the question before `enable`; more are a number. */
#define NAMES_SHOWN_MAX 8

static const char *user_of(const json_t *connection, char *buffer, size_t size) {
        const char *user = show_string(connection, "User");

        if (user && *user)
                return user;

        (void) snprintf(buffer, size, "uid %lld", show_number(connection, "Uid"));
        return buffer;
}

/* Connections of each user, in the order in which they come. */
static json_t *count_by_user(const json_t *affected) {
        CLEANUP(json_decrefp) json_t *counts = json_object();
        json_t *connection;
        size_t i;

        json_array_foreach((json_t *) affected, i, connection) {
                char buffer[32];
                const char *user = user_of(connection, buffer, sizeof buffer);
                long long count = show_number(counts, user) + 1;

                if (json_object_set_new(counts, user, json_integer(count)) < 0)
                        return NULL;
        }

        return TAKE(counts);
}

void show_cut(const json_t *affected, const Style *style, Text *text) {
        CLEANUP(json_decrefp) json_t *counts = count_by_user(affected);
        size_t connections = json_array_size(affected), shown = 0;
        CLEANUP(freep) char *of_connections = show_count(connections, "open connection");
        CLEANUP(freep) char *of_users = show_count(json_object_size(counts), "user");
        const char *user;
        json_t *count;

        if (!counts || !of_connections || !of_users) {
                text->failed = true;
                return;
        }
        if (connections == 0) {
                text_append_string(text, "No open connection would be cut.");
                return;
        }

        text_append_format(text, "%s of %s would be cut:", of_connections, of_users);
        json_object_foreach(counts, user, count) {
                if (shown == NAMES_SHOWN_MAX) {
                        text_append_string(text, ", ...");
                        return;
                }
                text_append_string(text, shown++ > 0 ? ", " : " ");
                paint_append(text, style, COLOR_NONE, user);
                text_append_format(text, " (%lld)", (long long) json_integer_value(count));
        }
        text_append_string(text, ".");
}

static Color diff_color(const char *line) {
        if (string_after_prefix(line, "+++") || string_after_prefix(line, "---"))
                return COLOR_BOLD;
        if (line[0] == '+')
                return COLOR_GREEN;
        if (line[0] == '-')
                return COLOR_RED;

        return COLOR_NONE;
}

static void append_diff(const char *diff, const Style *style, Text *text) {
        while (*diff) {
                size_t size = strcspn(diff, "\n");
                CLEANUP(freep) char *line = strndup(diff, size);

                if (!line) {
                        text->failed = true;
                        return;
                }

                paint_append_lines(text, style, diff_color(line), size > 0 ? line : "\n");
                diff += size + (diff[size] == '\n');
        }
}

static void append_heading(Text *text, const Style *style, const char *heading) {
        if (text->size > 0)
                text_append_string(text, "\n");
        paint_append(text, style, COLOR_BOLD, heading);
        text_append_string(text, "\n");
}

static void append_files(const json_t *files, const Style *style, Text *text) {
        json_t *file;
        size_t i;

        if (json_array_size(files) == 0) {
                text_append_string(text, "No file changes.\n");
                return;
        }

        json_array_foreach((json_t *) files, i, file) {
                const char *path = json_string_value(json_array_get(file, 0));
                const char *diff = json_string_value(json_array_get(file, 1));

                /* a unified diff names its file itself */
                if (path && diff && !string_after_prefix(diff, "--- "))
                        paint_append_lines(text, style, COLOR_BOLD, path);
                if (diff)
                        append_diff(diff, style, text);
        }
}

static void append_connections(const json_t *affected, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 4, .numbers = 1 };
        json_t *connection;
        size_t i;

        show_cut(affected, style, text);
        text_append_string(text, "\n");
        if (json_array_size(affected) == 0)
                return;

        table_add(&table, COLOR_BOLD, "UID");
        table_add(&table, COLOR_BOLD, "USER");
        table_add(&table, COLOR_BOLD, "ADDRESS");
        table_add(&table, COLOR_BOLD, "PORT");
        json_array_foreach((json_t *) affected, i, connection) {
                table_add_format(&table, COLOR_NONE, "%lld", show_number(connection, "Uid"));
                table_add(&table, COLOR_NONE, show_string(connection, "User"));
                table_add(&table, COLOR_NONE, show_string(connection, "Address"));
                table_add_format(&table, COLOR_NONE, "%lld", show_number(connection, "Port"));
        }
        table_append_to(&table, style, text);
}

void show_preview(const json_t *preview, const Style *style, Text *text) {
        const json_t *problems = json_object_get(preview, "Problems");
        const char *ruleset = show_string(preview, "Ruleset");

        append_heading(text, style, "Firewall rules");
        if (ruleset && *ruleset)
                paint_append_lines(text, style, COLOR_NONE, ruleset);
        else
                text_append_string(text, "None.\n");

        append_heading(text, style, "Files");
        append_files(json_object_get(preview, "Files"), style, text);

        append_heading(text, style, "Open connections");
        append_connections(json_object_get(preview, "Affected"), style, text);

        if (json_array_size(problems) > 0) {
                append_heading(text, style, "Problems");
                show_problems(problems, style, text);
        }
}
