/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any text as a subject, and any name as one of a mailbox: what is taken is in its bounds and comes
 * back the same. */

#include "fuzz.h"
#include "meter/subject-text.h"
#include "util/text.h"
#include "util/utf8.h"

static void comes_back(SubjectKind kind, const char *name) {
        CLEANUP(freep) char *text = subject_to_text(kind, name, NULL);
        CLEANUP(freep) char *valid = text ? utf8_make_valid(text) : NULL;
        CLEANUP(failure_done) Failure failure = {};
        Subject again;

        if (!valid)
                return;
        require(string_equal(text, valid), "the text is UTF-8");
        require(subject_from_text(text, NULL, &again, &failure) == 0, "it is read again");
        require(again.kind == kind && string_equal(again.name, name), "it is the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(failure_done) Failure failure = {};
        char text[2 * SUBJECT_NAME_SIZE];
        Subject subject;

        if (size >= sizeof(text))
                return 0;
        memcpy(text, data, size);
        text[size] = 0;

        if (subject_from_text(text, NULL, &subject, &failure) < 0) {
                require(failure_is_set(&failure), "a refusal has a cause");
                return 0;
        }

        require(subject.name[0] && strlen(subject.name) <= SUBJECT_NAME_MAX, "names are bounded");
        comes_back(subject.kind, subject.name);
        return 0;
}
