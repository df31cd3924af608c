/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/block.h"
#include "exim/edit.h"
#include "exim/lex.h"

void exim_stripped_done(EximStripped *stripped) {
        free(stripped->text);
        *stripped = (EximStripped){};
}

/* The next line that is one of our marks, or `end`. `start` is the start of a line. */
static const char *find_mark(const char *start, const char *end) {
        static const char name[] = " smtp-restrictions"; /* what both kinds share ... */
        static const ptrdiff_t offsets[] = { 5, 7 };     /* ... behind "# END" and "# BEGIN" */

        for (const char *s = start; s < end;) {
                const char *hit = memmem(s, (size_t) (end - s), name, sizeof(name) - 1);

                if (!hit)
                        return end;

                for (size_t i = 0; i < ELEMENTS_OF(offsets); i++) {
                        const char *line;

                        if (hit - start < offsets[i])
                                continue;
                        line = hit - offsets[i];
                        if ((line == start || line[-1] == '\n') &&
                            exim_block_is_mark(line, (size_t) (end - line)))
                                return line;
                }
                s = hit + 1;
        }

        return end;
}

static size_t line_number(const char *text, const char *at) {
        size_t number = 1;

        for (const char *s = text; (s = memchr(s, '\n', (size_t) (at - s))); s++)
                number++;

        return number;
}

int exim_strip(const char *text, size_t size, EximStripped *ret, EximEditPlace *reterr_place) {
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        CLEANUP(text_done) Text out = {};
        const char *end = text + size, *from = text;
        int r;

        while (from < end) {
                const char *mark = find_mark(from, end);
                EximBlock block;
                size_t before;

                text_append(&out, from, (size_t) (mark - from));
                if (mark == end)
                        break;

                r = exim_block_read(mark, end, &block);
                if (r < 0) {
                        *reterr_place = (EximEditPlace){ .line = line_number(text, mark) };
                        return EXIM_EDIT_E_DAMAGED;
                }

                from = mark + block.size;
                before = out.size;
                exim_block_restore(&out, &block, from == end);
                if (out.failed)
                        return -ENOMEM;

                /* We never keep a mark: with one in it the block is a forgery. */
                if (out.size > before &&
                    find_mark(out.data + before, out.data + out.size) < out.data + out.size) {
                        *reterr_place = (EximEditPlace){ .line = line_number(text, mark) };
                        return EXIM_EDIT_E_DAMAGED;
                }

                stripped.had_block = true;
                if (block.kind == EXIM_BLOCK_MADE)
                        stripped.was_made = true;
        }

        r = text_finish(&out, &stripped.text, &stripped.size);
        if (r < 0)
                return r;

        *ret = stripped;
        stripped = (EximStripped){};
        return 0;
}

/* One setting line of ours takes the place of this logical line. */
typedef struct Hit {
        const char *start;
        size_t size;
        const EximSetting *setting;
        unsigned depth;
} Hit;

typedef struct Hits {
        Hit *items; /* owned */
        size_t count;
        size_t allocated;
        bool in_place[_MAIL_LIMIT_MAX]; /* by setting: it is set outside of all conditions */
} Hits;

static void hits_done(Hits *hits) {
        free(hits->items);
        *hits = (Hits){};
}

static int hits_append(Hits *hits, const Hit *hit) {
        if (hits->count == hits->allocated) {
                size_t wanted = MAX_OF((size_t) 8, 2 * hits->allocated);
                Hit *items = reallocarray(hits->items, wanted, sizeof(Hit));

                if (!items)
                        return -ENOMEM;
                hits->items = items;
                hits->allocated = wanted;
        }

        hits->items[hits->count++] = *hit;
        return 0;
}

static const EximSetting *find_setting(const EximSettings *settings, const EximLogical *logical) {
        const char *name;
        size_t size;

        if (!exim_logical_option(logical, &name, &size))
                return NULL;

        for (size_t i = 0; i < settings->count; i++)
                if (strlen(settings->items[i].option) == size &&
                    memcmp(settings->items[i].option, name, size) == 0)
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

/* Where the options are set in the main section, in order. */
static int find_hits(
                const char *text,
                size_t size,
                const EximSettings *settings,
                Hits *hits,
                EximEditPlace *reterr_place) {
        CLEANUP(exim_lexer_done) EximLexer lexer = {};
        EximLogical logical;
        int r;

        exim_lexer_init(&lexer, text, size);

        while ((r = exim_lexer_next(&lexer, &logical)) > 0) {
                const EximSetting *setting;
                Hit hit;

                if (exim_logical_is_section(&logical))
                        return 0;

                setting = find_setting(settings, &logical);
                if (!setting && logical.ambiguous)
                        setting = find_inner_setting(settings, &logical);
                if (!setting)
                        continue;

                if (logical.has_directive || logical.ambiguous) {
                        *reterr_place = (EximEditPlace){
                                .line = logical.number,
                                .option = setting->option,
                        };
                        return EXIM_EDIT_E_DIRECTIVE;
                }

                hit = (Hit){
                        .start = logical.start,
                        .size = logical.size,
                        .setting = setting,
                        .depth = logical.depth,
                };
                r = hits_append(hits, &hit);
                if (r < 0)
                        return r;
                if (logical.depth == 0)
                        hits->in_place[setting - settings->items] = true;
        }

        return r;
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
                const EximSettings *settings,
                const Hits *hits,
                EximBlockKind kind,
                const char *newline) {
        bool begun = false;
        size_t start = 0;

        for (size_t i = 0; i < settings->count; i++) {
                if (hits->in_place[i])
                        continue;
                if (!begun)
                        exim_block_begin(out, kind, newline, &start);
                begun = true;
                append_setting(out, &settings->items[i], newline);
        }

        if (begun)
                exim_block_end(out, start, newline);
}

static void append_changed(
                Text *out, const EximSettings *settings, const Hits *hits, const Hit *hit) {
        const char *newline = newline_of(hit->start, hit->size);
        size_t start;

        exim_block_begin(out, EXIM_BLOCK_CHANGED, newline, &start);
        exim_block_keep(out, hit->start, hit->size, newline);
        if (hits->in_place[hit->setting - settings->items])
                append_setting(out, hit->setting, newline);
        exim_block_end(out, start, newline);
}

int exim_edit(const char *text,
              size_t size,
              const EximSettings *settings,
              char **ret_text,
              size_t *ret_size,
              EximEditPlace *reterr_place) {
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        CLEANUP(hits_done) Hits hits = {};
        CLEANUP(text_done) Text out = {};
        const char *from, *end;
        EximBlockKind kind;
        int r;

        assert(settings && ret_text && ret_size && reterr_place);

        r = exim_strip(text ?: "", text ? size : 0, &stripped, reterr_place);
        if (r != 0)
                return r;
        kind = !text || stripped.was_made ? EXIM_BLOCK_MADE : EXIM_BLOCK_ADDED;

        r = find_hits(stripped.text, stripped.size, settings, &hits, reterr_place);
        if (r != 0)
                return r;

        append_added(&out, settings, &hits, kind, newline_of(stripped.text, stripped.size));

        from = stripped.text;
        end = stripped.text + stripped.size;
        for (size_t i = 0; i < hits.count; i++) {
                const Hit *hit = &hits.items[i];

                text_append(&out, from, (size_t) (hit->start - from));
                append_changed(&out, settings, &hits, hit);
                from = hit->start + hit->size;
        }
        text_append(&out, from, (size_t) (end - from));

        return text_finish(&out, ret_text, ret_size);
}

int exim_find_option(const char *text, size_t size, const char *option, size_t *ret_line) {
        CLEANUP(exim_lexer_done) EximLexer lexer = {};
        EximLogical logical;
        int r;

        exim_lexer_init(&lexer, text, size);

        while ((r = exim_lexer_next(&lexer, &logical)) > 0) {
                const char *name;
                size_t name_size;

                if (exim_logical_is_section(&logical))
                        return -ENOENT;
                if (!exim_logical_option(&logical, &name, &name_size) ||
                    name_size != strlen(option) || memcmp(name, option, name_size) != 0)
                        continue;

                *ret_line = logical.number;
                return 0;
        }

        return r < 0 ? r : -ENOENT;
}
