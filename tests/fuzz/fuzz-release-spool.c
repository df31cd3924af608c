/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as Exim's record of a message: what is taken as held has our variable in it. */

#include "fuzz.h"
#include "release/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char variable[] = "-aclm _smtp_restrictions_hold 1\n1\n";

        if (spool_says_held((const char *) data, size))
                require(memmem(data, size, variable, strlen(variable)) != NULL, "it is there");
        return 0;
}
