/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/policy-file.h"
#include "util/text.h"

void policy_file_done(PolicyFile *file) {
        if (!file)
                return;

        policy_done(&file->policy);
        failure_done(&file->failure);
        *file = (PolicyFile){};
}

static void describe_invalid(PolicyFile *file) {
        if (file->where.line > 0)
                failure_prefix(&file->failure,
                               "%s:%u:%u",
                               store_policy_path(),
                               file->where.line,
                               file->where.column);
        else
                failure_prefix(&file->failure, "%s", store_policy_path());
}

static int parse_policy(const char *text, size_t size, PolicyFile *file) {
        int r;

        r = policy_from_text(text, size, &file->policy, &file->where, &file->failure);
        switch (r) {
        case 0:
                file->state = POLICY_FILE_VALID;
                return 0;
        case POLICY_TEXT_E_INVALID:
                file->state = POLICY_FILE_INVALID;
                describe_invalid(file);
                return 0;
        case POLICY_TEXT_E_NEWER:
                file->state = POLICY_FILE_NEWER;
                (void) failure_set(
                                &file->failure,
                                -EINVAL,
                                FAILURE_POLICY_FILE_CHANGED,
                                "Version: the file is of a newer version than %d",
                                POLICY_TEXT_VERSION);
                describe_invalid(file);
                return 0;
        default:
                return r;
        }
}

int policy_file_read(const Store *store, PolicyFile *ret) {
        CLEANUP(policy_file_done) PolicyFile file = { .state = POLICY_FILE_MISSING };
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        policy_init(&file.policy);

        r = store_read_policy_text(store, &text, &size, &file.failure);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                file.state = POLICY_FILE_INVALID;
        if (text) {
                file.digest = digest_of(text, size);
                r = parse_policy(text, size, &file);
                if (r < 0)
                        return r;
        }

        *ret = file;
        file = (PolicyFile){};
        return 0;
}
