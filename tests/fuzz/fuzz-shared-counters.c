/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any text as the answer of the server of shared counters, and as its URL: no crash, and what is
 * taken is within its bounds. */

#include "fuzz.h"
#include "meter/shared-call.h"
#include "policy/shared-url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) char *text = strndup((const char *) data, size);
        SharedReply reply;
        SharedUrl url;

        require(text != NULL, "there is memory");
        for (size_t count = 0; count <= _SUBJECT_KIND_MAX; count++) {
                if (shared_reply_read(text, count, &reply) < 0)
                        continue;
                for (size_t i = 0; i < count; i++)
                        for (size_t j = 0; j < _WINDOW_LENGTH_MAX; j++)
                                require(reply.used[i][j] <= INT64_MAX, "sums are bounded");
        }

        if (shared_url_from_text(text, &url, NULL) >= 0) {
                require(url.host[0] != 0 && url.port[0] != 0, "there is a place");
                require(strpbrk(url.host, " \t\r\n\"/@") == NULL, "hosts are plain");
                require(strpbrk(url.user, " \t\r\n\"/:@") == NULL, "users are plain");
        }
        return 0;
}
