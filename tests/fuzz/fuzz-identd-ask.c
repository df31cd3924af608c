/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as a question to smtp-restrictions-identd: no crash, and what is taken is a whole one.
 */

#include "fuzz.h"
#include "identd/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        TcpConnection connection;

        if (ask_parse((const char *) data, size, &connection) < 0)
                return 0;

        require(size < ASK_LINE_MAX, "it fits");
        require(connection.family == AF_INET || connection.family == AF_INET6, "it has a family");
        require(connection.source_port > 0 && connection.destination_port > 0, "it has ports");
        return 0;
}
