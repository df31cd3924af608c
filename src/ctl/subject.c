/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "ctl/subject.h"
#include "util/text.h"

char *subject_from_word(const char *word) {
        if (strchr(word, ':'))
                return strdup(word);

        return string_format(
                        "%s:%s",
                        strchr(word, '@')   ? "mailbox"
                        : strchr(word, '.') ? "domain"
                                            : "user",
                        word);
}

bool subject_is_message(const char *word) {
        static const char letters[] =
                        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        size_t first = strspn(word, letters);
        size_t second = word[first] == '-' ? strspn(word + first + 1, letters) : 0;
        const char *last = word + first + 1 + second;

        return first == 6 && (second == 6 || second == 11) && *last == '-' &&
               strspn(last + 1, letters) == (second == 6 ? 2 : 4) &&
               strlen(last + 1) == (second == 6 ? 2 : 4);
}
