/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/forwarding.h"
#include "util/text.h"

#define NAMED_MAX 5 /* in the text; one is enough to know what it is about */

/* A host that is a container itself has a veth, too, as eth0: so of those only the names that
 * programs give to the ends of containers and virtual machines. */
static const char *const prefixes[] = { "veth", "ve-", "cali", "lxc", "vnet", "tap", "cni", "vm" };

static bool has_known_name(const LinkEntry *link) {
        for (size_t i = 0; i < ELEMENTS_OF(prefixes); i++)
                if (string_after_prefix(link->name, prefixes[i]))
                        return true;

        return false;
}

/* What comes from a port of a bridge comes from the bridge. */
static bool leads_to_containers(const LinkEntry *link) {
        if (!link->running || !link->forwards || link->enslaved)
                return false;
        if (string_equal(link->kind, "bridge"))
                return true;

        return (string_equal(link->kind, "veth") || string_equal(link->kind, "tun")) &&
               has_known_name(link);
}

/* Somebody has said what is to become of its packets. */
static bool is_decided(const Policy *policy, const char *name) {
        for (size_t i = 0; i < policy->exceptions.count; i++)
                if (policy->exceptions.items[i]->kind == SUBJECT_INTERFACE &&
                    string_equal(policy->exceptions.items[i]->name, name))
                        return true;

        return string_list_has_sorted(&policy->forwarded_interfaces, name);
}

int forwarding_find_problem(const Policy *policy, const LinkList *links, Problems *problems) {
        CLEANUP(text_done) Text names = {};
        CLEANUP(freep) char *text = NULL;
        size_t count = 0;
        int r;

        if (!policy->enabled || policy->forwarded != FORWARDED_ALLOW)
                return 0;

        for (size_t i = 0; i < links->count; i++) {
                const LinkEntry *link = &links->items[i];

                if (!leads_to_containers(link) || is_decided(policy, link->name))
                        continue;
                if (count++ < NAMED_MAX)
                        text_append_format(&names, "%s%s", count > 1 ? ", " : "", link->name);
        }
        if (count == 0)
                return 0;

        if (count > NAMED_MAX)
                text_append_format(&names, " and %zu more", count - NAMED_MAX);
        r = text_finish(&names, &text, NULL);
        if (r < 0)
                return r;

        return problems_add(
                        problems,
                        PROBLEM_FORWARDED_UNRESTRICTED,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("Containers or virtual machines behind %s may connect to any "
                                      "mail server: this host forwards their packets, and "
                                      "Forwarded is \"allow\"",
                                      text),
                        string_format("Set Forwarded to \"reject\", or to \"observe\" first; or "
                                      "name those that may in ForwardedInterfaces"));
}
