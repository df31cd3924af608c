/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "import/import.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

#define VALUE_SHOWN_MAX 80 /* bytes */

void import_init(Import *import) {
        *import = (Import){
                .policy = json_object(),
                .subjects = json_object(),
                .remarks = json_array(),
        };
        import->failed = !import->policy || !import->subjects || !import->remarks;
}

void import_done(Import *import) {
        json_decref(import->policy);
        json_decref(import->subjects);
        json_decref(import->remarks);
        *import = (Import){};
}

int import_finish(const Import *import) {
        return import->failed ? -ENOMEM : 0;
}

void import_set(Import *import, const char *key, json_t *value) {
        if (json_object_set_new(import->policy, key, value) < 0)
                import->failed = true;
}

void import_set_limit(Import *import, const char *key, json_t *value) {
        static const char name[] = SMTP_RESTRICTIONS_KEY_MAIL_LIMITS;

        if (!json_object_get(import->policy, name))
                import_set(import, name, json_object());
        if (json_object_set_new(json_object_get(import->policy, name), key, value) < 0)
                import->failed = true;
}

void import_remark(Import *import, const char *setting, const char *value, const char *text) {
        CLEANUP(freep) char *name = string_quote(setting, strlen(setting), VALUE_SHOWN_MAX);
        CLEANUP(freep) char *shown = string_quote(value, strlen(value), VALUE_SHOWN_MAX);
        json_t *remark;

        if (json_array_size(import->remarks) >= IMPORT_REMARKS_MAX)
                return;

        remark = json_pack("{ss ss ss}", "Setting", name, "Value", shown, "Text", text);
        if (json_array_append_new(import->remarks, remark) < 0)
                import->failed = true;
}
