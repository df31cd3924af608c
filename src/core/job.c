/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/job.h"

void job_request_done(JobRequest *request) {
        if (!request)
                return;

        policy_change_done(&request->change);
        (void) exception_unref(request->exception);
        attempt_book_done(&request->fresh);
        free(request->explain.user);
        *request = (JobRequest){};
        policy_change_init(&request->change);
}

void job_result_done(JobResult *result) {
        if (!result)
                return;

        free(result->ruleset);
        exim_diffs_free(result->diffs, result->diff_count);
        affected_connections_done(&result->affected);
        string_list_done(&result->affected_users);
        history_entries_done(&result->history);
        attempt_list_done(&result->attempts);
        free(result->explanation.hint);
        problems_done(&result->problems);
        *result = (JobResult){};
}
