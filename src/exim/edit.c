/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/lex.h"
#include "exim/part.h"

int exim_edit(const char *text,
              size_t size,
              const EximSettings *settings,
              char **ret_text,
              size_t *ret_size,
              EximEditPlace *reterr_place) {
        CLEANUP(exim_part_done) EximPart part = {};
        EximPartPlan plan = {};
        size_t scattered;
        int r;

        assert(settings && ret_text && ret_size && reterr_place);

        r = exim_part_read(text, size, settings, &(EximPartOptions){}, &part, reterr_place);
        for (size_t i = 0; r == 0 && i < settings->count; i++)
                r = exim_parts_plan(&part, 1, i, &plan, &scattered);
        if (r != 0)
                return r;

        return exim_part_write(&part, settings, &plan, ret_text, ret_size);
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
