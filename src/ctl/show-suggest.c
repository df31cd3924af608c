/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

#define SHOWN_MAX 10 /* of each limit; --json has more */

#define SHORT_DAYS 3 /* below that most of who sends now and then is missing */

static void add_limits(Table *table, const json_t *limits) {
        const json_t *limit;
        size_t i;

        table_add(table, COLOR_BOLD, "LIMIT");
        table_add(table, COLOR_BOLD, "SUGGESTED");
        table_add(table, COLOR_BOLD, "SENDERS");
        table_add(table, COLOR_BOLD, "ABOVE");
        json_array_foreach((json_t *) limits, i, limit) {
                table_add(table, COLOR_NONE, show_string(limit, "Key"));
                table_add_format(table, COLOR_NONE, "%lld", show_number(limit, "Suggested"));
                table_add_format(table, COLOR_NONE, "%lld", show_number(limit, "Senders"));
                table_add_format(table, COLOR_NONE, "%lld", show_number(limit, "AboveCount"));
        }
}

static void add_peak(Table *table, const char *key, const json_t *peak) {
        CLEANUP(freep) char *from = show_time(show_number(peak, "From"));

        table_add(table, COLOR_NONE, key);
        table_add(table, COLOR_NONE, show_string(peak, "Name"));
        table_add_format(table, COLOR_NONE, "%lld", show_number(peak, "Recipients"));
        table_add(table, COLOR_NONE, from);
}

/* Return: whether there is anybody. */
static bool add_above(Table *table, const json_t *limits) {
        const json_t *limit, *peak;
        bool found = false;
        size_t i, j;

        table_add(table, COLOR_BOLD, "LIMIT");
        table_add(table, COLOR_BOLD, "WHO");
        table_add(table, COLOR_BOLD, "RECIPIENTS");
        table_add(table, COLOR_BOLD, "FROM");
        json_array_foreach((json_t *) limits, i, limit) {
                json_array_foreach(json_object_get(limit, "Above"), j, peak) {
                        if (j == SHOWN_MAX)
                                break;
                        add_peak(table, show_string(limit, "Key"), peak);
                        found = true;
                }
        }

        return found;
}

static void append_command(Text *text, const json_t *limits) {
        const json_t *limit;
        size_t i;

        text_append_string(text, "\nsmtp-restrictionsctl limits set");
        json_array_foreach((json_t *) limits, i, limit) {
                text_append_format(
                                text,
                                " \\\n        %s=%lld",
                                show_string(limit, "Key") ?: "?",
                                show_number(limit, "Suggested"));
        }
        text_append_string(text, "\n");
}

static void append_shortness(Text *text, const json_t *suggestion) {
        long long usec = show_number(suggestion, "To") - show_number(suggestion, "From");

        if (usec >= SHORT_DAYS * 86400LL * (long long) USEC_PER_SEC)
                return;

        text_append_format(
                        text,
                        "That is less than %d days: the limits may be too low. With older files, "
                        "too:\n"
                        "zcat -f $(ls -tr /var/log/exim4/mainlog*) | smtp-restrictionsctl limits "
                        "suggest -\n",
                        SHORT_DAYS);
}

void show_suggestion(const json_t *suggestion, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 4, .numbers = 1 << 1 | 1 << 2 | 1 << 3 };
        CLEANUP(table_done) Table above = { .columns = 4, .numbers = 1 << 2, .indent = 2 };
        CLEANUP(freep) char *from = show_time(show_number(suggestion, "From"));
        CLEANUP(freep) char *to = show_time(show_number(suggestion, "To"));
        const json_t *limits = json_object_get(suggestion, "Limits");

        text_append_format(
                        text,
                        "Exim's log from %s to %s: %lld messages from here to %lld recipients.\n",
                        from ?: "?",
                        to ?: "?",
                        show_number(suggestion, "Messages"),
                        show_number(suggestion, "Recipients"));
        append_shortness(text, suggestion);
        if (json_array_size(limits) == 0)
                return;

        text_append_string(text, "99 of 100 senders were never above:\n\n");
        add_limits(&table, limits);
        table_append_to(&table, style, text);
        if (add_above(&above, limits)) {
                text_append_string(text, "\nWho would have been hit:\n");
                table_append_to(&above, style, text);
        }
        append_command(text, limits);
}
