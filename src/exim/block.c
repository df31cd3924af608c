/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>

#include "exim/block.h"

#define MARK_BEGIN   "# BEGIN smtp-restrictions"
#define MARK_END     "# END smtp-restrictions"
#define PREFIX_LINE  "#= "
#define PREFIX_NO_NL "#~ "
#define CHECKSUM_LEN 8

static const char *const begin_lines[_EXIM_BLOCK_KIND_MAX] = {
        [EXIM_BLOCK_CHANGED] =
                        MARK_BEGIN ": changed by smtp-restrictionsctl(1), see there before editing",
        [EXIM_BLOCK_ADDED] =
                        MARK_BEGIN ": added by smtp-restrictionsctl(1), see there before editing",
        [EXIM_BLOCK_MADE] = MARK_BEGIN
        ": file made by smtp-restrictionsctl(1), see there before editing",
};

static bool has_prefix(const char *line, size_t size, const char *prefix) {
        size_t prefix_size = strlen(prefix);

        return size >= prefix_size && memcmp(line, prefix, prefix_size) == 0;
}

bool exim_block_is_mark(const char *line, size_t size) {
        return has_prefix(line, size, MARK_BEGIN) || has_prefix(line, size, MARK_END);
}

/* FNV-1a. Against accidents and honest editors; who forges it could edit the file outright. */
static uint32_t checksum(const char *data, size_t size) {
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < size; i++) {
                hash ^= (uint8_t) data[i];
                hash *= 16777619u;
        }

        return hash;
}

static size_t line_size(const char *start, const char *end) {
        const char *newline = memchr(start, '\n', (size_t) (end - start));

        return (size_t) ((newline ? newline + 1 : end) - start);
}

/* Without newline or carriage return and newline. */
static size_t bare_size(const char *line, size_t size) {
        if (size > 0 && line[size - 1] == '\n') {
                size--;
                if (size > 0 && line[size - 1] == '\r')
                        size--;
        }

        return size;
}

void exim_block_begin(Text *text, EximBlockKind kind, const char *newline, size_t *ret_start) {
        *ret_start = text->size;
        text_append_string(text, begin_lines[kind]);
        text_append_string(text, newline);
}

void exim_block_keep(Text *text, const char *lines, size_t size, const char *newline) {
        const char *end = lines + size;

        while (lines < end) {
                size_t n = line_size(lines, end);
                bool whole = lines[n - 1] == '\n';

                text_append_string(text, whole ? PREFIX_LINE : PREFIX_NO_NL);
                text_append(text, lines, n);
                if (!whole)
                        text_append_string(text, newline);
                lines += n;
        }
}

void exim_block_end(Text *text, size_t start, const char *newline) {
        if (text->failed)
                return;

        text_append_format(
                        text,
                        MARK_END " %08x%s",
                        checksum(text->data + start, text->size - start),
                        newline);
}

static int kind_of(const char *line, size_t size, EximBlockKind *ret) {
        for (EximBlockKind i = 0; i < _EXIM_BLOCK_KIND_MAX; i++)
                if (size == strlen(begin_lines[i]) && memcmp(line, begin_lines[i], size) == 0) {
                        *ret = i;
                        return 0;
                }

        return -EBADMSG;
}

int exim_block_read(const char *start, const char *end, EximBlock *ret) {
        EximBlock block = {};
        const char *line = start;
        char wanted[sizeof(MARK_END) + 1 + CHECKSUM_LEN];
        size_t n = line_size(line, end), bare;

        bare = bare_size(line, n);
        if (kind_of(line, bare, &block.kind) < 0)
                return -EBADMSG;
        block.newline_size = n - bare;
        line += n;
        block.inside = line;

        while (line < end && !exim_block_is_mark(line, (size_t) (end - line)))
                line += line_size(line, end);
        if (line == end)
                return -EBADMSG;
        block.inside_size = (size_t) (line - block.inside);

        (void) snprintf(wanted,
                        sizeof(wanted),
                        MARK_END " %08x",
                        checksum(start, (size_t) (line - start)));
        n = line_size(line, end);
        bare = bare_size(line, n);
        if (bare != strlen(wanted) || memcmp(line, wanted, bare) != 0)
                return -EBADMSG;

        block.size = (size_t) (line + n - start);
        *ret = block;
        return 0;
}

/* Is the line one of the text's? */
static bool has_line(const char *text, size_t size, const char *line, size_t n) {
        const char *end;

        if (!text)
                return false;

        end = text + size;
        for (const char *p = text; p < end; p += line_size(p, end))
                if (line_size(p, end) == n && memcmp(p, line, n) == 0)
                        return true;

        return false;
}

/* Where a block that begins at `start` ends: behind its END, or where that is missing behind the
 * last line that is known. */
static const char *end_of_block(
                const char *start, const char *end, const char *known, size_t known_size) {
        const char *line = start + line_size(start, end);
        const char *first = line;

        while (line < end && !exim_block_is_mark(line, (size_t) (end - line)))
                line += line_size(line, end);
        if (line < end && has_prefix(line, (size_t) (end - line), MARK_END))
                return line + line_size(line, end);

        for (line = first; line < end; line += line_size(line, end))
                if (exim_block_is_mark(line, (size_t) (end - line)) ||
                    !has_line(known, known_size, line, line_size(line, end)))
                        break;
        return line;
}

void exim_blocks_show(
                Text *shown, const char *text, size_t size, const char *known, size_t known_size) {
        const char *end = text + size;

        for (const char *line = text; line < end;) {
                const char *next = line + line_size(line, end);

                if (exim_block_is_mark(line, (size_t) (end - line))) {
                        if (has_prefix(line, (size_t) (end - line), MARK_BEGIN))
                                next = end_of_block(line, end, known, known_size);
                        text_append(shown, line, (size_t) (next - line));
                }
                line = next;
        }
}

void exim_block_restore(Text *text, const EximBlock *block, bool is_last) {
        const char *line = block->inside, *end = line + block->inside_size;

        while (line < end) {
                size_t n = line_size(line, end);

                if (has_prefix(line, n, PREFIX_LINE))
                        text_append(text, line + strlen(PREFIX_LINE), n - strlen(PREFIX_LINE));
                else if (has_prefix(line, n, PREFIX_NO_NL)) {
                        /* the newline is ours; where lines were added behind the block meanwhile,
                         * it has to stay */
                        size_t kept = is_last ? n - block->newline_size : n;

                        text_append(text, line + strlen(PREFIX_NO_NL), kept - strlen(PREFIX_NO_NL));
                }
                line += n;
        }
}
