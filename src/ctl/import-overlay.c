/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/import-overlay.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/json.h"
#include "util/text.h"

#define KEY_GENERATION "Generation" /* of GetPolicy alone */

static bool is_redirecting(json_t *ports) {
        const char *port;
        json_t *verdict;

        json_object_foreach(ports, port, verdict) {
                if (string_equal(json_string_value(verdict), "redirect"))
                        return true;
        }

        return false;
}

/* GetPolicy says defaults as if somebody had set them. */
static int drop_defaults(json_t *policy) {
        CLEANUP(json_decrefp) json_t *usual = NULL;
        json_t *ports = json_object_get(policy, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS);
        const json_t *cut = json_object_get(policy, SMTP_RESTRICTIONS_KEY_CUT_EXISTING);

        usual = json_pack("{ss ss ss}", "25", "redirect", "465", "reject", "587", "reject");
        if (!usual)
                return -1;

        if (cut && json_is_true(cut) == is_redirecting(ports))
                (void) json_object_del(policy, SMTP_RESTRICTIONS_KEY_CUT_EXISTING);
        if (json_equal(ports, usual))
                (void) json_object_del(policy, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS);
        (void) json_object_del(policy, KEY_GENERATION);
        return 0;
}

json_t *import_overlay(const json_t *policy, const json_t *imported) {
        CLEANUP(json_decrefp) json_t *result = json_deep_copy(policy);
        const char *key;
        json_t *value;

        if (!result || drop_defaults(result) < 0)
                return NULL;

        json_object_foreach((json_t *) imported, key, value) {
                json_t *limits = json_object_get(result, key);
                int r;

                if (string_equal(key, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS) && limits)
                        r = json_object_update(limits, value);
                else
                        r = json_object_set(result, key, value);
                if (r < 0)
                        return NULL;
        }

        return TAKE(result);
}
