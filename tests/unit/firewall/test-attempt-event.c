/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <glib.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "firewall/attempt-event.h"

#define MESSAGE_SIZE 1024

/* A message as the kernel makes it; what a test leaves out is NULL or 0. */
typedef struct Message {
        const char *prefix;
        bool uid;
        const uint8_t *packet;
        size_t size;
} Message;

static const uint8_t v4[] = {
        0x45, 0, 0,   60, 0,   0,  0x40, 0,    64,   6,    0, 0, 203, 0,
        113,  1, 203, 0,  113, 25, 0x9c, 0x40, 0x02, 0x4b, 0, 0, 0,   0,
};

static const uint8_t v4_with_options[] = {
        0x46, 0, 0,   64, 0,   0,  0x40, 0, 64, 6, 0,    0,    203, 0,
        113,  1, 203, 0,  113, 25, 1,    1, 1,  0, 0x9c, 0x40, 0,   25,
};

#define V6_HEADER_BYTES(next)                                                                      \
        0x60, 0, 0, 0, 0, 40, next, 64, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,   \
                        0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x25

static const uint8_t v6[] = { V6_HEADER_BYTES(6), 0x9c, 0x40, 0, 25 };
static const uint8_t v6_with_extensions[] = {
        V6_HEADER_BYTES(0), 60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0, 0x9c, 0x40, 0, 25,
};
static const uint8_t v6_with_endless_extensions[] = {
        V6_HEADER_BYTES(0),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        6,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        25,
        0,
        25,
};
static const uint8_t v6_with_a_long_extension[] = {
        V6_HEADER_BYTES(60), 6, 255, 1, 4, 0, 0, 0, 0, 0x9c, 0x40, 0, 25,
};

static bool decode(const Message *message, AttemptEvent *ret) {
        _Alignas(struct nlmsghdr) char buffer[MESSAGE_SIZE] = {};
        struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

        header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
        mnl_nlmsg_put_extra_header(header, sizeof(struct nfgenmsg));
        if (message->prefix)
                mnl_attr_put_strz(header, NFULA_PREFIX, message->prefix);
        if (message->uid)
                mnl_attr_put_u32(header, NFULA_UID, htonl(1000));
        if (message->packet)
                mnl_attr_put(header, NFULA_PAYLOAD, message->size, message->packet);
        return attempt_event_decode(header, ret);
}

static void assert_decodes(
                const uint8_t *packet,
                size_t size,
                const char *verdict,
                const char *address,
                uint16_t port) {
        g_autofree char *prefix = g_strdup_printf("smtp-restrictions: %s", verdict);
        AttemptEvent event;
        char text[INET6_ADDRSTRLEN];

        g_assert_true(decode(&(Message){ prefix, true, packet, size }, &event));
        g_assert_cmpuint(event.uid, ==, 1000);
        g_assert_cmpstr(attempt_set_verdict(event.set), ==, verdict);
        inet_ntop(attempt_set_is_v6(event.set) ? AF_INET6 : AF_INET,
                  event.address,
                  text,
                  sizeof(text));
        g_assert_cmpstr(text, ==, address);
        g_assert_cmpuint(event.port, ==, port);
}

static void test_both_families_are_decoded(void) {
        assert_decodes(v4, sizeof(v4), "reject", "203.0.113.25", 587);
        assert_decodes(v4_with_options, sizeof(v4_with_options), "redirect", "203.0.113.25", 25);
        assert_decodes(v6, sizeof(v6), "observe", "2001:db8::25", 25);
        assert_decodes(v6_with_extensions,
                       sizeof(v6_with_extensions),
                       "reject",
                       "2001:db8::25",
                       25);
}

static void assert_refused(const Message *message) {
        AttemptEvent event;

        g_assert_false(decode(message, &event));
}

static void test_what_is_not_ours_is_not_taken(void) {
        assert_refused(&(Message){ NULL, true, v4, sizeof(v4) });
        assert_refused(&(Message){ "dropped: reject", true, v4, sizeof(v4) });
        assert_refused(&(Message){ "smtp-restrictions: drop", true, v4, sizeof(v4) });
        assert_refused(&(Message){ "smtp-restrictions: reject", false, v4, sizeof(v4) });
        assert_refused(&(Message){ "smtp-restrictions: reject", true, NULL, 0 });
}

static void test_no_packet_is_read_beyond_its_end(void) {
        const char *prefix = "smtp-restrictions: reject";

        for (size_t size = 0; size < 24; size++)
                assert_refused(&(Message){ prefix, true, v4, size });
        for (size_t size = 0; size < sizeof(v6); size++)
                assert_refused(&(Message){ prefix, true, v6, size });
        for (size_t size = 0; size < sizeof(v6_with_extensions); size++)
                assert_refused(&(Message){ prefix, true, v6_with_extensions, size });
}

static void test_strange_packets_are_refused(void) {
        const char *prefix = "smtp-restrictions: reject";
        uint8_t packet[sizeof(v4)];

        memcpy(packet, v4, sizeof(v4));
        packet[9] = 17; /* UDP */
        assert_refused(&(Message){ prefix, true, packet, sizeof(packet) });
        memcpy(packet, v4, sizeof(v4));
        packet[0] = 0x41; /* a header of 4 bytes */
        assert_refused(&(Message){ prefix, true, packet, sizeof(packet) });
        packet[0] = 0x55; /* IP version 5 */
        assert_refused(&(Message){ prefix, true, packet, sizeof(packet) });
        assert_refused(&(Message){ prefix,
                                   true,
                                   v6_with_endless_extensions,
                                   sizeof(v6_with_endless_extensions) });
        assert_refused(&(Message){
                        prefix, true, v6_with_a_long_extension, sizeof(v6_with_a_long_extension) });
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/attempt-event/both-families-are-decoded", test_both_families_are_decoded);
        g_test_add_func("/attempt-event/what-is-not-ours-is-not-taken",
                        test_what_is_not_ours_is_not_taken);
        g_test_add_func("/attempt-event/no-packet-is-read-beyond-its-end",
                        test_no_packet_is_read_beyond_its_end);
        g_test_add_func("/attempt-event/strange-packets-are-refused",
                        test_strange_packets_are_refused);
        return g_test_run();
}
