/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "exim/part.h"
#include "exim/block.h"
#include "exim/includes.h"
#include "exim/lex.h"
#include "util/array.h"

void exim_part_done(EximPart *part) {
        exim_stripped_done(&part->stripped);
        free(part->hits);
        *part = (EximPart){};
}

static int append_hit(EximPart *part, const EximHit *hit) {
        int r = ARRAY_MAKE_ROOM(&part->hits, &part->hit_allocated, part->hit_count + 1);

        if (r < 0)
                return r;

        part->hits[part->hit_count++] = *hit;
        return 0;
}

static bool is_name(const char *wanted, const char *name, size_t size) {
        return wanted && strlen(wanted) == size && memcmp(wanted, name, size) == 0;
}

static const EximSetting *find_setting(const EximSettings *settings, const EximLogical *logical) {
        const char *name;
        size_t size;

        if (!exim_logical_option(logical, &name, &size))
                return NULL;

        for (size_t i = 0; i < settings->count; i++)
                if (is_name(settings->items[i].option, name, size) ||
                    (settings->take_macros && is_name(settings->items[i].macro, name, size)))
                        return &settings->items[i];

        return NULL;
}

/*
 * In a stretch where conditions decide what belongs together, a physical line inside a logical one
 * may be a setting of its own: one that looks so counts.
 */
static const EximSetting *find_inner_setting(
                const EximSettings *settings, const EximLogical *logical) {
        const char *end = logical->start + logical->size;

        for (const char *s = logical->start; s < end;) {
                EximLine line = exim_line_at(s, end);
                const EximLogical alone = { .text = line.content, .text_size = line.content_size };
                const EximSetting *setting = NULL;

                if (line.kind == EXIM_LINE_CONTENT)
                        setting = find_setting(settings, &alone);
                if (setting)
                        return setting;
                s += line.size;
        }

        return NULL;
}

/* Does more than plain lines belong to it? */
static bool is_entangled(const EximLogical *logical, const EximPartOptions *options) {
        return logical->has_directive || logical->ambiguous ||
               (logical->is_open && options->is_included);
}

/* Where the options are set in the main section, in order. */
static int find_hits(
                const EximSettings *settings,
                const EximPartOptions *options,
                EximPart *part,
                EximEditPlace *reterr_place) {
        CLEANUP(exim_lexer_done) EximLexer lexer = {};
        const char *limit = NULL;
        EximLogical logical;
        int r;

        if (options->main_ends)
                limit = exim_include_at(
                                part->stripped.text, part->stripped.size, options->last_include);
        exim_lexer_init(&lexer, part->stripped.text, part->stripped.size);

        while ((r = exim_lexer_next(&lexer, &logical)) > 0) {
                const EximSetting *setting;
                EximStand *stand;

                if (exim_logical_is_section(&logical) || (limit && logical.start > limit))
                        return 0;

                setting = find_setting(settings, &logical);
                if (!setting && logical.ambiguous)
                        setting = find_inner_setting(settings, &logical);
                if (!setting)
                        continue;

                if (is_entangled(&logical, options)) {
                        *reterr_place = (EximEditPlace){
                                .line = logical.number,
                                .option = setting->option,
                        };
                        return EXIM_EDIT_E_DIRECTIVE;
                }

                r = append_hit(part,
                               &(const EximHit){
                                               .start = logical.start,
                                               .size = logical.size,
                                               .setting = (size_t) (setting - settings->items),
                               });
                if (r < 0)
                        return r;

                stand = &part->stands[setting - settings->items];
                if (logical.depth == 0)
                        *stand = EXIM_STANDS_PLAIN;
                else if (*stand == EXIM_STANDS_NOWHERE)
                        *stand = EXIM_STANDS_IN_CONDITION;
        }

        return r;
}

int exim_part_read(
                const char *text,
                size_t size,
                const EximSettings *settings,
                const EximPartOptions *options,
                EximPart *ret,
                EximEditPlace *reterr_place) {
        CLEANUP(exim_part_done) EximPart part = { .is_new = !text };
        int r;

        r = exim_strip(text ?: "", text ? size : 0, &part.stripped, reterr_place);
        if (r == 0)
                r = find_hits(settings, options, &part, reterr_place);
        if (r != 0)
                return r;

        *ret = part;
        part = (EximPart){};
        return 0;
}

static void append_setting(Text *out, const EximSetting *setting, const char *newline) {
        exim_setting_append_line(setting, out);
        text_append_string(out, newline);
}

/* How lines end there. */
static const char *newline_of(const char *text, size_t size) {
        const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;

        return newline && newline > text && newline[-1] == '\r' ? "\r\n" : "\n";
}

static void append_added(
                Text *out,
                const EximPart *part,
                const EximSettings *settings,
                const EximPartPlan *plan) {
        const char *newline = newline_of(part->stripped.text, part->stripped.size);
        bool begun = false;
        size_t start = 0;

        for (size_t i = 0; i < settings->count; i++) {
                if (!plan->add[i])
                        continue;
                if (!begun)
                        exim_block_begin(
                                        out,
                                        part->is_new || part->stripped.was_made ? EXIM_BLOCK_MADE
                                                                                : EXIM_BLOCK_ADDED,
                                        newline,
                                        &start);
                begun = true;
                append_setting(out, &settings->items[i], newline);
        }

        if (begun)
                exim_block_end(out, start, newline);
}

static void append_changed(
                Text *out,
                const EximSettings *settings,
                const EximPartPlan *plan,
                const EximHit *hit) {
        const char *newline = newline_of(hit->start, hit->size);
        size_t start;

        exim_block_begin(out, EXIM_BLOCK_CHANGED, newline, &start);
        exim_block_keep(out, hit->start, hit->size, newline);
        if (plan->replace[hit->setting])
                append_setting(out, &settings->items[hit->setting], newline);
        exim_block_end(out, start, newline);
}

int exim_part_write(
                const EximPart *part,
                const EximSettings *settings,
                const EximPartPlan *plan,
                char **ret_text,
                size_t *ret_size) {
        const char *from = part->stripped.text, *end = from + part->stripped.size;
        CLEANUP(text_done) Text out = {};

        append_added(&out, part, settings, plan);

        for (size_t i = 0; i < part->hit_count; i++) {
                const EximHit *hit = &part->hits[i];

                text_append(&out, from, (size_t) (hit->start - from));
                append_changed(&out, settings, plan, hit);
                from = hit->start + hit->size;
        }
        text_append(&out, from, (size_t) (end - from));

        return text_finish(&out, ret_text, ret_size);
}

int exim_parts_plan(
                const EximPart parts[],
                size_t count,
                size_t setting,
                EximPartPlan plans[],
                size_t *reterr_part) {
        EximStand highest = EXIM_STANDS_NOWHERE;
        size_t owner = 0; /* the main file */

        for (size_t i = 0; i < count; i++) {
                EximStand stand = parts[i].stands[setting];

                if (stand == EXIM_STANDS_IN_CONDITION && highest == EXIM_STANDS_IN_CONDITION)
                        *reterr_part = i;
                if (stand > highest) {
                        highest = stand;
                        owner = i;
                        *reterr_part = i;
                }
        }

        if (highest == EXIM_STANDS_IN_CONDITION && *reterr_part != owner)
                return EXIM_EDIT_E_SCATTERED;

        for (size_t i = 0; i < count; i++) {
                plans[i].replace[setting] = highest == EXIM_STANDS_PLAIN;
                plans[i].add[setting] = highest != EXIM_STANDS_PLAIN && i == owner;
        }

        return 0;
}
