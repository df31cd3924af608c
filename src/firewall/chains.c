/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>

#include "firewall/attempt-log.h"
#include "firewall/chains.h"

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
        [CHAIN_FORBID]          = { "forbid",         NULL },
        [CHAIN_EXCEPTIONS]      = { "exceptions",     NULL },
        [CHAIN_NAT_EXCEPTIONS]  = { "nat_exceptions", NULL },
        [CHAIN_NAT_BACK]        = { "nat_back",       NULL },
        [CHAIN_DIVERT]          = { "divert",         NULL },
        [CHAIN_DISGUISE]        = { "disguise",       NULL },
        [CHAIN_FORWARD]         = { "forward", "type filter hook forward priority 10; policy accept;" },
        [CHAIN_FORWARD_EXCEPTIONS] = { "forward_exceptions", NULL },
        [CHAIN_FORWARD_REFUSE]     = { "forward_refuse",     NULL },
        [CHAIN_FORWARD_OBSERVE]    = { "forward_observe",    NULL },
};

/* What a shape must have, and must not have, for a rule to be there. */
enum {
        OBSERVE    = 1 << 0,
        REDIRECT   = 1 << 1,
        CUT        = 1 << 2,
        EXCEPTIONS = 1 << 3,
        FORWARD    = 1 << 4,
        FORWARD_REJECT  = 1 << 5,
        FORWARD_WATCHED = 1 << 6,
};

typedef struct Rule {
        const char *text;
        unsigned with;
        unsigned without;
} Rule;

#define NEW     "tcp flags & (fin | syn | rst | ack) == syn"
#define NOT_NEW "tcp flags & (fin | syn | rst | ack) != syn"

/* Whom no exception is about is not asked about them, except for two looks into a set. Those in
 * `always` have none: no exception may stop the mail server. */
#define ASK(chain)                                                                                 \
        { "meta skuid @always accept", EXCEPTIONS, 0 },                                            \
        { "meta skuid @excepted_uids jump " chain, EXCEPTIONS, 0 },                                \
        { "meta skgid @excepted_gids jump " chain, EXCEPTIONS, 0 }

/*
 * Who may is asked first: every packet of the mail server passes here, and the two questions below
 * cost more. A routing header whose first segment is this host looks local, so it is refused before
 * that is asked. The last rule gets packets of connections that were open before; only those that
 * began here: a remote client may come from any source port. `!=` needs a full socket to match.
 */
static const Rule output[] = {
        { "meta l4proto != tcp accept", 0, 0 },
        { "tcp dport != @ports accept", 0, 0 },
        { NOT_NEW " accept", OBSERVE, 0 },
        ASK("exceptions"),
        { "meta skuid @uids accept", 0, 0 },
        { "meta skgid @gids accept", 0, 0 },
        { "exthdr rt exists jump refuse", 0, OBSERVE },
        { "exthdr rt exists goto observe", OBSERVE, 0 },
        { "fib daddr type local accept", 0, 0 },
        { NEW " jump refuse", 0, OBSERVE },
        { "ct direction original meta skuid != @uids jump cut", CUT, 0 },
        { "goto observe", OBSERVE, 0 },
        {},
};

/* Rules of their own everywhere: with a full set `update` ends its rule, and a verdict behind it
 * would not be reached. Of each pair one is for the packet's family. */
#define NOTE(sets, verdict)                                                                        \
        { "update @attempts { meta skuid }", 0, 0 },                                               \
        { "update @" sets "4 { meta skuid . ip daddr . tcp dport }", 0, 0 },                       \
        { "update @" sets "6 { meta skuid . ip6 daddr . tcp dport }", 0, 0 },                      \
        { ATTEMPT_LOG_RULE(verdict), 0, 0 }

static const Rule refuse[] = {
        { "counter name rejected", 0, 0 },
        NOTE("rejected", "reject"),
        { "meta l4proto tcp reject with tcp reset", 0, 0 },
        {},
};

static const Rule cut[] = {
        { "counter name cut", 0, 0 },
        { "meta l4proto tcp reject with tcp reset", 0, 0 },
        {},
};

static const Rule observe[] = {
        { NOT_NEW " accept", EXCEPTIONS, 0 },
        { "counter name observed", 0, 0 },
        NOTE("observed", "observe"),
        { "accept", EXCEPTIONS, 0 }, /* not back to where the exceptions were asked */
        {},
};

/*
 * A nat chain gets the first packet of a connection that connection tracking sees. When that goes
 * on, this may be one of an old connection whose socket is closed: no rule would know its user, and
 * the end of the MTA's message would be redirected.
 */
static const Rule nat_output[] = {
        { "meta l4proto != tcp accept", 0, 0 },
        { "tcp dport != @ports accept", EXCEPTIONS, 0 },
        { "tcp dport != @redirected accept", 0, EXCEPTIONS },
        { NOT_NEW " accept", 0, 0 },
        ASK("nat_exceptions"),
        { "tcp dport != @redirected accept", EXCEPTIONS, 0 },
        { "meta skuid @uids accept", 0, 0 },
        { "meta skgid @gids accept", 0, 0 },
        { "exthdr rt exists accept", 0, 0 }, /* the filter refuses it */
        { "fib daddr type local accept", 0, 0 },
        { "counter name redirected", 0, 0 },
        NOTE("redirected", "redirect"),
        { "meta l4proto tcp redirect", 0, 0 },
        {},
};

/* The MTA must see a redirected connection as one from loopback, or it refuses to relay. Only for
 * users whom the chain above redirects: what others translate to loopback is theirs. */
#define FROM_HERE_V4 "ct status dnat ip daddr 127.0.0.1 ip saddr != 127.0.0.0/8"
#define FROM_HERE_V6 "ct status dnat ip6 daddr ::1 ip6 saddr != ::1"

static const Rule nat_postrouting[] = {
        { "meta l4proto != tcp accept", 0, 0 },
        { NOT_NEW " accept", 0, 0 },
        ASK("nat_back"),
        { "meta skuid @uids accept", 0, 0 },
        { "meta skgid @gids accept", 0, 0 },
        { FROM_HERE_V4 " tcp dport @redirected snat ip to 127.0.0.1", 0, 0 },
        { FROM_HERE_V6 " tcp dport @redirected snat ip6 to ::1", 0, 0 },
        {},
};

/* Packets of old connections that the exception would not let begin now: as for everybody else. */
static const Rule forbid[] = {
        { NEW " jump refuse", 0, 0 },
        { "ct direction original jump cut", CUT, 0 },
        {},
};

/* With a routing header the destination is not where the packet ends: not judged by it. */
static const Rule exceptions[] = {
        { "exthdr rt exists goto refuse", 0, OBSERVE },
        { "exthdr rt exists goto observe", OBSERVE, 0 },
        { "fib daddr type local accept", 0, 0 },
        { NOT_NEW " return", 0, CUT },
        {},
};

static const Rule nat_exceptions[] = {
        { "exthdr rt exists accept", 0, 0 },
        { "fib daddr type local accept", 0, 0 },
        {},
};

static const Rule nat_back[] = {
        {},
};

static const Rule divert[] = {
        { "counter name redirected", 0, 0 },
        NOTE("redirected", "redirect"),
        { "meta l4proto tcp redirect", 0, 0 },
        {},
};

static const Rule disguise[] = {
        { FROM_HERE_V4 " meta l4proto tcp snat ip to 127.0.0.1", 0, 0 },
        { FROM_HERE_V6 " meta l4proto tcp snat ip6 to ::1", 0, 0 },
        { "accept", 0, 0 },
        {},
};

/* No user of this host owns these packets. New connections alone: of others' sockets nothing more is
 * known here than of a connection that may have begun before. */
static const Rule forward[] = {
        { "meta l4proto != tcp accept", 0, 0 },
        { "tcp dport != @ports accept", 0, 0 },
        { NOT_NEW " accept", 0, 0 },
        { "jump forward_exceptions", 0, 0 },
        { "goto forward_refuse", FORWARD_REJECT, 0 },
        { "goto forward_observe", FORWARD_WATCHED, 0 },
        {},
};

static const Rule forward_exceptions[] = {
        {},
};

static const Rule forward_refuse[] = {
        { "counter name rejected", 0, 0 },
        { "update @forward_rejected { iifname }", 0, 0 },
        { "meta l4proto tcp reject with tcp reset", 0, 0 },
        {},
};

static const Rule forward_observe[] = {
        { "counter name observed", 0, 0 },
        { "update @forward_observed { iifname }", 0, 0 },
        { "accept", 0, 0 },
        {},
};

/* clang-format on */

/* A nat chain and a rule with `ct` turn connection tracking on for the whole host, so both are
 * there only where they are needed. */
static const struct {
        const Rule *rules;
        unsigned with; /* for the chain to be there */
        unsigned without;
} contents[_CHAIN_MAX] = {
        [CHAIN_OUTPUT] = { output, 0, 0 },
        [CHAIN_REFUSE] = { refuse, 0, OBSERVE },
        [CHAIN_CUT] = { cut, CUT, 0 },
        [CHAIN_OBSERVE] = { observe, 0, 0 }, /* see chain_is_there() */
        [CHAIN_NAT_OUTPUT] = { nat_output, REDIRECT, 0 },
        [CHAIN_NAT_POSTROUTING] = { nat_postrouting, REDIRECT, 0 },
        [CHAIN_FORBID] = { forbid, EXCEPTIONS, OBSERVE },
        [CHAIN_EXCEPTIONS] = { exceptions, EXCEPTIONS, 0 },
        [CHAIN_NAT_EXCEPTIONS] = { nat_exceptions, EXCEPTIONS | REDIRECT, 0 },
        [CHAIN_NAT_BACK] = { nat_back, EXCEPTIONS | REDIRECT, 0 },
        [CHAIN_DIVERT] = { divert, EXCEPTIONS | REDIRECT, 0 },
        [CHAIN_DISGUISE] = { disguise, EXCEPTIONS | REDIRECT, 0 },
        [CHAIN_FORWARD] = { forward, FORWARD, 0 },
        [CHAIN_FORWARD_EXCEPTIONS] = { forward_exceptions, FORWARD, 0 },
        [CHAIN_FORWARD_REFUSE] = { forward_refuse, FORWARD, OBSERVE },
        [CHAIN_FORWARD_OBSERVE] = { forward_observe, FORWARD, 0 },
};

/* Are there exceptions for users or groups that this host has? With that verdict, unless it is
 * _EXCEPTION_VERDICT_MAX. */
static bool has_exception(const Policy *policy, const HostFacts *facts, ExceptionVerdict verdict) {
        for (size_t i = 0; i < policy->exceptions.count; i++) {
                const Exception *exception = policy->exceptions.items[i];

                if ((verdict == _EXCEPTION_VERDICT_MAX || exception->verdict == verdict) &&
                    exception->kind != SUBJECT_INTERFACE &&
                    subject_ids_find(&facts->subjects, exception->kind, exception->name))
                        return true;
        }

        return false;
}

static bool has_interface(const Policy *policy) {
        for (size_t i = 0; i < policy->exceptions.count; i++)
                if (policy->exceptions.items[i]->kind == SUBJECT_INTERFACE)
                        return true;

        return false;
}

ChainShape chain_shape(const Policy *policy, const HostFacts *facts) {
        return (ChainShape){
                .observe = policy->observe,
                .redirect = !policy->observe &&
                            (port_verdicts_have(&facts->verdicts, PORT_VERDICT_REDIRECT) ||
                             has_exception(policy, facts, EXCEPTION_REDIRECT)),
                .cut = !policy->observe && policy_cuts_existing(policy, &facts->verdicts),
                .exceptions = has_exception(policy, facts, _EXCEPTION_VERDICT_MAX),
                .forward = policy->forwarded != FORWARDED_ALLOW || has_interface(policy),
                .forward_reject = policy->forwarded == FORWARDED_REJECT && !policy->observe,
                .forward_observe = policy->forwarded == FORWARDED_OBSERVE ||
                                   (policy->forwarded == FORWARDED_REJECT && policy->observe),
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

static bool shape_fits(const ChainShape *shape, unsigned with, unsigned without) {
        unsigned bits = (shape->observe ? OBSERVE : 0) | (shape->redirect ? REDIRECT : 0) |
                        (shape->cut ? CUT : 0) | (shape->exceptions ? EXCEPTIONS : 0) |
                        (shape->forward ? FORWARD : 0) |
                        (shape->forward_reject ? FORWARD_REJECT : 0) |
                        (shape->forward_observe ? FORWARD_WATCHED : 0);

        return (bits & with) == with && (bits & without) == 0;
}

bool chain_is_for_exceptions(ChainId chain) {
        assert(chain < _CHAIN_MAX);

        return (contents[chain].with & (EXCEPTIONS | FORWARD)) != 0;
}

bool chain_is_there(const ChainShape *shape, ChainId chain) {
        assert(chain < _CHAIN_MAX);

        if (chain == CHAIN_OBSERVE)
                return shape->observe || shape->exceptions;
        return shape_fits(shape, contents[chain].with, contents[chain].without);
}

bool chain_asks_exceptions(ChainId chain) {
        return chain == CHAIN_EXCEPTIONS || chain == CHAIN_NAT_EXCEPTIONS ||
               chain == CHAIN_NAT_BACK || chain == CHAIN_FORWARD_EXCEPTIONS;
}

bool chain_asks(ChainId chain, const Question *question) {
        return chain_asks_exceptions(chain) &&
               question_is_forwarded(question) == (chain == CHAIN_FORWARD_EXCEPTIONS);
}

const char *chain_rule(const ChainShape *shape, ChainId chain, size_t i) {
        assert(chain < _CHAIN_MAX);

        for (const Rule *rule = contents[chain].rules; rule->text; rule++)
                if (shape_fits(shape, rule->with, rule->without) && i-- == 0)
                        return rule->text;

        return NULL;
}

/* What becomes of a connection that a set of exceptions knows. */
static const char *find_target(const ChainShape *shape, ChainId chain, ExceptionVerdict verdict) {
        if (chain == CHAIN_NAT_EXCEPTIONS)
                return verdict == EXCEPTION_REDIRECT ? "goto divert" : "accept";
        if (chain == CHAIN_NAT_BACK)
                return verdict == EXCEPTION_REDIRECT ? "goto disguise" : "accept";
        if (verdict == EXCEPTION_ALLOW)
                return "accept";
        if (chain == CHAIN_FORWARD_EXCEPTIONS)
                return shape->observe || verdict == EXCEPTION_OBSERVE ? "goto forward_observe"
                                                                      : "goto forward_refuse";
        /* A redirected connection has a local destination by now: one that has not is old, or
         * somebody else's translation came first. */
        return shape->observe || verdict == EXCEPTION_OBSERVE ? "goto observe" : "goto forbid";
}

void chain_exception_rule(
                const ChainShape *shape,
                ChainId chain,
                const Question *question,
                char ret[static QUESTION_RULE_MAX]) {
        char match[QUESTION_TEXT_MAX];

        assert(chain_asks_exceptions(chain));

        question_match(question, chain == CHAIN_NAT_BACK, match);
        (void) snprintf(ret,
                        QUESTION_RULE_MAX,
                        "%s %s",
                        match,
                        find_target(shape, chain, question->verdict));
}
