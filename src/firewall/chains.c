/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "firewall/chains.h"
#include "firewall/attempt-log.h"

/*
 * New connections are judged by their SYN, which always has its socket. Packets without a full
 * socket (queued data, FIN and retransmissions after close()) match no `meta skuid` rule in either
 * sense and must pass: an unconditional reject behind the accepts would lose the MTA's mail.
 */

/* clang-format off */

/*
 * -105 is before every other dstnat at -100 (the first to set NAT wins), 95 before every other
 * srcnat at 100. The filter at 10 sees addresses and ports as others translated them.
 */
static const struct {
        const char *name;
        const char *hook;
} chains[_CHAIN_MAX] = {
        [CHAIN_OUTPUT]          = { "output",  "type filter hook output priority 10; policy accept;" },
        [CHAIN_REFUSE]          = { "refuse",  NULL },
        [CHAIN_CUT]             = { "cut",     NULL },
        [CHAIN_OBSERVE]         = { "observe", NULL },
        [CHAIN_NAT_OUTPUT]      = { "nat_output",
                                    "type nat hook output priority -105; policy accept;" },
        [CHAIN_NAT_POSTROUTING] = { "nat_postrouting",
                                    "type nat hook postrouting priority 95; policy accept;" },
};

/* Who may is asked first: every packet of the mail server passes here, and the two questions below
 * cost more. A routing header whose first segment is this host looks local, so it is refused before
 * that is asked. */
#define RESTRICT                                                                                   \
        "meta l4proto != tcp accept",                                                              \
        "tcp dport != @ports accept",                                                              \
        "meta skuid @uids accept",                                                                 \
        "meta skgid @gids accept",                                                                 \
        "exthdr rt exists jump refuse",                                                            \
        "fib daddr type local accept",                                                             \
        "tcp flags & (fin | syn | rst | ack) == syn jump refuse"

static const char *const output_restrict[] = {
        RESTRICT,
        NULL,
};

/* The last rule gets packets of connections that were open before. Only those that began here: a
 * remote client may come from any source port. `!=` needs a full socket to match. */
static const char *const output_restrict_cut[] = {
        RESTRICT,
        "ct direction original meta skuid != @uids jump cut",
        NULL,
};

static const char *const output_observe[] = {
        "meta l4proto != tcp accept",
        "tcp dport != @ports accept",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        "meta skuid @uids accept",
        "meta skgid @gids accept",
        "exthdr rt exists goto observe",
        "fib daddr type local accept",
        "goto observe",
        NULL,
};

/* Rules of their own everywhere: with a full set `update` ends its rule, and a verdict behind it
 * would not be reached. Of each pair one is for the packet's family. */
#define NOTE(sets, verdict)                                                                        \
        "update @attempts { meta skuid }",                                                         \
        "update @" sets "4 { meta skuid . ip daddr . tcp dport }",                                 \
        "update @" sets "6 { meta skuid . ip6 daddr . tcp dport }",                                \
        ATTEMPT_LOG_RULE(verdict)

static const char *const refuse[] = {
        "counter name rejected",
        NOTE("rejected", "reject"),
        "meta l4proto tcp reject with tcp reset",
        NULL,
};

static const char *const cut[] = {
        "counter name cut",
        "meta l4proto tcp reject with tcp reset",
        NULL,
};

static const char *const observe[] = {
        "counter name observed",
        NOTE("observed", "observe"),
        NULL,
};

/*
 * A nat chain gets the first packet of a connection that connection tracking sees. When that goes
 * on, this may be one of an old connection whose socket is closed: no rule would know its user, and
 * the end of the MTA's message would be redirected.
 */
static const char *const nat_output[] = {
        "meta l4proto != tcp accept",
        "tcp dport != @redirected accept",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        "meta skuid @uids accept",
        "meta skgid @gids accept",
        "exthdr rt exists accept", /* the filter refuses it */
        "fib daddr type local accept",
        "counter name redirected",
        NOTE("redirected", "redirect"),
        "meta l4proto tcp redirect",
        NULL,
};

/* The MTA must see a redirected connection as one from loopback, or it refuses to relay. Only for
 * users whom the chain above redirects: what others translate to loopback is theirs. */
static const char *const nat_postrouting[] = {
        "meta l4proto != tcp accept",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        "meta skuid @uids accept",
        "meta skgid @gids accept",
        "ct status dnat ip daddr 127.0.0.1 ip saddr != 127.0.0.0/8 tcp dport @redirected"
                " snat ip to 127.0.0.1",
        "ct status dnat ip6 daddr ::1 ip6 saddr != ::1 tcp dport @redirected snat ip6 to ::1",
        NULL,
};

/* clang-format on */

ChainShape chain_shape(const Policy *policy, const HostFacts *facts) {
        return (ChainShape){
                .observe = policy->observe,
                .redirect = !policy->observe &&
                            port_verdicts_have(&facts->verdicts, PORT_VERDICT_REDIRECT),
                .cut = !policy->observe && policy_cuts_existing(policy, &facts->verdicts),
        };
}

const char *chain_name(ChainId chain) {
        assert(chain < _CHAIN_MAX);

        return chains[chain].name;
}

const char *chain_hook(ChainId chain) {
        assert(chain < _CHAIN_MAX);

        return chains[chain].hook;
}

/* A nat chain and a rule with `ct` turn connection tracking on for the whole host, so both are
 * there only where they are needed. */
const char *const *chain_rules(const ChainShape *shape, ChainId chain) {
        switch (chain) {
        case CHAIN_OUTPUT:
                if (shape->observe)
                        return output_observe;
                return shape->cut ? output_restrict_cut : output_restrict;
        case CHAIN_REFUSE:
                return shape->observe ? NULL : refuse;
        case CHAIN_CUT:
                return shape->cut ? cut : NULL;
        case CHAIN_OBSERVE:
                return shape->observe ? observe : NULL;
        case CHAIN_NAT_OUTPUT:
                return shape->redirect ? nat_output : NULL;
        case CHAIN_NAT_POSTROUTING:
                return shape->redirect ? nat_postrouting : NULL;
        default:
                assert(false);
                return NULL;
        }
}
