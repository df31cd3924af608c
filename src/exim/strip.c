/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/block.h"
#include "exim/edit.h"

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
