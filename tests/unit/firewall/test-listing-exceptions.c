/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A listing is written here from the plan, in libnftables' words, and then spoilt in one place. */

#include "firewall/listing.h"
#include "grant.h"

typedef struct Host {
        Policy policy;
        HostFacts facts;
        RulesetPlan plan;
} Host;

static void host_done(Host *host) {
        ruleset_plan_done(&host->plan);
        policy_done(&host->policy);
        host_facts_done(&host->facts);
}

/* Exceptions of every form; those that end do so in an hour. */
static void host_init(Host *host) {
        static const uint16_t ports[] = { 25, 587, 0 };
        Exceptions *exceptions = &host->policy.exceptions;

        *host = (Host){ .facts.verdicts = port_verdicts_default };
        policy_init(&host->policy);
        host->policy.enabled = true;
        host->policy.forwarded = FORWARDED_REJECT;
        g_assert_cmpint(string_list_append(&host->policy.forwarded_interfaces, "br0"), ==, 0);
        name_subjects(&host->facts.subjects, 3, 1);
        grant(exceptions, "user:u0", NULL, NULL, "reject", 0);
        grant(exceptions, "user:u1", "192.0.2.0/24", NULL, "allow", NOW + 3600 * USEC_PER_SEC);
        grant(exceptions, "user:u2", "2001:db8::/32", ports, "observe", 0);
        grant(exceptions, "group:g0", NULL, ports, "redirect", NOW + 3600 * USEC_PER_SEC);
        grant(exceptions, "interface:veth7", "198.51.100.7", NULL, "allow", 0);
        g_assert_cmpint(ruleset_plan(&host->policy, &host->facts, &host->plan), ==, 0);
}

static json_t *part(const char *text) {
        char *end = NULL;
        guint64 number = g_ascii_strtoull(text, &end, 10);

        if (*end == '\0')
                return json_integer((json_int_t) number);
        if (text[0] == '"')
                return json_stringn(text + 1, strlen(text) - 2);
        return json_string(text);
}

static json_t *element(const ExceptionElement *wanted) {
        char text[QUESTION_TEXT_MAX];
        g_auto(GStrv) parts = NULL;
        json_t *value;

        exception_element_text(wanted, text);
        parts = g_strsplit(text, " . ", -1);
        if (g_strv_length(parts) == 1) {
                value = part(parts[0]);
        } else {
                json_t *all = json_array();

                for (size_t i = 0; parts[i]; i++)
                        g_assert_cmpint(json_array_append_new(all, part(parts[i])), ==, 0);
                value = json_pack("{s:o}", "concat", all);
        }
        if (wanted->expires_usec == UINT64_MAX)
                return value;

        return json_pack(
                        "{s:{s:o, s:I}}",
                        "elem",
                        "val",
                        value,
                        "expires",
                        (json_int_t) ((wanted->expires_usec - NOW) / USEC_PER_SEC));
}

/* Ours to be spoilt: an array of sets, each {"set": {"name": ..., "elem": [...]}}. */
static json_t *write_listing(const ExceptionElements *elements) {
        json_t *objects = json_array();

        for (size_t first = 0; first < elements->count;) {
                size_t end = exception_elements_set_end(elements, first);
                json_t *all = json_array();
                char name[QUESTION_NAME_MAX];

                question_name(&elements->items[first].question, name);
                for (; first < end; first++)
                        g_assert_cmpint(json_array_append_new(
                                                        all, element(&elements->items[first])),
                                        ==,
                                        0);
                g_assert_cmpint(json_array_append_new(
                                                objects,
                                                json_pack("{s:{s:s, s:o}}",
                                                          "set",
                                                          "name",
                                                          name,
                                                          "elem",
                                                          all)),
                                ==,
                                0);
        }

        return objects;
}

static bool has_all(const Host *host, json_t *objects, uint64_t now_usec) {
        const Listing listing = { .objects = objects };
        int r = listing_has_exceptions(&listing, &host->plan, now_usec);

        g_assert_cmpint(r, >=, 0);
        return r > 0;
}

static json_t *elements_of(json_t *objects, const char *name) {
        json_t *object;
        size_t i;

        json_array_foreach(objects, i, object) {
                json_t *set = json_object_get(object, "set");

                if (g_strcmp0(json_string_value(json_object_get(set, "name")), name) == 0)
                        return json_object_get(set, "elem");
        }

        g_assert_not_reached();
}

static void test_all_of_them_are_there(void) {
        CLEANUP(host_done) Host host = {};
        json_t *objects;

        host_init(&host);
        objects = write_listing(&host.plan.exceptions);

        g_assert_cmpuint(json_array_size(objects), >=, 8);
        g_assert_true(has_all(&host, objects, NOW));
        json_decref(objects);
}

static void test_each_that_is_missing_is_missed(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        for (size_t i = 0; i < host.plan.exceptions.count; i++) {
                json_t *objects = write_listing(&host.plan.exceptions);
                char name[QUESTION_NAME_MAX];

                question_name(&host.plan.exceptions.items[i].question, name);
                g_assert_cmpint(json_array_remove(elements_of(objects, name), 0), ==, 0);
                g_assert_false(has_all(&host, objects, NOW));
                json_decref(objects);
        }
}

/* One that somebody else put there, in any form. */
static void test_one_too_many_is_seen(void) {
        static const struct {
                const char *set;
                const char *element;
        } strange[] = {
                { "reject_user", "1002" },
                { "reject_user", "\"root\"" },
                { "reject_user", "-1" },
                { "reject_user", "4294967296" },
                { "reject_user", "{\"concat\": [1000, 25]}" },
                { "reject_user", "{\"elem\": {\"val\": 1000, \"expires\": 60}}" },
                { "allow_user_ip_24", "1001" },
                { "allow_user_ip_24", "{\"concat\": [1001, \"192.0.3.0\"]}" },
                { "allow_user_ip_24", "{\"concat\": [1001, \"2001:db8::\"]}" },
                { "allow_user_ip_24", "{\"concat\": [1001, \"192.0.2.0\"]}" },
                { "observe_user_ip6_32_port", "{\"concat\": [1002, \"2001:db8::\", 26]}" },
                { "observe_user_ip6_32_port", "{\"concat\": [1002, \"2001:db8::\", 65536]}" },
                { "observe_user_ip6_32_port", "{\"concat\": [1002, \"2001:db8::\", \"25\"]}" },
                { "observe_user_ip6_32_port", "{\"concat\": [1002, \"2001:db8::\"]}" },
                { "allow_interface_ip_32", "{\"concat\": [\"veth8\", \"198.51.100.7\"]}" },
                { "allow_interface_ip_32", "{\"concat\": [7, \"198.51.100.7\"]}" },
                { "allow_interface_ip_32",
                  "{\"concat\": [\"a-name-that-no-interface-has\", \"198.51.100.7\"]}" },
        };
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        for (size_t i = 0; i < ELEMENTS_OF(strange); i++) {
                json_t *objects = write_listing(&host.plan.exceptions);

                g_test_message("%s: %s", strange[i].set, strange[i].element);
                g_assert_cmpint(json_array_append_new(
                                                elements_of(objects, strange[i].set),
                                                json_loads(strange[i].element,
                                                           JSON_DECODE_ANY,
                                                           NULL)),
                                ==,
                                0);
                g_assert_false(has_all(&host, objects, NOW));
                json_decref(objects);
        }
}

static void test_the_end_may_be_off_by_a_little(void) {
        CLEANUP(host_done) Host host = {};
        json_t *objects;

        host_init(&host);
        objects = write_listing(&host.plan.exceptions);

        g_assert_true(has_all(&host, objects, NOW + 59 * USEC_PER_SEC));
        g_assert_true(has_all(&host, objects, NOW - 59 * USEC_PER_SEC));
        g_assert_false(has_all(&host, objects, NOW + 61 * USEC_PER_SEC));
        g_assert_false(has_all(&host, objects, NOW - 61 * USEC_PER_SEC));
        json_decref(objects);
}

/* What ends, with the guards of it. */
static void remove_ending(json_t *objects) {
        json_t *object;
        size_t i;

        json_array_foreach(objects, i, object) {
                json_t *all = json_object_get(json_object_get(object, "set"), "elem");

                for (size_t j = json_array_size(all); j-- > 0;)
                        if (json_is_object(json_object_get(json_array_get(all, j), "elem")))
                                g_assert_cmpint(json_array_remove(all, j), ==, 0);
        }
}

static void test_what_has_expired_may_be_gone(void) {
        CLEANUP(host_done) Host host = {};
        json_t *objects;

        host_init(&host);
        objects = write_listing(&host.plan.exceptions);
        remove_ending(objects);

        g_assert_false(has_all(&host, objects, NOW));
        g_assert_true(has_all(&host, objects, NOW + 3600 * USEC_PER_SEC));
        json_decref(objects);
}

static void test_other_objects_do_not_matter(void) {
        CLEANUP(host_done) Host host = {};
        json_t *objects;

        host_init(&host);
        objects = write_listing(&host.plan.exceptions);
        g_assert_cmpint(json_array_append_new(
                                        objects,
                                        json_pack("{s:{s:s, s:[i]}}",
                                                  "set",
                                                  "name",
                                                  "uids",
                                                  "elem",
                                                  9)),
                        ==,
                        0);
        g_assert_cmpint(json_array_append_new(
                                        objects, json_pack("{s:{s:s}}", "chain", "name", "output")),
                        ==,
                        0);

        g_assert_true(has_all(&host, objects, NOW));
        json_decref(objects);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/listing-exceptions/all-of-them-are-there", test_all_of_them_are_there);
        g_test_add_func("/listing-exceptions/each-that-is-missing-is-missed",
                        test_each_that_is_missing_is_missed);
        g_test_add_func("/listing-exceptions/one-too-many-is-seen", test_one_too_many_is_seen);
        g_test_add_func("/listing-exceptions/the-end-may-be-off-by-a-little",
                        test_the_end_may_be_off_by_a_little);
        g_test_add_func("/listing-exceptions/what-has-expired-may-be-gone",
                        test_what_has_expired_may_be_gone);
        g_test_add_func("/listing-exceptions/other-objects-do-not-matter",
                        test_other_objects_do_not_matter);
        return g_test_run();
}
