/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <glib.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "identd/ask.h"
#include "identd/conntrack.h"

static TcpConnection connection(const char *text) {
        TcpConnection result;

        g_assert_cmpint(ask_parse(text, strlen(text), &result), ==, 0);
        return result;
}

/* What is one byte too short of a direction. */
typedef enum Short {
        SHORT_NOTHING,
        SHORT_ADDRESSES,
        SHORT_PROTOCOL,
        SHORT_PORTS,
        _SHORT_MAX
} Short;

static void put_short_tuple(
                struct nlmsghdr *message,
                uint16_t type,
                const char *text,
                uint8_t protocol,
                Short what) {
        const TcpConnection tuple = connection(text);
        const bool v6 = tuple.family == AF_INET6;
        const size_t size = tcp_address_size(tuple.family) - (what == SHORT_ADDRESSES);
        const uint16_t ports[] = { htons(tuple.source_port), htons(tuple.destination_port) };
        const size_t port_size = sizeof(ports[0]) - (what == SHORT_PORTS);
        struct nlattr *whole, *part;

        whole = mnl_attr_nest_start(message, type);
        part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
        mnl_attr_put(message, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, size, &tuple.source);
        mnl_attr_put(message, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, size, &tuple.destination);
        mnl_attr_nest_end(message, part);
        part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
        mnl_attr_put(message, CTA_PROTO_NUM, what != SHORT_PROTOCOL, &protocol);
        mnl_attr_put(message, CTA_PROTO_SRC_PORT, port_size, &ports[0]);
        mnl_attr_put(message, CTA_PROTO_DST_PORT, port_size, &ports[1]);
        mnl_attr_nest_end(message, part);
        mnl_attr_nest_end(message, whole);
}

/* One direction, as the kernel tells of it. */
static void put_tuple(struct nlmsghdr *message, uint16_t type, const char *text, uint8_t protocol) {
        put_short_tuple(message, type, text, protocol, SHORT_NOTHING);
}

static void begin(NetlinkRequest *answer) {
        struct nlmsghdr *header;

        *answer = (NetlinkRequest){};
        header = mnl_nlmsg_put_header(answer);
        header->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
        mnl_nlmsg_put_extra_header(header, sizeof(struct nfgenmsg));
}

static void make(NetlinkRequest *answer, const char *original, const char *reply) {
        begin(answer);
        put_tuple(&answer->header, CTA_TUPLE_ORIG, original, IPPROTO_TCP);
        put_tuple(&answer->header, CTA_TUPLE_REPLY, reply, IPPROTO_TCP);
}

static void assert_original(const char *arrived, const char *original, const char *reply) {
        const TcpConnection asked = connection(arrived);
        const TcpConnection wanted = connection(original);
        TcpConnection found;
        NetlinkRequest answer;

        make(&answer, original, reply);
        g_assert_true(conntrack_decode(&answer.header, &asked, &found));
        g_assert_true(tcp_connection_equal(&found, &wanted));
}

static void test_the_original_of_a_redirected_connection_is_told(void) {
        assert_original("127.0.0.1 41000 127.0.0.1 25",
                        "203.0.113.1 40000 203.0.113.25 25",
                        "127.0.0.1 25 127.0.0.1 41000");
        assert_original("::1 41000 ::1 25",
                        "2001:db8::1 40000 2001:db8::25 25",
                        "::1 25 ::1 41000");
}

static void test_another_connection_is_no_answer(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        make(&answer, "203.0.113.1 40000 203.0.113.25 25", "127.0.0.1 25 127.0.0.1 41001");
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
        make(&answer, "2001:db8::1 40000 2001:db8::25 25", "::1 25 ::1 41000");
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
}

/* It is found by what is the reply of the one that was asked for. */
static void test_connection_in_the_other_direction_is_no_answer(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        make(&answer, "127.0.0.1 25 127.0.0.1 41000", "127.0.0.1 41000 127.0.0.1 25");
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
}

static void test_half_an_answer_is_none(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        begin(&answer);
        put_tuple(&answer.header, CTA_TUPLE_REPLY, "127.0.0.1 25 127.0.0.1 41000", IPPROTO_TCP);
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
        begin(&answer);
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
}

static void test_another_protocol_is_no_answer(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        begin(&answer);
        put_tuple(&answer.header, CTA_TUPLE_ORIG, "127.0.0.1 41000 127.0.0.1 25", IPPROTO_UDP);
        put_tuple(&answer.header, CTA_TUPLE_REPLY, "127.0.0.1 25 127.0.0.1 41000", IPPROTO_UDP);
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
}

static void test_another_message_is_no_answer(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        make(&answer, "203.0.113.1 40000 203.0.113.25 25", "127.0.0.1 25 127.0.0.1 41000");
        answer.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
        g_assert_false(conntrack_decode(&answer.header, &asked, &found));
}

static void test_the_question_is_about_the_answering_direction(void) {
        const TcpConnection asked = connection("2001:db8::7 41000 2001:db8::1 25");
        NetlinkRequest question = {};
        NetlinkRequest wanted;

        begin(&wanted);
        wanted.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
        wanted.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        ((struct nfgenmsg *) mnl_nlmsg_get_payload(&wanted.header))->nfgen_family = AF_INET6;
        put_tuple(&wanted.header, CTA_TUPLE_REPLY, "2001:db8::1 25 2001:db8::7 41000", IPPROTO_TCP);
        conntrack_ask(&asked, &question);
        g_assert_cmpuint(question.header.nlmsg_len, ==, wanted.header.nlmsg_len);
        g_assert_cmpint(memcmp(&question, &wanted, wanted.header.nlmsg_len), ==, 0);
}

static void test_what_else_the_kernel_tells_does_not_matter(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;
        struct nlattr *whole, *part;

        make(&answer, "203.0.113.1 40000 203.0.113.25 25", "127.0.0.1 25 127.0.0.1 41000");
        mnl_attr_put_u32(&answer.header, CTA_MARK, 1);
        whole = mnl_attr_nest_start(&answer.header, CTA_TUPLE_ORIG);
        mnl_attr_put_u16(&answer.header, CTA_TUPLE_ZONE, 1);
        part = mnl_attr_nest_start(&answer.header, CTA_TUPLE_PROTO);
        mnl_attr_put_u16(&answer.header, CTA_PROTO_ICMP_ID, 1);
        mnl_attr_nest_end(&answer.header, part);
        mnl_attr_nest_end(&answer.header, whole);
        g_assert_true(conntrack_decode(&answer.header, &asked, &found));
        g_assert_cmpuint(found.source_port, ==, 40000);
}

static void test_a_part_of_another_size_is_not_there(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        TcpConnection found;

        for (Short what = SHORT_ADDRESSES; what < _SHORT_MAX; what++) {
                NetlinkRequest answer;

                begin(&answer);
                put_short_tuple(&answer.header,
                                CTA_TUPLE_ORIG,
                                "203.0.113.1 40000 203.0.113.25 25",
                                IPPROTO_TCP,
                                what);
                put_tuple(&answer.header,
                          CTA_TUPLE_REPLY,
                          "127.0.0.1 25 127.0.0.1 41000",
                          IPPROTO_TCP);
                g_assert_false(conntrack_decode(&answer.header, &asked, &found));
        }
}

/* In memory of its own, so that a sanitizer sees whoever reads on. */
static void test_an_answer_that_was_cut_is_none(void) {
        const TcpConnection asked = connection("127.0.0.1 41000 127.0.0.1 25");
        NetlinkRequest answer;
        TcpConnection found;

        make(&answer, "203.0.113.1 40000 203.0.113.25 25", "127.0.0.1 25 127.0.0.1 41000");
        for (uint32_t size = NLMSG_HDRLEN; size < answer.header.nlmsg_len; size++) {
                g_autofree struct nlmsghdr *cut = g_memdup2(&answer, size);

                cut->nlmsg_len = size;
                g_assert_false(conntrack_decode(cut, &asked, &found));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/conntrack/the-original-of-a-redirected-connection-is-told",
                        test_the_original_of_a_redirected_connection_is_told);
        g_test_add_func("/conntrack/another-connection-is-no-answer",
                        test_another_connection_is_no_answer);
        g_test_add_func("/conntrack/connection-in-the-other-direction-is-no-answer",
                        test_connection_in_the_other_direction_is_no_answer);
        g_test_add_func("/conntrack/half-an-answer-is-none", test_half_an_answer_is_none);
        g_test_add_func("/conntrack/another-protocol-is-no-answer",
                        test_another_protocol_is_no_answer);
        g_test_add_func("/conntrack/another-message-is-no-answer",
                        test_another_message_is_no_answer);
        g_test_add_func("/conntrack/the-question-is-about-the-answering-direction",
                        test_the_question_is_about_the_answering_direction);
        g_test_add_func("/conntrack/what-else-the-kernel-tells-does-not-matter",
                        test_what_else_the_kernel_tells_does_not_matter);
        g_test_add_func("/conntrack/a-part-of-another-size-is-not-there",
                        test_a_part_of_another_size_is_not_there);
        g_test_add_func("/conntrack/an-answer-that-was-cut-is-none",
                        test_an_answer_that_was_cut_is_none);
        return g_test_run();
}
