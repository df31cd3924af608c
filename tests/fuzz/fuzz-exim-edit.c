/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any bytes as an Exim configuration. The first byte says which limits, the rest is the text.
 * Whatever it is: what an edit puts in, strip takes out to the byte; an edit of an edit is the edit
 * of the text; and a refusal names a line of the text.
 */

#include "exim/block.h"
#include "exim/edit.h"
#include "fuzz.h"

static MailLimits limits_of(uint8_t bits) {
        MailLimits limits = {};

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                limits.set[i] = i < 8 && bits & (1u << i);
                limits.value[i] = limits.set[i] ? 1000u + bits : 0;
        }

        return limits;
}

static void require_line(const char *text, size_t size, size_t line) {
        size_t lines = 1;

        for (size_t i = 0; i < size; i++)
                lines += text[i] == '\n';
        require(line >= 1 && line <= lines, "the line is one of the text");
}

static void check_edit(const EximStripped *plain, const EximSettings *settings) {
        CLEANUP(exim_stripped_done) EximStripped back = {};
        CLEANUP(freep) char *edited = NULL;
        CLEANUP(freep) char *again = NULL;
        size_t edited_size, again_size;
        EximEditPlace place = {};
        int r;

        r = exim_edit(plain->text, plain->size, settings, &edited, &edited_size, &place);
        require(r == 0 || r == EXIM_EDIT_E_DIRECTIVE, "text without marks can be damaged no more");
        if (r != 0) {
                require_line(plain->text, plain->size, place.line);
                return;
        }

        require(exim_strip(edited, edited_size, &back, &place) == 0, "strip knows what edit wrote");
        require(back.had_block == (settings->count > 0), "there is a block if something is set");
        require_same(back.text, back.size, plain->text, plain->size, "strip gives the text back");

        r = exim_edit(edited, edited_size, settings, &again, &again_size, &place);
        require(r == 0, "what was edited can be edited again");
        require_same(again, again_size, edited, edited_size, "editing twice is editing once");
}

static void check_show(const char *text, size_t size) {
        CLEANUP(text_done) Text shown = {};

        exim_blocks_show(&shown, text, size, text, size);
        require(shown.size <= size, "only what is there is shown");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(exim_stripped_done) EximStripped plain = {};
        EximEditPlace place = {};
        const char *text;
        int r;

        if (size == 0)
                return 0;
        text = (const char *) data + 1;
        size--;

        check_show(text, size);
        r = exim_strip(text, size, &plain, &place);
        if (r != 0) {
                require(r == EXIM_EDIT_E_DAMAGED, "the outcome is one of the header's");
                require_line(text, size, place.line);
                return 0;
        }

        const MailLimits limits = limits_of(data[0]);
        const EximSettings settings = exim_settings_of_limits(&limits);
        check_edit(&plain, &settings);
        return 0;
}
