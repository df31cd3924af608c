/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "util/message-id.h"

static bool is_digit_of_62(char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The two forms, six digits, six, two; and six, eleven, four. */
static bool has_form(const char *id, size_t size, size_t middle, size_t last) {
        if (size != 6 + 1 + middle + 1 + last)
                return false;

        for (size_t i = 0; i < size; i++) {
                bool is_dash = i == 6 || i == 7 + middle;

                if (is_dash ? id[i] != '-' : !is_digit_of_62(id[i]))
                        return false;
        }

        return true;
}

bool message_id_is_valid(const char *id, size_t size) {
        return has_form(id, size, 6, 2) || has_form(id, size, 11, 4);
}
