/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When the kernel has what was asked for, as it tells everybody; see bench.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/netlink.h"

#define BACKLOG_MAX    (1024 * 1024)
#define BUFFER_SIZE    (64 * 1024)
#define LIMIT_NSEC     (20 * NSEC_PER_SEC)
#define PAUSE_NSEC     (20 * NSEC_PER_MSEC)
#define REST_NSEC      (1500 * NSEC_PER_MSEC) /* nobody changes anything any more */
#define COMMIT_MESSAGE (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)

/* Only that a commit was made, which comes in a message of its own: to read what it did to 50,000
 * elements takes longer than what is measured here. */
static void hear_commits_alone(NetlinkSocket *netlink) {
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(COMMIT_MESSAGE), 0, 1),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };
        const struct sock_fprog program = { .len = ELEMENTS_OF(filter), .filter = filter };

        if (setsockopt(mnl_socket_get_fd(netlink),
                       SOL_SOCKET,
                       SO_ATTACH_FILTER,
                       &program,
                       sizeof(program)) < 0)
                check(-errno, "filter");
}

/* This program only looks: what it sees must not wait for its turn. */
static void look_first(void) {
        const struct sched_param first = { .sched_priority = 1 };

        (void) sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first);
}

static NetlinkSocket *listen_to_commits(void) {
        NetlinkSocket *netlink = NULL;

        check(netlink_listen(NETLINK_NETFILTER, NFNLGRP_NFTABLES, BACKLOG_MAX, &netlink),
              "changes of nftables");
        hear_commits_alone(netlink);
        look_first();
        return netlink;
}

static int see_message(const struct nlmsghdr *message, void *userdata) {
        bool *committed = userdata;

        *committed = *committed || message->nlmsg_type == COMMIT_MESSAGE;
        return MNL_CB_OK;
}

/* When somebody has committed a change. 0: nobody did for so long. */
static uint64_t await_commit(NetlinkSocket *netlink, uint64_t limit_nsec) {
        struct pollfd fd = { .fd = mnl_socket_get_fd(netlink), .events = POLLIN };
        uint64_t until = now_nsec() + limit_nsec;
        static char buffer[BUFFER_SIZE];

        for (uint64_t now; (now = now_nsec()) < until;) {
                bool committed = false;
                ssize_t n;

                n = mnl_socket_recvfrom(netlink, buffer, sizeof(buffer));
                if (n < 0 && errno == EAGAIN) {
                        if (poll(&fd, 1, (int) ((until - now) / NSEC_PER_MSEC) + 1) < 0)
                                check(-errno, "poll");
                        continue;
                }
                if (n < 0 || mnl_cb_run(buffer, (size_t) n, 0, 0, see_message, &committed) < 0)
                        check(-errno, "changes of nftables");
                if (committed)
                        return now_nsec();
        }

        return 0;
}

/* Also what the service has still to do when it has answered. */
static void await_rest(NetlinkSocket *netlink) {
        while (await_commit(netlink, PAUSE_NSEC) != 0)
                ;
}

/* ---- one exception more ---- */

static int see_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        sd_bus_message **ret = userdata;

        (void) reterr;
        if (sd_bus_message_is_method_error(reply, NULL))
                die("%s", sd_bus_message_get_error(reply)->message);
        *ret = sd_bus_message_ref(reply);
        return 0;
}

/* Print how long it took until the kernel had it, and until the answer was there. */
static sd_bus_message *time_call(
                sd_bus *bus, NetlinkSocket *netlink, const char *name, sd_bus_message *call) {
        sd_bus_message *reply = NULL;
        uint64_t begin, committed;

        await_rest(netlink);
        begin = now_nsec();
        check(sd_bus_call_async(bus, NULL, call, see_reply, &reply, LIMIT_NSEC / 1000), name);
        check(sd_bus_flush(bus), name);
        committed = await_commit(netlink, LIMIT_NSEC);
        if (committed == 0)
                die("%s: nothing came to the kernel", name);
        while (!reply) {
                int r = sd_bus_process(bus, NULL);

                if (r == 0)
                        r = sd_bus_wait(bus, LIMIT_NSEC / 1000);
                check(r, name);
        }

        printf("%s %" PRIu64 " %" PRIu64 "\n", name, committed - begin, now_nsec() - begin);
        return reply;
}

static void append_option(sd_bus_message *call, const char *key, const char *value) {
        check(sd_bus_message_append(call, "{sv}", key, "s", value), key);
}

void rules_time_exceptions(sd_bus *bus, unsigned rounds, const char *subject) {
        NetlinkSocket *netlink = listen_to_commits();

        for (unsigned round = 0; round < rounds; round++) {
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *add = NULL;
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *added = NULL;
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *take = NULL;
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *taken = NULL;
                const char *id;

                add = service_call(bus, "AddException");
                check(sd_bus_message_open_container(add, 'a', "{sv}"), "AddException");
                append_option(add, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT, subject);
                append_option(add, SMTP_RESTRICTIONS_EXCEPTION_VERDICT, "allow");
                append_option(add, SMTP_RESTRICTIONS_EXCEPTION_REASON, "measured");
                check(sd_bus_message_close_container(add), "AddException");
                added = time_call(bus, netlink, "add", add);

                check(sd_bus_message_read(added, "s", &id), "AddException");
                take = service_call(bus, "RemoveException");
                check(sd_bus_message_append(take, "s", id), "RemoveException");
                taken = time_call(bus, netlink, "remove", take);
        }
        netlink_close(netlink);
}

/* ---- the table is gone, and there again ---- */

static pid_t begin_flush(void) {
        pid_t child = fork();

        if (child == 0) {
                (void) execl("/usr/sbin/nft", "nft", "flush", "ruleset", NULL);
                _exit(EXIT_FAILURE);
        }
        if (child < 0)
                check(-errno, "fork");

        return child;
}

/* One line: when each change behind the flush was committed. */
void rules_time_repair(sd_bus *bus) {
        NetlinkSocket *netlink = listen_to_commits();
        uint64_t flushed, committed;
        pid_t child;
        int status;

        await_rest(netlink);
        child = begin_flush();
        flushed = await_commit(netlink, LIMIT_NSEC);
        if (flushed == 0)
                die("the flush did not come to the kernel");

        printf("repair");
        while ((committed = await_commit(netlink, REST_NSEC)) != 0)
                printf(" %" PRIu64, committed - flushed);
        printf("\n");

        if (waitpid(child, &status, 0) < 0 || status != 0)
                die("nft flush ruleset failed");
        netlink_close(netlink);

        /* whoever damages it again and again is met more slowly, unless that is forgotten */
        service_call_plain(bus, "Reload");
}
