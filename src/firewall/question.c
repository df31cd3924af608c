/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <stdio.h>

#include "firewall/question.h"

/* clang-format off */

static const struct {
        const char *name;
        const char *type;
        const char *key;
        unsigned order; /* users before groups, and both kinds of a group's sockets alike */
} subjects[_QUESTION_SUBJECT_MAX] = {
        [QUESTION_GUARD_UID] = { "excepted_uids", "uid", "meta skuid", 0 },
        [QUESTION_GUARD_GID] = { "excepted_gids", "gid", "meta skgid", 1 },
        [QUESTION_UID]       = { "user",          "uid", "meta skuid", 2 },
        [QUESTION_MEMBER]    = { "member",        "uid", "meta skuid", 3 },
        [QUESTION_GID]       = { "group",         "gid", "meta skgid", 3 },
        [QUESTION_INTERFACE] = { "interface",     "ifname", "iifname", 2 },
        [QUESTION_EXEMPT_INTERFACE] = { "exempt_interfaces", "ifname", "iifname", 4 },
        [QUESTION_EXEMPT_NETWORK]   = { "exempt",            NULL,     NULL,      5 },
};

/* clang-format on */

static int order(uint64_t a, uint64_t b) {
        return a < b ? -1 : a > b;
}

bool question_is_guard(const Question *question) {
        return question->subject == QUESTION_GUARD_UID || question->subject == QUESTION_GUARD_GID;
}

static bool is_exempt(const Question *question) {
        return question->subject == QUESTION_EXEMPT_INTERFACE ||
               question->subject == QUESTION_EXEMPT_NETWORK;
}

bool question_is_forwarded(const Question *question) {
        return question->subject == QUESTION_INTERFACE || is_exempt(question);
}

bool question_compares_interface(const Question *question) {
        return question->subject == QUESTION_INTERFACE ||
               question->subject == QUESTION_EXEMPT_INTERFACE;
}

bool question_compares_number(const Question *question) {
        return !question_is_forwarded(question);
}

/* Small numbers first. What is below the verdict is the same exception written in other ways. */
static uint32_t rank(const Question *question) {
        uint32_t bits = 0;

        if (!question_is_guard(question))
                bits |= 1u << 20;
        if (is_exempt(question)) /* what holds for all comes behind each exception */
                bits |= 1u << 21;
        /* with a destination before any; of the two families only one can be meant */
        if (question->family == AF_UNSPEC)
                bits |= 1u << 19;
        if (question->family == AF_INET6)
                bits |= 1u << 18;
        bits |= (128u - question->prefix) << 10;
        bits |= subjects[question->subject].order << 7;
        bits |= (uint32_t) question->verdict << 5;
        bits |= (uint32_t) question->subject << 1;
        bits |= question->port ? 0 : 1;
        return bits;
}

int question_compare(const Question *a, const Question *b) {
        return order(rank(a), rank(b));
}

static const char *family_name(uint8_t family) {
        return family == AF_INET6 ? "ip6" : "ip";
}

void question_name(const Question *question, char ret[static QUESTION_NAME_MAX]) {
        const char *subject = subjects[question->subject].name;
        const char *port = question->port ? "_port" : "";
        const char *verdict = exception_verdict_to_string(question->verdict);

        if (question_is_guard(question))
                (void) snprintf(ret, QUESTION_NAME_MAX, "%s", subject);
        else if (question->subject == QUESTION_EXEMPT_INTERFACE)
                (void) snprintf(ret, QUESTION_NAME_MAX, "%s", subject);
        else if (question->subject == QUESTION_EXEMPT_NETWORK)
                (void) snprintf(ret,
                                QUESTION_NAME_MAX,
                                "%s_%s_%u",
                                subject,
                                family_name(question->family),
                                question->prefix);
        else if (question->family == AF_UNSPEC)
                (void) snprintf(ret, QUESTION_NAME_MAX, "%s_%s%s", verdict, subject, port);
        else
                (void) snprintf(ret,
                                QUESTION_NAME_MAX,
                                "%s_%s_%s_%u%s",
                                verdict,
                                subject,
                                family_name(question->family),
                                question->prefix,
                                port);
}

/* Of a prefix of length 0 only the family is compared, which is no part of the key. */
bool question_compares_address(const Question *question) {
        return question->family != AF_UNSPEC && question->prefix > 0;
}

void question_type(const Question *question, char ret[static QUESTION_TEXT_MAX]) {
        const char *subject = subjects[question->subject].type;
        const char *address = "";

        if (question_compares_address(question))
                address = question->family == AF_INET6 ? "ipv6_addr" : "ipv4_addr";
        (void) snprintf(ret,
                        QUESTION_TEXT_MAX,
                        "%s%s%s%s",
                        subject ?: "",
                        subject && *address ? " . " : "",
                        address,
                        question->port ? " . inet_service" : "");
}

/* " & 255.255.255.0"; empty where the whole address is compared. */
static void print_mask(const Question *question, char *ret, size_t size) {
        uint8_t mask[16] = {};
        char printed[INET6_ADDRSTRLEN] = "";

        ret[0] = 0;
        if (question->prefix == (question->family == AF_INET6 ? 128 : 32))
                return;

        for (unsigned i = 0; i < question->prefix; i++)
                mask[i / 8] |= (uint8_t) (0x80 >> i % 8);
        IGNORE_RESULT(inet_ntop(question->family, mask, printed, sizeof(printed))); /* has room */
        (void) snprintf(ret, size, " & %s", printed);
}

void question_match(const Question *question, bool original, char ret[static QUESTION_TEXT_MAX]) {
        const char *key = subjects[question->subject].key;
        const char *port = question->port ? " . tcp dport" : "";
        const char *family = family_name(question->family);
        char mask[INET6_ADDRSTRLEN + 4];
        char name[QUESTION_NAME_MAX];

        question_name(question, name);
        if (question_compares_address(question)) {
                print_mask(question, mask, sizeof(mask));
                (void) snprintf(ret,
                                QUESTION_TEXT_MAX,
                                "%s%s%s%s %s%s%s @%s",
                                key ?: "",
                                key ? " . " : "",
                                original ? "ct original " : "",
                                family,
                                key ? "daddr" : "saddr",
                                mask,
                                port,
                                name);
        } else {
                const char *protocol = question->family == AF_INET6 ? "meta nfproto ipv6 "
                                                                    : "meta nfproto ipv4 ";

                (void) snprintf(ret,
                                QUESTION_TEXT_MAX,
                                "%s%s%s @%s",
                                question->family == AF_UNSPEC ? "" : protocol,
                                key,
                                port,
                                name);
        }
}
